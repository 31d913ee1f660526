#include "Decoder.hpp"

#include <new>

hw_decoder *hw_decoder_create(const hw_plan *plan) {
    auto *decoder = new (std::nothrow) hw_decoder;
    if (decoder && !decoder->prepare(*plan)) {
        delete decoder;
        return nullptr;
    }
    return decoder;
}

void hw_decoder_destroy(hw_decoder *decoder) {
    delete decoder;
}

const hw_event *hw_decoder_event(const hw_decoder *decoder) {
    return &decoder->event;
}

hw_outcome hw_decode(
    hw_decoder *decoder, const uint8_t *value, size_t length, const hw_header *headers,
    size_t header_count, int64_t record_time) {
    return decoder->decode(value, length, headers, header_count, record_time);
}

bool hw_parse_time(const uint8_t *bytes, size_t length, int64_t *microseconds) {
    if (length > HW_ATTRIBUTE_LENGTH_MAX) return false;
    return headway::read_time({bytes, uint32_t(length)}, *microseconds);
}

const char *hw_kernel(void) {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}
