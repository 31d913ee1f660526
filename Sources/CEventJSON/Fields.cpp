#include "Decoder.hpp"

using namespace headway;

namespace {

const hw_text data_name = literal("data");
const hw_text time_name = literal("time");
const hw_text division_name = literal("division");
const hw_text previous_name = literal("previous");
const hw_text withdrawn_name = literal("withdrawn");

} // namespace

bool hw_decoder::read_data(Mode mode) {
    data = mode == Mode::binary ? 0 : walker.slots[scope_envelope][slot_data];
    if (mode != Mode::binary) {
        if (data == 0)
            return reject(HW_MISSING_MEMBER, HW_IN_ENVELOPE, data_name, 0, "is required");
        if (walker.byte(data) != '{') {
            return reject(
                HW_WRONG_TYPE, HW_IN_ENVELOPE, data_name, walker.offset(data), "is not an object");
        }
    }
    const uint32_t *slots = walker.slots[scope_data];
    const uint32_t withdrawn = slots[slot_withdrawn], previous = slots[slot_previous];
    event.is_withdrawal = withdrawn != 0 && walker.byte(withdrawn) == 't';
    event.has_previous = previous != 0 && walker.byte(previous) != 'n';
    if (!read_fields(HW_IN_DATA, event.is_withdrawal, event.current)) return false;
    if (withdrawn != 0 && !event.is_withdrawal) {
        const uint8_t first = walker.byte(withdrawn);
        if (first != 'f' && first != 'n') {
            return reject(
                HW_WRONG_TYPE, HW_IN_DATA, withdrawn_name, walker.offset(withdrawn),
                "is neither true nor false");
        }
    }
    if (!event.has_previous) {
        if (!event.is_withdrawal) return true;
        return reject(
            HW_MISSING_MEMBER, HW_IN_DATA, previous_name, walker.offset(data),
            "is required of a withdrawal");
    }
    return read_previous();
}

bool hw_decoder::read_previous() {
    const uint32_t mark = walker.slots[scope_data][slot_previous];
    if (walker.byte(mark) != '{') {
        return reject(
            HW_WRONG_TYPE, HW_IN_DATA, previous_name, walker.offset(mark), "is not an object");
    }
    return read_previous_time() && read_fields(HW_IN_PREVIOUS, false, event.previous);
}

bool hw_decoder::read_previous_time() {
    const uint32_t mark = walker.slots[scope_previous][slot_previous_time];
    if (mark == 0 || walker.byte(mark) == 'n') {
        const int64_t byte =
            walker.offset(mark == 0 ? walker.slots[scope_data][slot_previous] : mark);
        return reject(HW_MISSING_MEMBER, HW_IN_PREVIOUS, time_name, byte, "is required");
    }
    const int64_t byte = walker.offset(mark);
    if (walker.byte(mark) != '"') {
        return reject(HW_WRONG_TYPE, HW_IN_PREVIOUS, time_name, byte, "is not a text");
    }
    if (!read_time(walker.text(mark), event.previous_time)) {
        return reject(HW_BAD_TIME, HW_IN_PREVIOUS, time_name, byte, "is not RFC 3339");
    }
    if (event.previous_time < plan.earliest) {
        return reject(HW_OUT_OF_RANGE, HW_IN_PREVIOUS, time_name, byte, "is too early");
    }
    if (event.previous_time > latest) {
        return reject(
            HW_OUT_OF_RANGE, HW_IN_PREVIOUS, time_name, byte,
            "is too far ahead of the record's time");
    }
    return true;
}

/// Reads the fields in the contract's order. Of a withdrawal's own data only the division is read.
bool hw_decoder::read_fields(hw_place place, bool only_division, hw_fields &into) {
    const bool is_current = place == HW_IN_DATA;
    const uint32_t *slots = walker.slots[is_current ? scope_data : scope_previous];
    for (uint32_t index = 0; index < plan.field_count; ++index) {
        const hw_field &field = fields[index];
        hw_value &value = into.fields[index];
        const uint32_t mark = slots[index];
        const bool unread =
            only_division && !(field.kind == HW_DIVISION && equal(field.name, division_name));
        if (mark == 0 || unread || walker.byte(mark) == 'n') {
            value.present = value.count = 0;
            value.number = field.otherwise;
            if (!field.required || unread) continue;
            const uint32_t whole = is_current ? data : walker.slots[scope_data][slot_previous];
            const int64_t byte = walker.offset(mark == 0 ? whole : mark);
            return reject(HW_MISSING_MEMBER, place, field.name, byte, "is required");
        }
        value.present = 1;
        value.count = 0;
        if (!read_field(field, mark, place, value)) return false;
    }
    return true;
}

bool hw_decoder::read_field(const hw_field &field, uint32_t mark, hw_place place, hw_value &value) {
    const uint8_t first = walker.byte(mark);
    const bool is_number = first == '-' || is_digit(first);
    const char *expected = "is not a text";
    switch (field.kind) {
    case HW_BOOLEAN:
        value.number = first == 't';
        if (first == 't' || first == 'f') return true;
        expected = "is neither true nor false";
        break;
    case HW_INTEGER:
        if (is_number) return read_number(field, mark, place, value);
        expected = "is not a number";
        break;
    case HW_DECIMAL:
        if (is_number || first == '"') return read_number(field, mark, place, value);
        expected = "is neither a number nor a text";
        break;
    case HW_DIVISION:
        if (is_number) return read_number(field, mark, place, value);
        if (first == '"') return read_text(field, mark, place, value);
        break;
    case HW_SLUGS:
        if (first == '[') return read_slugs(field, mark, place, value);
        if (first == '"') return read_text(field, mark, place, value);
        expected = "is neither a text nor a list of texts";
        break;
    default:
        if (first == '"') return read_text(field, mark, place, value);
    }
    return reject(HW_WRONG_TYPE, place, field.name, walker.offset(mark), expected);
}

bool hw_decoder::read_number(
    const hw_field &field, uint32_t mark, hw_place place, hw_value &value) {
    const int64_t byte = walker.offset(mark);
    const bool is_text = walker.byte(mark) == '"';
    const hw_text digits = is_text ? walker.text(mark) : walker.number(mark);
    if (field.kind == HW_DIVISION) {
        if (read_division(digits, value.number)) return true;
        return reject(HW_OUT_OF_RANGE, place, field.name, byte, "is not a division of six digits");
    }
    const Reading reading = field.kind == HW_INTEGER
                                ? read_integer(digits, value.number)
                                : read_decimal(digits, is_text, field.scale, value.number);
    switch (reading) {
    case Reading::not_whole:
        return reject(HW_WRONG_TYPE, place, field.name, byte, "is not an integer");
    case Reading::malformed:
        return reject(HW_OUT_OF_RANGE, place, field.name, byte, "is not a decimal");
    case Reading::too_many_decimals:
        return reject(HW_OUT_OF_RANGE, place, field.name, byte, "has too many decimals");
    case Reading::overflow:
        return reject(HW_OVERFLOW, place, field.name, byte, "does not fit 64 bits");
    case Reading::good: break;
    }
    if (value.number >= field.min && value.number <= field.max) return true;
    return reject(HW_OUT_OF_RANGE, place, field.name, byte, "is outside its bounds");
}

bool hw_decoder::read_text(const hw_field &field, uint32_t mark, hw_place place, hw_value &value) {
    const hw_text text = value.texts[0] = walker.text(mark);
    const char *what = nullptr;
    value.count = 1;
    value.number = 0;
    switch (field.kind) {
    case HW_DIVISION:
        if (!read_division(text, value.number)) what = "is not a division of six digits";
        break;
    case HW_WORD: {
        uint32_t word = 0;
        while (word < field.word_count && !equal(text, field.words[word])) ++word;
        value.number = word;
        if (word == field.word_count) what = "is none of the words allowed";
        break;
    }
    case HW_REGION:
        if (!is_region(text)) what = "is not an ISO 3166 code";
        break;
    case HW_INDICATOR:
        if (!is_indicator(text)) what = "is not an indicator";
        break;
    case HW_PERIOD:
        if (!read_period(text, value.number)) what = "is not a period";
        break;
    case HW_TEXT: {
        const int64_t characters = count_characters(text);
        if (characters < 0) {
            what = "has a control character";
        } else if (characters < field.min || characters > field.max) {
            what = "is too short or too long";
        }
        break;
    }
    default:
        if (!is_slug(text) || text.length > field.max) what = "is not a slug of the length allowed";
    }
    if (!what) return true;
    return reject(HW_OUT_OF_RANGE, place, field.name, walker.offset(mark), what);
}

bool hw_decoder::read_slugs(const hw_field &field, uint32_t mark, hw_place place, hw_value &value) {
    value.number = 0;
    if (walker.byte(mark + 1) == ']') return true;
    uint32_t count = 0;
    // An element that is not a text may be of any length; the first one ends the search.
    for (uint32_t at = mark + 1;; at += 2, ++count) {
        if (walker.byte(at) != '"') {
            return reject(
                HW_WRONG_TYPE, place, field.name, walker.offset(at),
                "has an element that is not a text");
        }
        if (walker.byte(at + 1) == ']') break;
    }
    ++count;
    if (count > field.count_max) {
        return reject(
            HW_OUT_OF_RANGE, place, field.name, walker.offset(mark), "has too many elements");
    }
    for (uint32_t index = 0; index < count; ++index) {
        const uint32_t at = mark + 1 + 2 * index;
        const hw_text text = value.texts[index] = walker.text(at);
        if (!is_slug(text) || text.length > field.max) {
            return reject(
                HW_OUT_OF_RANGE, place, field.name, walker.offset(at),
                "has an element that is not a slug");
        }
        for (uint32_t other = 0; other < index; ++other) {
            if (equal(value.texts[other], text)) {
                return reject(
                    HW_OUT_OF_RANGE, place, field.name, walker.offset(at),
                    "has the same element twice");
            }
        }
    }
    value.count = uint8_t(count);
    return true;
}
