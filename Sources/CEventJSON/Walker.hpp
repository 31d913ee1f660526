#ifndef HEADWAY_WALKER_HPP
#define HEADWAY_WALKER_HPP

#include "Text.hpp"

#include <memory>
#include <simdjson.h>

namespace headway {

/// Objects whose members are read.
enum Scope : uint8_t { scope_envelope, scope_data, scope_previous, scope_count };

/// Slots of a scope: the fields of the contract from 0, then what the scope itself reads.
enum : uint32_t {
    slot_specversion,
    slot_id,
    slot_source,
    slot_type,
    slot_time,
    slot_data, // envelope
    slot_withdrawn = HW_FIELDS_MAX,
    slot_previous,                      // data
    slot_previous_time = HW_FIELDS_MAX, // previous
    slot_count = HW_FIELDS_MAX + 2
};

/// Walks a JSON text once and notes where the members that a plan reads stand.
///
/// simdjson's first stage finds the marks (offsets of brackets, colons, commas and of the first
/// byte of each scalar) and rejects bad UTF-8, unclosed strings and raw control characters. Its
/// on-demand interface is not used: that one does not look at values which nobody asks for, and
/// here every value must be valid.
class Walker {
  public:
    /// False where memory is short.
    bool prepare(uint32_t value_max, const NameTable *scopes);

    /// Copies the text and walks it. False: `failure`, `failure_at`. The text is at most
    /// `value_max` long.
    bool walk(const uint8_t *value, uint32_t length, bool envelope);

    /// The first byte of the token at a mark.
    uint8_t byte(uint32_t mark) const { return buffer[marks[mark]]; }
    uint32_t offset(uint32_t mark) const { return marks[mark]; }

    /// The text of a string that was walked. Escapes are resolved in place, so each mark is read
    /// only once.
    hw_text text(uint32_t mark);

    /// The characters of a number that was walked.
    hw_text number(uint32_t mark) const;

    /// The mark of a member's value, 0 where it is absent.
    uint32_t slots[scope_count][slot_count];

    const char *failure = nullptr;
    uint32_t failure_at = 0;
    bool top_is_object = false;

    /// The first name that was seen twice, if any.
    bool has_duplicate = false;
    Scope duplicate_scope = scope_envelope;
    hw_text duplicate = {nullptr, 0};
    uint32_t duplicate_at = 0;

  private:
    struct Name {
        hw_text text;
        uint64_t head;
        uint32_t at;
        Scope scope;
    };
    static constexpr uint32_t names_compared_at_once = 24;

    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    std::unique_ptr<uint8_t[]> buffer;
    std::unique_ptr<Name[]> names;
    const NameTable *tables = nullptr;
    uint32_t *marks = nullptr;
    uint32_t length = 0;
    uint32_t name_count = 0;
    uint32_t cursor = 0; // the next mark
    bool measured_escapes = false;

    bool fail(uint32_t at, const char *what) {
        failure = what;
        failure_at = at;
        return false;
    }
    bool extent(uint32_t mark, hw_text &text);
    bool members(Scope scope, uint32_t depth);
    bool member_value(Scope scope, int32_t slot, bool brace, uint32_t depth);
    bool value(uint32_t depth);
    bool object(uint32_t depth);
    bool list(uint32_t depth);
    bool check_string(uint32_t mark, hw_text &text);
    bool check_number();
    bool check_word(const char *word, uint32_t size);
    bool rest_is_space(uint32_t from);
    void note_unknown(Scope scope, hw_text name, uint64_t word, uint32_t at);
    void note_duplicate(Scope scope, hw_text name, uint32_t at);
    void find_duplicates();
    void locate_failure(simdjson::error_code code);
};

/// Resolves the escapes of a JSON string into `to` (which may be the same bytes), or only checks
/// them where `to` is null. The length, or -1 with the offset of the escape that is wrong.
int64_t resolve_escapes(hw_text from, uint8_t *to, uint32_t &wrong_at);

/// The raw bytes between a string's quotes: the next mark comes after its closing quote and white
/// space.
inline bool Walker::extent(uint32_t mark, hw_text &text) {
    const uint8_t *bytes = buffer.get();
    const uint32_t at = marks[mark];
    uint32_t end = marks[mark + 1] - 1;
    if (bytes[end] != '"') {
        while (is_space(bytes[end])) --end;
        if (bytes[end] != '"') return fail(at, "the string does not end");
    }
    if (end == at) return fail(at, "the string does not end");
    text = {bytes + at + 1, end - at - 1};
    return true;
}

inline bool Walker::check_string(uint32_t mark, hw_text &text) {
    if (!extent(mark, text)) return false;
    if (!measured_escapes || !memchr(text.bytes, '\\', text.length)) return true;
    uint32_t wrong_at = 0;
    if (resolve_escapes(text, nullptr, wrong_at) >= 0) return true;
    return fail(marks[mark] + 1 + wrong_at, "an escape that is not valid");
}

} // namespace headway

#endif
