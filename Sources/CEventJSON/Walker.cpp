#include "Walker.hpp"

#include <algorithm>
#include <new>
#include <tuple>

namespace headway {

bool Walker::prepare(uint32_t value_max, const NameTable *scopes) {
    tables = scopes;
    auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        value_max + padding, HW_DEPTH_MAX, stage);
    if (error) return false;
    buffer.reset(new (std::nothrow) uint8_t[value_max + padding]);
    // The shortest member is `"":1,`.
    names.reset(new (std::nothrow) Name[value_max / 5 + 2]);
    return buffer && names;
}

bool Walker::walk(const uint8_t *value, uint32_t size, bool envelope) {
    memcpy(buffer.get(), value, size);
    memset(buffer.get() + size, 0, padding);
    length = size;
    name_count = 0;
    has_duplicate = top_is_object = false;
    memset(slots, 0, sizeof slots);
    failure = nullptr;
    if (size == 0) return fail(0, "the value is empty");
    if (auto code = stage->stage1(buffer.get(), size, simdjson::stage1_mode::regular)) {
        locate_failure(code);
        return false;
    }
    marks = stage->structural_indexes.get();
    const uint32_t count = stage->n_structural_indexes;
    marks[count] = size; // where the padding begins: a zero byte, which no token starts with
    measured_escapes = memchr(buffer.get(), '\\', size) != nullptr;
    cursor = 0;
    top_is_object = byte(0) == '{';
    if (top_is_object) {
        if (!members(envelope ? scope_envelope : scope_data, 1)) return false;
    } else if (!this->value(0)) {
        return false;
    }
    if (cursor != count) return fail(marks[cursor], "text after the end of the value");
    if (name_count > names_compared_at_once) find_duplicates();
    return true;
}

/// Members of an object whose names matter. The cursor stands at its brace.
bool Walker::members(Scope scope, uint32_t depth) {
    if (depth > HW_DEPTH_MAX) return fail(marks[cursor], "nested too deeply");
    const uint8_t *const bytes = buffer.get();
    const uint32_t *const marks = this->marks;
    const NameTable &table = tables[scope];
    uint32_t *const places = slots[scope];
    uint32_t mark = cursor + 1;
    if (bytes[marks[mark]] == '}') {
        cursor = mark + 1;
        return true;
    }
    while (true) {
        const uint32_t at = marks[mark];
        hw_text name;
        if (bytes[at] != '"') return fail(at, "a member's name should stand here");
        if (!check_string(mark, name)) return false;
        if (bytes[marks[mark + 1]] != ':')
            return fail(marks[mark + 1], "a colon should stand here");
        if (measured_escapes && memchr(name.bytes, '\\', name.length)) name = text(mark);
        const uint64_t word = head(name);
        const int32_t slot = table.find(name, word);
        mark += 2;
        if (slot < 0) {
            note_unknown(scope, name, word, at);
        } else if (places[slot] != 0) {
            note_duplicate(scope, name, at);
        } else {
            places[slot] = mark;
        }
        const uint8_t first = bytes[marks[mark]];
        if (first == '"') {
            if (!check_string(mark, name)) return false;
            ++mark;
        } else {
            cursor = mark;
            if (!member_value(scope, slot, first == '{', depth)) return false;
            mark = cursor;
        }
        const uint8_t after = bytes[marks[mark]];
        if (after == '}') break;
        if (after != ',') return fail(marks[mark], "a comma or a closing brace should stand here");
        ++mark;
    }
    cursor = mark + 1;
    return true;
}

bool Walker::member_value(Scope scope, int32_t slot, bool brace, uint32_t depth) {
    if (brace && scope == scope_envelope && slot == int32_t(slot_data)) {
        return members(scope_data, depth + 1);
    }
    if (brace && scope == scope_data && slot == int32_t(slot_previous)) {
        return members(scope_previous, depth + 1);
    }
    return value(depth);
}

/// Any value, inside of `depth` others.
bool Walker::value(uint32_t depth) {
    const uint8_t first = byte(cursor);
    switch (first) {
    case '"': {
        hw_text unused;
        if (!check_string(cursor, unused)) return false;
        ++cursor;
        return true;
    }
    case '{': return object(depth + 1);
    case '[': return list(depth + 1);
    case 't': return check_word("true", 4);
    case 'f': return check_word("false", 5);
    case 'n': return check_word("null", 4);
    default:
        if (first == '-' || is_digit(first)) return check_number();
        if (first == 0xEF && marks[cursor] == 0) return fail(0, "a byte order mark");
        return fail(marks[cursor], "a value should stand here");
    }
}

/// An object that nobody reads.
bool Walker::object(uint32_t depth) {
    if (depth > HW_DEPTH_MAX) return fail(marks[cursor], "nested too deeply");
    if (byte(++cursor) == '}') {
        ++cursor;
        return true;
    }
    while (true) {
        hw_text unused;
        if (byte(cursor) != '"') return fail(marks[cursor], "a member's name should stand here");
        if (!check_string(cursor, unused)) return false;
        if (byte(++cursor) != ':') return fail(marks[cursor], "a colon should stand here");
        ++cursor;
        if (!value(depth)) return false;
        const uint8_t after = byte(cursor);
        if (after == '}') break;
        if (after != ',')
            return fail(marks[cursor], "a comma or a closing brace should stand here");
        ++cursor;
    }
    ++cursor;
    return true;
}

bool Walker::list(uint32_t depth) {
    if (depth > HW_DEPTH_MAX) return fail(marks[cursor], "nested too deeply");
    if (byte(++cursor) == ']') {
        ++cursor;
        return true;
    }
    while (true) {
        if (!value(depth)) return false;
        const uint8_t after = byte(cursor);
        if (after == ']') break;
        if (after != ',')
            return fail(marks[cursor], "a comma or a closing bracket should stand here");
        ++cursor;
    }
    ++cursor;
    return true;
}

hw_text Walker::text(uint32_t mark) {
    hw_text text = {nullptr, 0};
    if (!extent(mark, text) || !measured_escapes) return text;
    uint8_t *bytes = buffer.get() + marks[mark] + 1;
    if (!memchr(bytes, '\\', text.length)) return text;
    uint32_t wrong_at = 0;
    const int64_t size = resolve_escapes(text, bytes, wrong_at);
    text.length = size < 0 ? 0 : uint32_t(size);
    return text;
}

hw_text Walker::number(uint32_t mark) const {
    const uint8_t *bytes = buffer.get() + marks[mark];
    uint32_t size = marks[mark + 1] - marks[mark];
    while (is_space(bytes[size - 1])) --size;
    return {bytes, size};
}

bool Walker::rest_is_space(uint32_t from) {
    const uint32_t next = marks[cursor + 1];
    for (uint32_t at = from; at < next; ++at) {
        if (!is_space(buffer[at])) return fail(at, "a character that should not stand here");
    }
    ++cursor;
    return true;
}

bool Walker::check_word(const char *word, uint32_t size) {
    const uint32_t at = marks[cursor];
    if (memcmp(buffer.get() + at, word, size) != 0) return fail(at, "a value should stand here");
    return rest_is_space(at + size);
}

/// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? of RFC 8259. The padding's zeros end every loop.
bool Walker::check_number() {
    const uint8_t *begin = buffer.get() + marks[cursor];
    const uint8_t *at = begin + (*begin == '-');
    const auto offset = [&] { return uint32_t(at - buffer.get()); };
    if (*at == '0') {
        ++at;
    } else {
        if (!is_digit(*at)) return fail(offset(), "a digit should stand here");
        while (is_digit(*at)) ++at;
    }
    if (*at == '.') {
        ++at;
        if (!is_digit(*at)) return fail(offset(), "a digit should stand here");
        while (is_digit(*at)) ++at;
    }
    if (*at == 'e' || *at == 'E') {
        ++at;
        if (*at == '+' || *at == '-') ++at;
        if (!is_digit(*at)) return fail(offset(), "a digit should stand here");
        while (is_digit(*at)) ++at;
    }
    if (at - begin > HW_NUMBER_LENGTH_MAX)
        return fail(marks[cursor], "a number of more than 40 characters");
    return rest_is_space(offset());
}

void Walker::note_duplicate(Scope scope, hw_text name, uint32_t at) {
    if (has_duplicate && duplicate_at <= at) return;
    has_duplicate = true;
    duplicate_scope = scope;
    duplicate = name;
    duplicate_at = at;
}

void Walker::note_unknown(Scope scope, hw_text name, uint64_t word, uint32_t at) {
    names[name_count] = {name, word, at, scope};
    if (name_count < names_compared_at_once) {
        for (uint32_t other = 0; other < name_count; ++other) {
            const Name &known = names[other];
            if (known.head == word && known.scope == scope && equal(known.text, name)) {
                note_duplicate(scope, name, at);
            }
        }
    }
    ++name_count;
}

/// With many names that nobody reads, sorting finds the equal ones: no input makes it slow.
void Walker::find_duplicates() {
    std::sort(names.get(), names.get() + name_count, [](const Name &left, const Name &right) {
        if (left.scope != right.scope) return left.scope < right.scope;
        if (left.text.length != right.text.length) return left.text.length < right.text.length;
        const int order = memcmp(left.text.bytes, right.text.bytes, left.text.length);
        return order != 0 ? order < 0 : left.at < right.at;
    });
    for (uint32_t index = 1; index < name_count; ++index) {
        const Name &name = names[index], &before = names[index - 1];
        if (name.scope == before.scope && equal(name.text, before.text)) {
            note_duplicate(name.scope, name.text, name.at);
        }
    }
}

} // namespace headway
