#include "Walker.hpp"

namespace headway {

namespace {

/// Four hexadecimal digits, or -1.
int32_t hexadecimal(const uint8_t *at, const uint8_t *end) {
    if (end - at < 4) return -1;
    int32_t unit = 0;
    for (int index = 0; index < 4; ++index) {
        const uint8_t byte = at[index], lower = byte | 0x20;
        if (is_digit(byte)) {
            unit = unit * 16 + (byte - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            unit = unit * 16 + (lower - 'a' + 10);
        } else {
            return -1;
        }
    }
    return unit;
}

uint8_t *put_utf8(uint32_t scalar, uint8_t *to) {
    if (scalar < 0x80) {
        *to++ = uint8_t(scalar);
    } else if (scalar < 0x800) {
        *to++ = uint8_t(0xC0 | scalar >> 6);
        *to++ = uint8_t(0x80 | (scalar & 0x3F));
    } else if (scalar < 0x10000) {
        *to++ = uint8_t(0xE0 | scalar >> 12);
        *to++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
        *to++ = uint8_t(0x80 | (scalar & 0x3F));
    } else {
        *to++ = uint8_t(0xF0 | scalar >> 18);
        *to++ = uint8_t(0x80 | (scalar >> 12 & 0x3F));
        *to++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
        *to++ = uint8_t(0x80 | (scalar & 0x3F));
    }
    return to;
}

/// The scalar of a `\u` escape whose hexadecimal digits begin at `at`; -1 for bad digits and lone
/// surrogates.
int32_t unicode_escape(const uint8_t *&at, const uint8_t *end) {
    const int32_t unit = hexadecimal(at, end);
    if (unit < 0) return -1;
    at += 4;
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    if (unit > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u') return -1;
    const int32_t low = hexadecimal(at + 2, end);
    if (low < 0xDC00 || low > 0xDFFF) return -1;
    at += 6;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

} // namespace

int64_t resolve_escapes(hw_text from, uint8_t *to, uint32_t &wrong_at) {
    const uint8_t *at = from.bytes, *const end = from.bytes + from.length;
    uint8_t *const begin = to;
    while (at < end) {
        if (*at != '\\') {
            if (to) *to++ = *at;
            ++at;
            continue;
        }
        wrong_at = uint32_t(at - from.bytes);
        if (++at == end) return -1;
        uint8_t plain;
        switch (*at++) {
        case '"': plain = '"'; break;
        case '\\': plain = '\\'; break;
        case '/': plain = '/'; break;
        case 'b': plain = '\b'; break;
        case 'f': plain = '\f'; break;
        case 'n': plain = '\n'; break;
        case 'r': plain = '\r'; break;
        case 't': plain = '\t'; break;
        case 'u': {
            const int32_t scalar = unicode_escape(at, end);
            if (scalar < 0) return -1;
            if (to) to = put_utf8(uint32_t(scalar), to);
            continue;
        }
        default: return -1;
        }
        if (to) *to++ = plain;
    }
    return to ? to - begin : 0;
}

namespace {

/// Bytes of the UTF-8 sequence at `at`, 0 where it is not valid. The padding's zeros follow the
/// end.
uint32_t utf8_length(const uint8_t *at) {
    const uint8_t first = at[0];
    const auto follows = [&](int index) { return (at[index] & 0xC0) == 0x80; };
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first < 0xF0) {
        if (!follows(1) || !follows(2)) return 0;
        if (first == 0xE0 && at[1] < 0xA0) return 0;
        return first == 0xED && at[1] > 0x9F ? 0 : 3;
    }
    if (first >= 0xF0 && first < 0xF5) {
        if (!follows(1) || !follows(2) || !follows(3)) return 0;
        if (first == 0xF0 && at[1] < 0x90) return 0;
        return first == 0xF4 && at[1] > 0x8F ? 0 : 4;
    }
    return 0;
}

} // namespace

/// simdjson's first stage tells what is wrong but not where: the first wrong place is found here.
void Walker::locate_failure(simdjson::error_code code) {
    if (code == simdjson::EMPTY) {
        fail(0, "there is nothing but white space");
        return;
    }
    bool inside = false;
    uint32_t opened = 0;
    for (uint32_t at = 0; at < length;) {
        const uint32_t size = utf8_length(buffer.get() + at);
        if (size == 0) {
            fail(at, "not UTF-8");
            return;
        }
        const uint8_t byte = buffer[at];
        if (inside && byte < 0x20) {
            fail(at, "a control character inside of a string");
            return;
        }
        if (byte == '"') {
            inside = !inside;
            opened = at;
        }
        at += inside && byte == '\\' && at + 1 < length && buffer[at + 1] < 0x80
                      && buffer[at + 1] >= 0x20
                  ? 2
                  : size;
    }
    if (inside) {
        fail(opened, "the string does not end");
    } else {
        fail(0, simdjson::error_message(code));
    }
}

} // namespace headway
