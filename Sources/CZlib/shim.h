#ifndef CAMET_CZLIB_H
#define CAMET_CZLIB_H

#include <zlib.h>

// deflateInit2 is a macro, which Swift does not see. 15 bits of window, and 16 more for a gzip header and trailer.
static inline int camet_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

// The other way round; what is not gzip is an error.
static inline int camet_gunzip_begin(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}

#endif
