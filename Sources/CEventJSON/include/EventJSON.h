#ifndef HEADWAY_EVENT_JSON_H
#define HEADWAY_EVENT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one JSON CloudEvent (or its `data` alone, in binary mode) in one call into a flat
 * structure. The plan says which members of `data` are read. Nothing is allocated per event. Texts
 * point into the decoder's own buffers and hold until its next call. A decoder belongs to one
 * thread. */

#ifdef __cplusplus
extern "C" {
#endif

enum { HW_FIELDS_MAX = 16, HW_LIST_MAX = 8 };

/* Limits that no plan can change. */
enum {
    HW_DEPTH_MAX = 32,              /* nested objects and lists, the outermost counted */
    HW_NUMBER_LENGTH_MAX = 40,      /* characters of a number */
    HW_ATTRIBUTE_LENGTH_MAX = 1024, /* bytes of an envelope attribute */
    HW_INDICATOR_LENGTH_MAX = 128
};

typedef struct {
    const uint8_t *bytes;
    uint32_t length;
} hw_text;

/* What was found for one member: how it was written, and its exact value. */
typedef struct {
    uint8_t present; /* 0: absent or null */
    uint8_t count;   /* of texts: 1 for a single text, else the length of the list */
    int64_t number;  /* integers, scaled decimals, booleans (0 or 1), divisions, word index, periods
                        (first day * 2^32 + last day, days since 1970); the plan's `otherwise` if
                        absent */
    hw_text texts[HW_LIST_MAX];
} hw_value;

typedef struct {
    hw_value fields[HW_FIELDS_MAX];
} hw_fields;

typedef enum {
    HW_DIVISION,
    HW_INTEGER,
    HW_DECIMAL,
    HW_BOOLEAN,
    HW_WORD,
    HW_SLUG,
    HW_SLUGS,
    HW_REGION,
    HW_TEXT,
    HW_INDICATOR,
    HW_PERIOD
} hw_kind;

/* How one member of `data` is read. */
typedef struct {
    hw_text name;
    hw_kind kind;
    bool required;
    uint8_t scale;     /* HW_DECIMAL */
    uint8_t count_max; /* HW_SLUGS, at most HW_LIST_MAX */
    int64_t min, max; /* HW_INTEGER; HW_DECIMAL in scaled units; characters of texts and slugs */
    const hw_text *words; /* HW_WORD */
    uint32_t word_count;
    int64_t otherwise;
} hw_field;

/* One stream, as its decoder sees it. Everything is copied by hw_decoder_create. */
typedef struct {
    hw_text event_type;
    const hw_text *ignorable_types;
    uint32_t ignorable_count;
    const hw_field *fields;
    uint32_t field_count; /* at most HW_FIELDS_MAX */
    bool measurements;    /* `previous` and `withdrawn` are not read */
    int64_t earliest;     /* microseconds; no event time may be earlier */
    int64_t future_limit; /* microseconds past the record's own time */
    uint32_t value_max;   /* bytes of a record's value */
} hw_plan;

typedef struct {
    hw_text name;
    hw_text value; /* bytes NULL: no value */
} hw_header;

typedef enum { HW_EVENT, HW_SKIPPED, HW_DEAD } hw_outcome;

typedef enum {
    HW_NO_REASON,
    HW_TOO_LARGE,
    HW_NOT_CLOUDEVENT,
    HW_BAD_JSON,
    HW_DUPLICATE_MEMBER,
    HW_MISSING_MEMBER,
    HW_WRONG_TYPE,
    HW_OUT_OF_RANGE,
    HW_BAD_SPECVERSION,
    HW_UNKNOWN_TYPE,
    HW_BAD_TIME,
    HW_OVERFLOW
} hw_reason;

typedef enum { HW_IN_VALUE, HW_IN_HEADER, HW_IN_ENVELOPE, HW_IN_DATA, HW_IN_PREVIOUS } hw_place;

/* Why a record is dead. `what` is a static sentence; `member` holds until the next call. */
typedef struct {
    hw_reason reason;
    hw_place place;
    hw_text member; /* may be empty */
    int64_t byte;   /* offset in the value; -1 for headers */
    const char *what;
} hw_complaint;

typedef struct {
    bool is_withdrawal, has_previous, has_time;
    int64_t time, previous_time; /* microseconds since 1970 */
    hw_text source, id;
    hw_fields current, previous;
    hw_complaint complaint;
} hw_event;

typedef struct hw_decoder hw_decoder;

/* NULL where memory is short or the plan is beyond the limits above. */
hw_decoder *hw_decoder_create(const hw_plan *plan);
void hw_decoder_destroy(hw_decoder *decoder);

/* The event of the last call; the same address for the decoder's whole life. */
const hw_event *hw_decoder_event(const hw_decoder *decoder);

/* Members of the event, by their index in the plan. */
static inline const hw_value *hw_current(const hw_event *event, size_t field) {
    return &event->current.fields[field];
}
static inline const hw_value *hw_previous(const hw_event *event, size_t field) {
    return &event->previous.fields[field];
}
static inline hw_text hw_value_text(const hw_value *value, size_t index) {
    return value->texts[index];
}

/* Reads one record. `value` NULL is a tombstone. `record_time` in microseconds. */
hw_outcome hw_decode(
    hw_decoder *decoder, const uint8_t *value, size_t length, const hw_header *headers,
    size_t header_count, int64_t record_time);

/* Strict RFC 3339 with upper or lower case t and z, up to nine decimals (cut to microseconds), no
 * :60. */
bool hw_parse_time(const uint8_t *bytes, size_t length, int64_t *microseconds);

/* The instruction set that simdjson chose at run time, for example "haswell". */
const char *hw_kernel(void);

#ifdef __cplusplus
}
#endif

#endif
