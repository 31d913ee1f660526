#ifndef HEADWAY_RECORD_CODEC_H
#define HEADWAY_RECORD_CODEC_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C of `count` bytes.
uint32_t headway_crc32c(const void *bytes, size_t count);

/// Unpacks the records of one batch. `codec` is Kafka's: 1 gzip, 2 snappy (plain or in xerial's frames), 3 lz4, 4 zstd.
/// Returns the number of bytes written to `out`, -1 where the bytes are damaged or the codec is unknown, -2 where
/// `capacity` is too small.
int64_t headway_unpack(int codec, const void *bytes, size_t count, void *out, size_t capacity);

#endif
