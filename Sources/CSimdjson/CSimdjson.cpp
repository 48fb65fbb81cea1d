#include "CSimdjson.h"

// Errors are values here; nothing throws through the door.
#define SIMDJSON_EXCEPTIONS 0
// The same behaviour in debug and release builds.
#define SIMDJSON_DEVELOPMENT_CHECKS 0
#include <simdjson.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace ondemand = simdjson::ondemand;

struct AnchordParser {
    ondemand::parser parser;
    simdjson::dom::parser strict;
    uint8_t *bytes = nullptr;
    size_t bytesCapacity = 0;
    float *numbers = nullptr;
    size_t numbersCapacity = 0;

    ~AnchordParser() {
        std::free(bytes);
        std::free(numbers);
    }

    // Copies the input where simdjson may read past its end; the padding is zero, so that C's own
    // number reader stops there as well.
    bool take(const uint8_t *input, size_t length) {
        const size_t needed = length + simdjson::SIMDJSON_PADDING;
        if (needed > bytesCapacity) {
            const size_t capacity = needed < 4096 ? 4096 : needed + needed / 2;
            void *grown = std::realloc(bytes, capacity);
            if (!grown) return false;
            bytes = static_cast<uint8_t *>(grown);
            bytesCapacity = capacity;
        }
        if (length) std::memcpy(bytes, input, length);
        std::memset(bytes + length, 0, simdjson::SIMDJSON_PADDING);
        return true;
    }

    bool reserveNumbers(size_t count) {
        if (count <= numbersCapacity) return true;
        const size_t capacity = count < 256 ? 256 : count + count / 2;
        void *grown = std::realloc(numbers, capacity * sizeof(float));
        if (!grown) return false;
        numbers = static_cast<float *>(grown);
        numbersCapacity = capacity;
        return true;
    }
};

namespace {

AnchordStatus status(simdjson::error_code error) {
    switch (error) {
    case simdjson::SUCCESS: return AnchordStatusGood;
    case simdjson::UTF8_ERROR: return AnchordStatusNotUTF8;
    case simdjson::MEMALLOC: return AnchordStatusOutOfMemory;
    default: return AnchordStatusMalformed;
    }
}

// Whether nothing but space follows what was read.
bool isAtEnd(ondemand::document &document) {
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

AnchordText text(std::string_view view) {
    return {reinterpret_cast<const uint8_t *>(view.data()), view.size()};
}

std::string_view view(AnchordText text) {
    return {reinterpret_cast<const char *>(text.start), text.length};
}

// Whether a refused number is one a float cannot hold (NaN, an infinity, null, 1e999) rather than
// no number at all.
AnchordStatus refusedNumber(const char *start) {
    const char *word = (*start == '-' || *start == '+') ? start + 1 : start;
    for (const char *name : {"NaN", "nan", "NAN", "Inf", "inf", "INF", "null"}) {
        if (std::strncmp(word, name, std::strlen(name)) == 0) return AnchordStatusNotFinite;
    }
    if (*word < '0' || *word > '9') return AnchordStatusMalformed;
    return std::isinf(std::strtod(start, nullptr)) ? AnchordStatusNotFinite : AnchordStatusMalformed;
}

template <typename Value>
AnchordStatus append(AnchordParser &self, Value &value, size_t &count, size_t numbersMax) {
    double number;
    if (value.get_double().get(number)) {
        const char *token;
        if (value.current_location().get(token)) return AnchordStatusMalformed;
        return refusedNumber(token);
    }
    if (count >= numbersMax) return AnchordStatusTooManyNumbers;
    if (!self.reserveNumbers(count + 1)) return AnchordStatusOutOfMemory;
    const float narrow = static_cast<float>(number);
    if (!std::isfinite(narrow)) return AnchordStatusNotFinite;
    self.numbers[count++] = narrow;
    return AnchordStatusGood;
}

AnchordStatus numbers(
    AnchordParser &self, ondemand::array array, size_t numbersMax, size_t &count) {
    for (auto result : array) {
        ondemand::value element;
        if (auto error = result.get(element)) return status(error);
        const AnchordStatus appended = append(self, element, count, numbersMax);
        if (appended != AnchordStatusGood) return appended;
    }
    return AnchordStatusGood;
}

int base64Digit(uint8_t c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

// Both alphabets of RFC 4648, with or without the `=` at the end.
AnchordStatus base64(
    AnchordParser &self, std::string_view text, size_t numbersMax, size_t &count) {
    static const struct Table {
        int8_t digit[256];
        Table() {
            for (int c = 0; c < 256; c++) digit[c] = int8_t(base64Digit(uint8_t(c)));
        }
    } table;
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    const size_t bytes = text.size() / 4 * 3 + (text.size() % 4 ? text.size() % 4 - 1 : 0);
    for (char c : text) {
        if (table.digit[uint8_t(c)] < 0) return AnchordStatusMalformed;
    }
    if (text.size() % 4 == 1 || bytes % sizeof(float) != 0) return AnchordStatusWrongLength;
    count = bytes / sizeof(float);
    if (count > numbersMax) return AnchordStatusTooManyNumbers;
    if (!self.reserveNumbers(count + 1)) return AnchordStatusOutOfMemory;
    uint8_t *out = reinterpret_cast<uint8_t *>(self.numbers);
    size_t written = 0;
    uint32_t bits = 0;
    int held = 0;
    for (char c : text) {
        bits = bits << 6 | uint32_t(table.digit[uint8_t(c)]);
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (written < bytes) out[written++] = uint8_t(bits >> held);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!std::isfinite(self.numbers[i])) return AnchordStatusNotFinite;
    }
    return AnchordStatusGood;
}

AnchordStatus scalar(ondemand::value value, AnchordScalar &scalar) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return status(error);
    if (type == ondemand::json_type::string) {
        std::string_view view;
        if (auto error = value.get_string().get(view)) return status(error);
        scalar.kind = AnchordScalarText;
        scalar.text = text(view);
    } else if (type == ondemand::json_type::number) {
        int64_t integer;
        double fraction;
        if (!value.get_int64().get(integer)) {
            scalar.kind = AnchordScalarInteger;
            scalar.integer = integer;
        } else if (!value.get_double().get(fraction)) {
            scalar.kind = AnchordScalarFraction;
            scalar.fraction = fraction;
        } else {
            scalar.kind = AnchordScalarOther;
            return AnchordStatusMalformed;
        }
    } else {
        scalar.kind = AnchordScalarOther;
    }
    return AnchordStatusGood;
}

AnchordStatus value(
    AnchordParser &self, ondemand::value value, size_t numbersMax, AnchordPayload &payload) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return status(error);
    AnchordStatus result;
    if (type == ondemand::json_type::array) {
        ondemand::array array;
        if (auto error = value.get_array().get(array)) return status(error);
        result = numbers(self, array, numbersMax, payload.count);
    } else if (type == ondemand::json_type::string) {
        std::string_view view;
        if (auto error = value.get_string().get(view)) return status(error);
        result = base64(self, view, numbersMax, payload.count);
    } else {
        result = append(self, value, payload.count, numbersMax);
    }
    if (result == AnchordStatusGood) payload.numbers = self.numbers;
    return result;
}

AnchordStatus object(
    AnchordParser &self, ondemand::object object, const AnchordFields &fields,
    AnchordPayload &payload) {
    for (auto result : object) {
        ondemand::field field;
        if (auto error = std::move(result).get(field)) return status(error);
        const ondemand::raw_json_string key = field.key();
        AnchordStatus got = AnchordStatusGood;
        // A field said twice says two things; we do not guess which is meant.
        if (key.unsafe_is_equal(view(fields.value))) {
            if (payload.hasValue) return AnchordStatusMalformed;
            payload.hasValue = true;
            if (fields.wantsValue) got = value(self, field.value(), fields.numbersMax, payload);
        } else if (key.unsafe_is_equal(view(fields.line))) {
            if (payload.hasLine) return AnchordStatusMalformed;
            payload.hasLine = true;
            if (fields.wantsLine) {
                std::string_view line;
                if (auto error = field.value().get_string().get(line)) return status(error);
                payload.line = text(line);
            }
        } else if (key.unsafe_is_equal(view(fields.time))) {
            if (payload.time.kind != AnchordScalarAbsent) return AnchordStatusMalformed;
            got = scalar(field.value(), payload.time);
        } else if (key.unsafe_is_equal(view(fields.severity))) {
            got = scalar(field.value(), payload.severity);
        } else if (key.unsafe_is_equal(view(fields.code))) {
            got = scalar(field.value(), payload.code);
        }
        if (got != AnchordStatusGood) return got;
    }
    return AnchordStatusGood;
}

AnchordStatus recordedPayload(ondemand::value value, AnchordRecordedLine &line) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return status(error);
    std::string_view view;
    simdjson::error_code error;
    line.form = AnchordPayloadFormValue;
    switch (type) {
    case ondemand::json_type::string:
        line.form = AnchordPayloadFormString;
        error = value.get_string().get(view);
        break;
    case ondemand::json_type::object: {
        ondemand::object object;
        error = value.get_object().get(object);
        if (!error) error = object.raw_json().get(view);
        break;
    }
    case ondemand::json_type::array: {
        ondemand::array array;
        error = value.get_array().get(array);
        if (!error) error = array.raw_json().get(view);
        break;
    }
    case ondemand::json_type::null:
        // What mosquitto_sub prints for a payload of no bytes.
        view = std::string_view(value.raw_json_token().data(), 0);
        error = simdjson::SUCCESS;
        break;
    default:
        view = value.raw_json_token();
        error = simdjson::SUCCESS;
    }
    if (error) return status(error);
    // The space after a value is not its own; the space within a string is.
    while (type != ondemand::json_type::string && !view.empty()
           && std::strchr(" \t\r\n", view.back())) {
        view.remove_suffix(1);
    }
    line.payload = text(view);
    return AnchordStatusGood;
}

AnchordStatus recordedObject(ondemand::object object, AnchordRecordedLine &line) {
    for (auto result : object) {
        ondemand::field field;
        if (auto error = std::move(result).get(field)) return status(error);
        const ondemand::raw_json_string key = field.key();
        AnchordStatus got = AnchordStatusGood;
        std::string_view view;
        if (key.unsafe_is_equal("payload")) {
            got = recordedPayload(field.value(), line);
        } else if (key.unsafe_is_equal("tst")) {
            if (auto error = field.value().get_string().get(view)) return status(error);
            line.tst = text(view);
        } else if (key.unsafe_is_equal("topic")) {
            if (auto error = field.value().get_string().get(view)) return status(error);
            line.topic = text(view);
        } else if (key.unsafe_is_equal("qos")) {
            got = scalar(field.value(), line.qos);
        } else if (key.unsafe_is_equal("retain")) {
            ondemand::value retain = field.value();
            bool flag;
            int64_t number;
            if (!retain.get_bool().get(flag)) {
                line.isRetained = flag;
            } else if (!retain.get_int64().get(number)) {
                line.isRetained = number != 0;
            } else {
                return AnchordStatusMalformed;
            }
        } else if (key.unsafe_is_equal("payload_hex")) {
            if (auto error = field.value().get_string().get(view)) return status(error);
            line.payload = text(view);
            line.form = AnchordPayloadFormHex;
        }
        if (got != AnchordStatusGood) return got;
    }
    return AnchordStatusGood;
}

}  // namespace

AnchordParser *anchord_parser_create(void) {
    return new (std::nothrow) AnchordParser();
}

void anchord_parser_destroy(AnchordParser *parser) { delete parser; }

AnchordStatus anchord_parse_payload(
    AnchordParser *parser, const uint8_t *bytes, size_t length, const AnchordFields *fields,
    AnchordPayload *payload) {
    *payload = {};
    AnchordParser &self = *parser;
    if (!self.take(bytes, length)) return AnchordStatusOutOfMemory;
    ondemand::document document;
    if (auto error = self.parser
                         .iterate(self.bytes, length, length + simdjson::SIMDJSON_PADDING)
                         .get(document)) {
        return status(error);
    }
    ondemand::json_type type;
    if (auto error = document.type().get(type)) return status(error);
    AnchordStatus result;
    if (type == ondemand::json_type::object) {
        ondemand::object root;
        if (auto error = document.get_object().get(root)) return status(error);
        result = object(self, root, *fields, *payload);
    } else if (type == ondemand::json_type::array) {
        payload->hasValue = true;
        if (!fields->wantsValue) return AnchordStatusGood;
        ondemand::array array;
        if (auto error = document.get_array().get(array)) return status(error);
        result = numbers(self, array, fields->numbersMax, payload->count);
        payload->numbers = self.numbers;
    } else {
        payload->hasValue = true;
        result = append(self, document, payload->count, fields->numbersMax);
        payload->numbers = self.numbers;
    }
    if (result != AnchordStatusGood) return result;
    return isAtEnd(document) ? AnchordStatusGood : AnchordStatusMalformed;
}

AnchordStatus anchord_parse_recorded_line(
    AnchordParser *parser, const uint8_t *bytes, size_t length, AnchordRecordedLine *line) {
    *line = {};
    ondemand::document document;
    if (auto error = parser->parser.iterate(bytes, length, length + simdjson::SIMDJSON_PADDING)
                         .get(document)) {
        return status(error);
    }
    ondemand::object root;
    if (auto error = document.get_object().get(root)) return status(error);
    const AnchordStatus result = recordedObject(root, *line);
    if (result != AnchordStatusGood) return result;
    return isAtEnd(document) ? AnchordStatusGood : AnchordStatusMalformed;
}

bool anchord_is_json(AnchordParser *parser, const uint8_t *bytes, size_t length) {
    if (!parser->take(bytes, length)) return false;
    simdjson::dom::element element;
    return !parser->strict.parse(parser->bytes, length, false).get(element);
}

size_t anchord_padding(void) { return simdjson::SIMDJSON_PADDING; }
