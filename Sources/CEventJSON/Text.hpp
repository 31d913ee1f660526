#ifndef HEADWAY_TEXT_HPP
#define HEADWAY_TEXT_HPP

#include "EventJSON.h"

#include <cstring>

static_assert(
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "names are compared eight bytes at a time");

namespace headway {

/// Bytes that may be read, and are zero, past the end of every buffer of a decoder.
constexpr uint32_t padding = 64;

inline bool equal(hw_text left, hw_text right) {
    return left.length == right.length && memcmp(left.bytes, right.bytes, left.length) == 0;
}

template <size_t size>
hw_text literal(const char (&text)[size]) {
    return {reinterpret_cast<const uint8_t *>(text), uint32_t(size - 1)};
}

template <size_t size>
bool equal(hw_text text, const char (&word)[size]) {
    return text.length == size - 1 && memcmp(text.bytes, word, size - 1) == 0;
}

inline bool is_space(uint8_t byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

inline bool is_digit(uint8_t byte) {
    return uint8_t(byte - '0') < 10;
}

/// The first eight bytes, zeros beyond the end. Reads eight bytes: the text stands in a padded
/// buffer.
inline uint64_t head(hw_text text) {
    uint64_t word;
    memcpy(&word, text.bytes, 8);
    if (text.length >= 8) return word;
    return word & ((uint64_t(1) << (8 * text.length)) - 1);
}

/// From a member's name to its slot. At most 32 names.
class NameTable {
    struct Entry {
        uint64_t head;
        const uint8_t *bytes;
        uint32_t length;
        int32_t slot;
    };
    static constexpr uint32_t size = 64;
    Entry entries[size];

    static uint32_t place(uint64_t head, uint32_t length) {
        return uint32_t(((head + length) * 0x9E3779B97F4A7C15ull) >> 58);
    }

  public:
    NameTable() {
        for (auto &entry : entries) entry = {0, nullptr, 0, -1};
    }

    /// `name` stands in a padded buffer that outlives the table. The first of two equal names
    /// stays.
    void add(hw_text name, int32_t slot) {
        uint64_t word = head(name);
        uint32_t at = place(word, name.length);
        while (entries[at].slot >= 0) at = (at + 1) % size;
        entries[at] = {word, name.bytes, name.length, slot};
    }

    /// -1 where the name is not known. `name` stands in a padded buffer.
    int32_t find(hw_text name, uint64_t word) const {
        for (uint32_t at = place(word, name.length);; at = (at + 1) % size) {
            const Entry &entry = entries[at];
            if (entry.slot < 0) return -1;
            if (entry.head == word && entry.length == name.length
                && (name.length <= 8
                    || memcmp(entry.bytes + 8, name.bytes + 8, name.length - 8) == 0)) {
                return entry.slot;
            }
        }
    }
};

} // namespace headway

#endif
