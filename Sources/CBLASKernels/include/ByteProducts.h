// Products of many rows of bytes with one row of sixteen-bit numbers.
#pragma once

#include <stddef.h>
#include <stdint.h>

// out[i] = Σ_k rows[i·width + k] · query[k]; the caller sees to it that no sum leaves 32 bits.
void byte_products(const int8_t *rows, size_t count, size_t width, const int16_t *query, int32_t *out);
