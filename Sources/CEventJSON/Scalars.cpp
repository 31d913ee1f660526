#include "Scalars.hpp"

namespace headway {

namespace {

bool append(int64_t &value, int digit, bool negative) {
    return !__builtin_mul_overflow(value, int64_t(10), &value)
           && !__builtin_add_overflow(value, int64_t(negative ? -digit : digit), &value);
}

/// The value of two digits, or a number above 99.
uint32_t two_digits(const uint8_t *at) {
    const uint32_t high = uint32_t(at[0]) - '0', low = uint32_t(at[1]) - '0';
    return high < 10 && low < 10 ? high * 10 + low : 100;
}

/// The value of four digits, or a number above 9999.
uint32_t four_digits(const uint8_t *at) {
    const uint32_t high = two_digits(at), low = two_digits(at + 2);
    return high < 100 && low < 100 ? high * 100 + low : 10'000;
}

bool is_leap(uint32_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

uint32_t days_of_month(uint32_t year, uint32_t month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (years from 0 on).
int64_t day_number(uint32_t year, uint32_t month, uint32_t day) {
    const int64_t shifted = int64_t(year) - (month <= 2);
    const int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    const int64_t of_era = shifted - era * 400;
    const int64_t of_year = (153 * (int64_t(month) + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

bool is_date(uint32_t year, uint32_t month, uint32_t day) {
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1
           && day <= days_of_month(year, month);
}

} // namespace

Reading read_integer(hw_text number, int64_t &value) {
    const uint8_t *at = number.bytes, *const end = at + number.length;
    const bool negative = *at == '-';
    value = 0;
    bool fits = true;
    for (at += negative; at < end; ++at) {
        if (!is_digit(*at)) return Reading::not_whole;
        if (fits) fits = append(value, *at - '0', negative);
    }
    return fits ? Reading::good : Reading::overflow;
}

Reading read_decimal(hw_text number, bool is_text, uint32_t scale, int64_t &value) {
    const uint8_t *at = number.bytes, *const end = at + number.length;
    const bool negative = at < end && *at == '-';
    at += negative;
    if (at == end || !is_digit(*at)) return Reading::malformed;
    if (*at == '0' && end - at > 1 && is_digit(at[1])) return Reading::malformed;
    value = 0;
    bool fits = true;
    int64_t decimals = 0;
    for (; at < end && is_digit(*at); ++at) {
        if (fits) fits = append(value, *at - '0', negative);
    }
    if (at < end && *at == '.') {
        const uint8_t *const point = at++;
        for (; at < end && is_digit(*at); ++at) {
            if (fits) fits = append(value, *at - '0', negative);
        }
        decimals = at - point - 1;
        if (decimals == 0) return Reading::malformed;
    }
    if (at < end && !is_text && (*at | 0x20) == 'e') {
        ++at;
        const bool below = *at == '-';
        if (*at == '-' || *at == '+') ++at;
        int64_t exponent = 0;
        for (; at < end && is_digit(*at); ++at) {
            if (exponent < 100'000) exponent = exponent * 10 + (*at - '0');
        }
        decimals += below ? exponent : -exponent;
    }
    if (at != end) return Reading::malformed;
    if (decimals > int64_t(scale)) return Reading::too_many_decimals;
    if (fits && value == 0) return Reading::good;
    for (; fits && decimals < int64_t(scale); ++decimals) {
        fits = !__builtin_mul_overflow(value, int64_t(10), &value);
    }
    return fits ? Reading::good : Reading::overflow;
}

bool read_time(hw_text text, int64_t &microseconds) {
    const uint8_t *at = text.bytes;
    if (text.length < 20 || text.length > 35) return false;
    const uint32_t year = four_digits(at), month = two_digits(at + 5), day = two_digits(at + 8);
    const uint32_t hour = two_digits(at + 11), minute = two_digits(at + 14),
                   second = two_digits(at + 17);
    if (at[4] != '-' || at[7] != '-' || (at[10] | 0x20) != 't' || at[13] != ':' || at[16] != ':')
        return false;
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 59) return false;
    const uint8_t *const end = at + text.length;
    at += 19;
    int64_t fraction = 0;
    if (*at == '.') {
        int64_t unit = 100'000;
        const uint8_t *const first = ++at;
        for (; at < end && is_digit(*at); ++at, unit /= 10) fraction += unit * (*at - '0');
        if (at == first || at - first > 9) return false;
    }
    if (at == end) return false;
    int64_t offset = 0;
    if ((*at | 0x20) == 'z') {
        ++at;
    } else {
        if ((*at != '+' && *at != '-') || end - at != 6 || at[3] != ':') return false;
        const uint32_t hours = two_digits(at + 1), minutes = two_digits(at + 4);
        if (hours > 23 || minutes > 59) return false;
        offset = (*at == '-' ? -1 : 1) * int64_t(hours * 60 + minutes) * 60;
        at += 6;
    }
    if (at != end) return false;
    const int64_t local = int64_t(hour) * 3'600 + int64_t(minute) * 60 + second;
    microseconds = (day_number(year, month, day) * 86'400 + local - offset) * 1'000'000 + fraction;
    return true;
}

bool read_period(hw_text text, int64_t &packed) {
    const uint8_t *const at = text.bytes;
    if (text.length < 4) return false;
    const uint32_t year = four_digits(at);
    if (year < 1 || year > 9999) return false;
    uint32_t month = 1, last_month = 12, day = 1, last_day = 0;
    if (text.length == 7 && at[4] == '-' && at[5] == 'Q') {
        if (at[6] < '1' || at[6] > '4') return false;
        month = uint32_t(at[6] - '1') * 3 + 1;
        last_month = month + 2;
    } else if (text.length == 7 && at[4] == '-') {
        last_month = month = two_digits(at + 5);
    } else if (text.length == 10 && at[4] == '-' && at[7] == '-') {
        last_month = month = two_digits(at + 5);
        last_day = day = two_digits(at + 8);
        if (!is_date(year, month, day)) return false;
    } else if (text.length != 4) {
        return false;
    }
    if (month < 1 || last_month > 12) return false;
    if (last_day == 0) last_day = days_of_month(year, last_month);
    const int64_t first = day_number(year, month, day),
                  last = day_number(year, last_month, last_day);
    packed = int64_t(uint64_t(first) << 32 | (uint64_t(last) & 0xFFFF'FFFF));
    return true;
}

bool read_division(hw_text text, int64_t &value) {
    if (text.length != 6 || text.bytes[0] == '0') return false;
    value = 0;
    for (uint32_t index = 0; index < 6; ++index) {
        if (!is_digit(text.bytes[index])) return false;
        value = value * 10 + (text.bytes[index] - '0');
    }
    return true;
}

namespace {

/// 1 for what a slug may begin with, 2 for what may follow besides.
constexpr struct SlugBytes {
    uint8_t kind[256] = {};
    constexpr SlugBytes() {
        for (int byte = '0'; byte <= '9'; ++byte) kind[byte] = 1;
        for (int byte = 'a'; byte <= 'z'; ++byte) kind[byte] = 1;
        kind[int('_')] = kind[int('-')] = 2;
    }
} slug_bytes;

bool is_capital(uint8_t byte) {
    return uint8_t(byte - 'A') < 26;
}

} // namespace

bool is_slug(hw_text text) {
    if (text.length == 0 || slug_bytes.kind[text.bytes[0]] != 1) return false;
    for (uint32_t index = 1; index < text.length; ++index) {
        if (slug_bytes.kind[text.bytes[index]] == 0) return false;
    }
    return true;
}

bool is_indicator(hw_text text) {
    if (text.length > HW_INDICATOR_LENGTH_MAX) return false;
    uint32_t from = 0, dots = 0;
    for (uint32_t at = 0; at <= text.length; ++at) {
        if (at < text.length && text.bytes[at] != '.') continue;
        if (!is_slug({text.bytes + from, at - from})) return false;
        dots += at < text.length;
        from = at + 1;
    }
    return dots > 0;
}

bool is_region(hw_text text) {
    const uint8_t *const at = text.bytes;
    if (text.length < 2 || !is_capital(at[0]) || !is_capital(at[1])) return false;
    if (text.length == 2) return true;
    if (text.length < 4 || text.length > 6 || at[2] != '-') return false;
    for (uint32_t index = 3; index < text.length; ++index) {
        if (!is_capital(at[index]) && !is_digit(at[index])) return false;
    }
    return true;
}

int64_t count_characters(hw_text text) {
    int64_t count = 0;
    for (uint32_t index = 0; index < text.length; ++index) {
        const uint8_t byte = text.bytes[index];
        if (byte < 0x20 || byte == 0x7F) return -1;
        if (byte == 0xC2 && index + 1 < text.length && text.bytes[index + 1] < 0xA0) return -1;
        count += (byte & 0xC0) != 0x80;
    }
    return count;
}

} // namespace headway
