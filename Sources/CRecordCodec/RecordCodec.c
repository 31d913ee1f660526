#include "RecordCodec.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

uint32_t headway_crc32c(const void *bytes, size_t count) {
    // The library neither begins nor ends with the complement that the checksum's definition has.
    unsigned int crc = ~0u;
    const unsigned char *next = bytes;
    while (count > 0) {
        size_t part = count < (1u << 30) ? count : (1u << 30);
        crc = crc32_iscsi((unsigned char *)next, (int)part, crc);
        next += part;
        count -= part;
    }
    return ~crc;
}

static int64_t unpack_gzip(const uint8_t *bytes, size_t count, uint8_t *out, size_t capacity) {
    struct inflate_state state;
    isal_inflate_init(&state);
    state.next_in = (uint8_t *)bytes;
    state.avail_in = (uint32_t)count;
    state.next_out = out;
    state.avail_out = (uint32_t)capacity;
    state.crc_flag = ISAL_GZIP;
    int result = isal_inflate(&state);
    if (result != ISAL_DECOMP_OK) return -1;
    if (state.block_state != ISAL_BLOCK_FINISH) return state.avail_out == 0 ? -2 : -1;
    return (int64_t)state.total_out;
}

static int64_t unpack_snappy_block(const char *bytes, size_t count, char *out, size_t capacity) {
    size_t length;
    if (snappy_uncompressed_length(bytes, count, &length) != SNAPPY_OK) return -1;
    if (length > capacity) return -2;
    if (snappy_uncompress(bytes, count, out, &length) != SNAPPY_OK) return -1;
    return (int64_t)length;
}

static int64_t unpack_snappy(const uint8_t *bytes, size_t count, uint8_t *out, size_t capacity) {
    static const uint8_t magic[8] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
    if (count < 16 || memcmp(bytes, magic, 8) != 0)
        return unpack_snappy_block((const char *)bytes, count, (char *)out, capacity);
    size_t position = 16, written = 0;
    while (position < count) {
        if (count - position < 4) return -1;
        size_t part = (size_t)bytes[position] << 24 | (size_t)bytes[position + 1] << 16 |
                      (size_t)bytes[position + 2] << 8 | (size_t)bytes[position + 3];
        position += 4;
        if (part > count - position) return -1;
        int64_t more = unpack_snappy_block((const char *)bytes + position, part, (char *)out + written,
                                           capacity - written);
        if (more < 0) return more;
        written += (size_t)more;
        position += part;
    }
    return (int64_t)written;
}

static int64_t unpack_lz4(const uint8_t *bytes, size_t count, uint8_t *out, size_t capacity) {
    LZ4F_dctx *context;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return -1;
    size_t read = 0, written = 0, hint = 1;
    int64_t result = -1;
    while (hint != 0) {
        size_t out_part = capacity - written, in_part = count - read;
        hint = LZ4F_decompress(context, out + written, &out_part, bytes + read, &in_part, NULL);
        if (LZ4F_isError(hint)) goto done;
        read += in_part;
        written += out_part;
        if (hint != 0 && in_part == 0 && out_part == 0) {
            result = written == capacity ? -2 : -1;
            goto done;
        }
    }
    result = (int64_t)written;
done:
    LZ4F_freeDecompressionContext(context);
    return result;
}

static int64_t unpack_zstd(const uint8_t *bytes, size_t count, uint8_t *out, size_t capacity) {
    // In one call, the frame's window is `out` itself: a batch cannot ask for one of its own size.
    size_t written = ZSTD_decompress(out, capacity, bytes, count);
    if (!ZSTD_isError(written)) return (int64_t)written;
    return ZSTD_getErrorCode(written) == ZSTD_error_dstSize_tooSmall ? -2 : -1;
}

int64_t headway_unpack(int codec, const void *bytes, size_t count, void *out, size_t capacity) {
    if (count > UINT32_MAX || capacity > UINT32_MAX) return -1;
    switch (codec) {
    case 1: return unpack_gzip(bytes, count, out, capacity);
    case 2: return unpack_snappy(bytes, count, out, capacity);
    case 3: return unpack_lz4(bytes, count, out, capacity);
    case 4: return unpack_zstd(bytes, count, out, capacity);
    default: return -1;
    }
}
