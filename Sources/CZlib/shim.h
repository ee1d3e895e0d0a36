#include <zlib.h>

// zlib's own beginnings are macros, which Swift does not see. 16 over the window's 15 bits stands for gzip.
static inline int czlib_begin_deflate(z_streamp stream) {
    return deflateInit2(stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
static inline int czlib_begin_inflate(z_streamp stream) { return inflateInit2(stream, 15 + 16); }
