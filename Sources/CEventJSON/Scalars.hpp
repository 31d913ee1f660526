#ifndef HEADWAY_SCALARS_HPP
#define HEADWAY_SCALARS_HPP

#include "Text.hpp"

namespace headway {

/// What a scalar's text turned out to be.
enum class Reading { good, not_whole, malformed, too_many_decimals, overflow };

/// A JSON number's characters as an integer: `not_whole` with a fraction or an exponent.
Reading read_integer(hw_text number, int64_t &value);

/// A JSON number's characters (or a text of the same form without an exponent) as an integer of
/// 10^-scale units. Exact: nothing is rounded, and no floating point is involved.
Reading read_decimal(hw_text number, bool is_text, uint32_t scale, int64_t &value);

/// Strict RFC 3339.
bool read_time(hw_text text, int64_t &microseconds);

/// "2023", "2023-Q1", "2023-03" or "2023-03-05": first day * 2^32 + last day.
bool read_period(hw_text text, int64_t &packed);

/// Six digits, the first not zero.
bool read_division(hw_text text, int64_t &value);

bool is_slug(hw_text text);
bool is_indicator(hw_text text);
bool is_region(hw_text text);

/// Characters (Unicode scalars) of a valid UTF-8 text, or -1 if one is a control character.
int64_t count_characters(hw_text text);

} // namespace headway

#endif
