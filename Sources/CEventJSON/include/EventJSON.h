#ifndef HEADWAY_EVENT_JSON_H
#define HEADWAY_EVENT_JSON_H

#include <stddef.h>
#include <stdint.h>

/* Decodes one JSON CloudEvent (or its `data` alone) in one call into a flat structure. The plan says which
 * members of `data` are read. Nothing is allocated per event. Texts point into the reader's own buffer and
 * hold until its next call. */

#ifdef __cplusplus
extern "C" {
#endif

enum { HW_FIELDS_MAX = 16, HW_LIST_MAX = 8 };

typedef struct {
    const uint8_t *bytes;
    uint32_t length;
} hw_text;

/* What was found for one member: how it was written, and its exact value. */
typedef struct {
    uint8_t present;  /* 0: absent or null */
    uint8_t count;    /* of texts: 1 for a single text, else the length of the list */
    int64_t number;   /* integers, scaled decimals, booleans (0 or 1), divisions, word index */
    hw_text texts[HW_LIST_MAX];
} hw_value;

typedef struct {
    hw_value fields[HW_FIELDS_MAX];
} hw_fields;

#ifdef __cplusplus
}
#endif

#endif
