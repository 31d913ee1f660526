#include "Decoder.hpp"

#include <algorithm>
#include <new>

using namespace headway;

namespace {

const hw_text attribute_names[] = {
    literal("specversion\0\0\0\0\0\0\0\0"), literal("id\0\0\0\0\0\0\0\0"),
    literal("source\0\0\0\0\0\0\0\0"),      literal("type\0\0\0\0\0\0\0\0"),
    literal("time\0\0\0\0\0\0\0\0"),        literal("data\0\0\0\0\0\0\0\0"),
};

/// A name without the zeros that pad it.
hw_text named(hw_text padded) {
    return {padded.bytes, padded.length - 8};
}

const hw_text withdrawn_name = literal("withdrawn\0\0\0\0\0\0\0\0");
const hw_text previous_name = literal("previous\0\0\0\0\0\0\0\0");
const hw_text no_member = {nullptr, 0};

bool starts_with(hw_text text, hw_text prefix) {
    return text.length >= prefix.length && memcmp(text.bytes, prefix.bytes, prefix.length) == 0;
}

/// Copies a text and eight zeros behind it.
hw_text keep(hw_text text, uint8_t *&arena) {
    memcpy(arena, text.bytes, text.length);
    memset(arena + text.length, 0, 8);
    hw_text kept = {arena, text.length};
    arena += text.length + 8;
    return kept;
}

} // namespace

bool hw_decoder::prepare(const hw_plan &given) {
    if (given.field_count > HW_FIELDS_MAX || given.value_max > 0x4000'0000) return false;
    size_t bytes = given.event_type.length + 8, word_count = given.ignorable_count;
    for (uint32_t index = 0; index < given.ignorable_count; ++index) {
        bytes += given.ignorable_types[index].length + 8;
    }
    for (uint32_t index = 0; index < given.field_count; ++index) {
        const hw_field &field = given.fields[index];
        if (field.kind == HW_SLUGS && field.count_max > HW_LIST_MAX) return false;
        bytes += field.name.length + 8;
        word_count += field.word_count;
        for (uint32_t word = 0; word < field.word_count; ++word)
            bytes += field.words[word].length + 8;
    }
    arena.reset(new (std::nothrow) uint8_t[bytes]);
    fields.reset(new (std::nothrow) hw_field[given.field_count + 1]);
    words.reset(new (std::nothrow) hw_text[word_count + 1]);
    if (!arena || !fields || !words || !walker.prepare(given.value_max, tables)) return false;

    plan = given;
    uint8_t *at = arena.get();
    hw_text *next = words.get();
    plan.event_type = keep(given.event_type, at);
    for (uint32_t index = 0; index < given.field_count; ++index) {
        hw_field &field = fields[index] = given.fields[index];
        field.name = keep(field.name, at);
        field.words = next;
        for (uint32_t word = 0; word < field.word_count; ++word) {
            *next++ = keep(given.fields[index].words[word], at);
        }
        tables[scope_data].add(field.name, int32_t(index));
        tables[scope_previous].add(field.name, int32_t(index));
    }
    plan.fields = fields.get();
    plan.ignorable_types = next;
    for (uint32_t index = 0; index < given.ignorable_count; ++index) {
        *next++ = keep(given.ignorable_types[index], at);
    }
    for (uint32_t index = 0; index <= slot_data; ++index) {
        tables[scope_envelope].add(named(attribute_names[index]), int32_t(index));
    }
    if (!plan.measurements) {
        tables[scope_data].add(named(withdrawn_name), slot_withdrawn);
        tables[scope_data].add(named(previous_name), slot_previous);
        tables[scope_previous].add(named(attribute_names[slot_time]), slot_previous_time);
    }
    memset(&event, 0, sizeof event);
    memset(header_bytes, 0, sizeof header_bytes);
    header_names.reserve(64);
    return true;
}

bool hw_decoder::reject(
    hw_reason reason, hw_place place, hw_text member, int64_t byte, const char *what) {
    event.complaint = {reason, place, member, byte, what};
    return false;
}

hw_outcome hw_decoder::decode(
    const uint8_t *value, size_t length, const hw_header *headers, size_t header_count,
    int64_t record_time) {
    event.has_time = event.is_withdrawal = event.has_previous = false;
    if (value == nullptr) return HW_SKIPPED;
    if (length > plan.value_max) {
        reject(
            HW_TOO_LARGE, HW_IN_VALUE, no_member, int64_t(length),
            "the value is larger than allowed");
        return HW_DEAD;
    }
    if (__builtin_add_overflow(record_time, plan.future_limit, &latest)) latest = INT64_MAX;
    const Mode mode = this->mode(headers, header_count);
    if (!walk(value, length, mode)) return HW_DEAD;
    const bool binary = mode == Mode::binary;
    const hw_place place = binary ? HW_IN_HEADER : HW_IN_ENVELOPE;
    if (!(binary ? take_headers(headers, header_count) : take_members())) return HW_DEAD;
    if (!check_attributes(place)) return HW_DEAD;
    const hw_outcome outcome = check_type(place);
    if (outcome != HW_EVENT) return outcome;
    if (!check_time(place) || !read_data(mode)) return HW_DEAD;
    return HW_EVENT;
}

hw_decoder::Mode hw_decoder::mode(const hw_header *headers, size_t count) const {
    Mode mode = Mode::undeclared;
    for (size_t index = 0; index < count; ++index) {
        const hw_header &header = headers[index];
        if (header.value.bytes && equal(header.name, "content-type")
            && starts_with(header.value, literal("application/cloudevents+json"))) {
            return Mode::structured;
        }
        if (equal(header.name, "ce_specversion")) mode = Mode::binary;
    }
    return mode;
}

bool hw_decoder::walk(const uint8_t *value, size_t length, Mode mode) {
    if (!walker.walk(value, uint32_t(length), mode != Mode::binary)) {
        return reject(HW_BAD_JSON, HW_IN_VALUE, no_member, walker.failure_at, walker.failure);
    }
    if (mode == Mode::undeclared
        && (!walker.top_is_object || walker.slots[scope_envelope][slot_specversion] == 0)) {
        return reject(
            HW_NOT_CLOUDEVENT, HW_IN_VALUE, no_member, 0,
            "no header names a CloudEvent and the value has no specversion");
    }
    if (!walker.top_is_object) {
        return reject(HW_BAD_JSON, HW_IN_VALUE, no_member, walker.offset(0), "not an object");
    }
    if (walker.has_duplicate) {
        static const hw_place places[] = {HW_IN_ENVELOPE, HW_IN_DATA, HW_IN_PREVIOUS};
        return reject(
            HW_DUPLICATE_MEMBER, places[walker.duplicate_scope], walker.duplicate,
            walker.duplicate_at, "stands there twice");
    }
    return true;
}

bool hw_decoder::take_members() {
    for (uint32_t slot = 0; slot < attribute_count; ++slot) {
        const uint32_t mark = walker.slots[scope_envelope][slot];
        const uint8_t first = mark == 0 ? uint8_t('n') : walker.byte(mark);
        Attribute &attribute = attributes[slot];
        attribute = {no_member, walker.offset(mark), first != 'n', first == '"'};
        if (attribute.is_text) attribute.text = walker.text(mark);
    }
    return true;
}

bool hw_decoder::take_headers(const hw_header *headers, size_t count) {
    for (auto &attribute : attributes) attribute = {no_member, -1, false, false};
    header_names.clear();
    for (size_t index = 0; index < count; ++index) {
        const hw_header &header = headers[index];
        if (!starts_with(header.name, literal("ce_"))) continue;
        const hw_text name = {header.name.bytes + 3, header.name.length - 3};
        header_names.push_back(name);
        if (header.value.bytes == nullptr) continue;
        for (uint32_t slot = 0; slot < attribute_count; ++slot) {
            if (!equal(name, named(attribute_names[slot]))) continue;
            const auto *bytes = reinterpret_cast<const char *>(header.value.bytes);
            // A long text is out of range whatever it says.
            const bool is_text = header.value.length > HW_ATTRIBUTE_LENGTH_MAX
                || simdjson::validate_utf8(bytes, header.value.length);
            attributes[slot] = {header.value, -1, true, is_text};
        }
    }
    // Sorted, so that no number of headers makes it slow.
    std::sort(header_names.begin(), header_names.end(), [](hw_text left, hw_text right) {
        if (left.length != right.length) return left.length < right.length;
        return memcmp(left.bytes, right.bytes, left.length) < 0;
    });
    for (size_t index = 1; index < header_names.size(); ++index) {
        if (!equal(header_names[index - 1], header_names[index])) continue;
        return reject(
            HW_DUPLICATE_MEMBER, HW_IN_HEADER, header_names[index], -1, "stands there twice");
    }
    return true;
}

bool hw_decoder::check_attributes(hw_place place) {
    for (uint32_t slot = 0; slot < attribute_count; ++slot) {
        Attribute &attribute = attributes[slot];
        const hw_text name = named(attribute_names[slot]);
        if (!attribute.present) {
            return reject(HW_MISSING_MEMBER, place, name, attribute.byte, "is required");
        }
        if (!attribute.is_text) {
            const char *what = place == HW_IN_HEADER ? "is not UTF-8" : "is not a text";
            return reject(HW_WRONG_TYPE, place, name, attribute.byte, what);
        }
        if (attribute.text.length == 0 || attribute.text.length > HW_ATTRIBUTE_LENGTH_MAX) {
            return reject(
                HW_OUT_OF_RANGE, place, name, attribute.byte,
                "is empty or longer than 1,024 bytes");
        }
        if (slot == slot_specversion && !equal(attribute.text, "1.0")) {
            return reject(HW_BAD_SPECVERSION, place, name, attribute.byte, "is not 1.0");
        }
        if (place == HW_IN_HEADER && (slot == slot_id || slot == slot_source)) {
            uint8_t *copy = header_bytes[slot == slot_source];
            memcpy(copy, attribute.text.bytes, attribute.text.length);
            attribute.text.bytes = copy;
        }
    }
    event.source = attributes[slot_source].text;
    event.id = attributes[slot_id].text;
    return true;
}

hw_outcome hw_decoder::check_type(hw_place place) {
    const Attribute &type = attributes[slot_type];
    if (equal(type.text, plan.event_type)) return HW_EVENT;
    for (uint32_t index = 0; index < plan.ignorable_count; ++index) {
        if (!equal(type.text, plan.ignorable_types[index])) continue;
        event.has_time = check_time(place);
        return HW_SKIPPED;
    }
    reject(
        HW_UNKNOWN_TYPE, place, named(attribute_names[slot_type]), type.byte, "is not read here");
    return HW_DEAD;
}

bool hw_decoder::check_time(hw_place place) {
    const Attribute &attribute = attributes[slot_time];
    const hw_text name = named(attribute_names[slot_time]);
    if (!read_time(attribute.text, event.time)) {
        return reject(HW_BAD_TIME, place, name, attribute.byte, "is not RFC 3339");
    }
    if (event.time < plan.earliest) {
        return reject(HW_OUT_OF_RANGE, place, name, attribute.byte, "is too early");
    }
    if (event.time > latest) {
        return reject(
            HW_OUT_OF_RANGE, place, name, attribute.byte, "is too far ahead of the record's time");
    }
    event.has_time = true;
    return true;
}
