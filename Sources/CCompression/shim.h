#include <isa-l.h>
#include <zlib.h>
#include <zstd.h>
