#include <isa-l.h>
#include <zlib.h>
#include <zstd.h>

/* The work room that isal_deflate wants at level 2: a macro that Swift cannot read. */
static inline unsigned int ccompression_level2_bytes(void) { return ISAL_DEF_LVL2_DEFAULT; }
