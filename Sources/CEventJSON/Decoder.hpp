#ifndef HEADWAY_DECODER_HPP
#define HEADWAY_DECODER_HPP

#include "Scalars.hpp"
#include "Walker.hpp"

#include <memory>
#include <vector>

/// Reads records of one stream. What comes first of several complaints follows from the order of
/// the code: the whole text is walked before anything of it is judged.
struct hw_decoder {
    hw_event event;

    bool prepare(const hw_plan &plan);
    hw_outcome decode(
        const uint8_t *value, size_t length, const hw_header *headers, size_t header_count,
        int64_t record_time);

  private:
    enum class Mode { structured, binary, undeclared };

    /// Where an attribute, member or header stands and what it says.
    struct Attribute {
        hw_text text;
        int64_t byte;
        bool present, is_text;
    };
    static constexpr uint32_t attribute_count = 5; // as the first slots of the envelope

    hw_plan plan;
    std::unique_ptr<uint8_t[]> arena; // the plan's texts, padded
    std::unique_ptr<hw_field[]> fields;
    std::unique_ptr<hw_text[]> words; // of all fields, then the ignorable types
    headway::NameTable tables[headway::scope_count];
    headway::Walker walker;
    Attribute attributes[attribute_count];
    uint8_t header_bytes[2][HW_ATTRIBUTE_LENGTH_MAX + headway::padding];
    std::vector<hw_text> header_names; // grows only for records of more attributes than ever
    uint32_t data; // the mark of the object that is read
    int64_t latest; // microseconds; no event time of this record may be later

    bool reject(hw_reason reason, hw_place place, hw_text member, int64_t byte, const char *what);

    Mode mode(const hw_header *headers, size_t count) const;
    bool walk(const uint8_t *value, size_t length, Mode mode);
    bool take_members();
    bool take_headers(const hw_header *headers, size_t count);
    bool check_attributes(hw_place place);
    hw_outcome check_type(hw_place place);
    bool check_time(hw_place place);

    bool read_data(Mode mode);
    bool read_previous();
    bool read_previous_time();
    bool read_fields(hw_place place, bool only_division, hw_fields &into);
    bool read_field(const hw_field &field, uint32_t mark, hw_place place, hw_value &value);
    bool read_number(const hw_field &field, uint32_t mark, hw_place place, hw_value &value);
    bool read_text(const hw_field &field, uint32_t mark, hw_place place, hw_value &value);
    bool read_slugs(const hw_field &field, uint32_t mark, hw_place place, hw_value &value);
};

#endif
