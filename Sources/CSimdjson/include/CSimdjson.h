#ifndef CSIMDJSON_H
#define CSIMDJSON_H

// The door to simdjson: what one message and one line of a recording say, as plain C.
// No C++ type and no exception comes through. Every pointer handed out belongs to the
// parser and is good until the next call with that parser.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#define ANCHORD_CLOSED __attribute__((enum_extensibility(closed)))
#else
#define ANCHORD_CLOSED
#endif

// One parser with its buffers. Not for two threads at once.
typedef struct AnchordParser AnchordParser;

typedef enum ANCHORD_CLOSED AnchordStatus {
    AnchordStatusGood,
    // Not JSON, cut off, followed by garbage, a field said twice, or a field of a wrong type.
    AnchordStatusMalformed,
    // NaN, an infinity, null, or a number beyond the range of a float.
    AnchordStatusNotFinite,
    // Bytes that are not UTF-8.
    AnchordStatusNotUTF8,
    // More numbers than asked for; `count` says how many there were up to the limit.
    AnchordStatusTooManyNumbers,
    // Base64 whose bytes are not whole float32 numbers.
    AnchordStatusWrongLength,
    AnchordStatusOutOfMemory,
} AnchordStatus;

// `start` is NULL when absent.
typedef struct AnchordText {
    const uint8_t *start;
    size_t length;
} AnchordText;

typedef enum ANCHORD_CLOSED AnchordScalarKind {
    AnchordScalarAbsent,
    AnchordScalarInteger,
    AnchordScalarFraction,
    AnchordScalarText,
    // null, a bool, an object, an array, or an integer beyond 64 bits.
    AnchordScalarOther,
} AnchordScalarKind;

typedef struct AnchordScalar {
    AnchordScalarKind kind;
    int64_t integer;
    double fraction;
    AnchordText text;
} AnchordScalar;

// Names of a payload's fields. The texts must outlive the call only.
typedef struct AnchordFields {
    AnchordText value, line, time, severity, code;
    // Which of `value` and `line` to decode; the other is only noticed.
    bool wantsValue, wantsLine;
    size_t numbersMax;
} AnchordFields;

typedef struct AnchordPayload {
    bool hasValue, hasLine;
    // NULL unless a vector was decoded.
    const float *numbers;
    size_t count;
    AnchordText line;
    AnchordScalar time, severity, code;
} AnchordPayload;

typedef enum ANCHORD_CLOSED AnchordPayloadForm {
    AnchordPayloadFormAbsent,
    AnchordPayloadFormValue,
    AnchordPayloadFormString,
    AnchordPayloadFormHex,
} AnchordPayloadForm;

typedef struct AnchordRecordedLine {
    AnchordText tst, topic, payload;
    AnchordPayloadForm form;
    AnchordScalar qos;
    bool isRetained;
} AnchordRecordedLine;

// NULL when out of memory.
AnchordParser *anchord_parser_create(void);
void anchord_parser_destroy(AnchordParser *parser);

// Reads a message: an object with the named fields, a bare array of numbers, or a bare number.
AnchordStatus anchord_parse_payload(
    AnchordParser *parser, const uint8_t *bytes, size_t length, const AnchordFields *fields,
    AnchordPayload *payload);

// Reads one line of a recording. `anchord_padding()` bytes after it must be readable.
AnchordStatus anchord_parse_recorded_line(
    AnchordParser *parser, const uint8_t *bytes, size_t length, AnchordRecordedLine *line);

// Whether the bytes are one complete JSON value, checked throughout.
bool anchord_is_json(AnchordParser *parser, const uint8_t *bytes, size_t length);

size_t anchord_padding(void);

#ifdef __cplusplus
}
#endif

#endif
