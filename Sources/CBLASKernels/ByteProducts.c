#include "ByteProducts.h"

// Integers: the same sums in any order and with any instructions. The compiler makes one loop for each
// kind of processor, and the loader takes the best that is here.
#if defined(__x86_64__)
__attribute__((target_clones("avx512bw", "avx2", "default")))
#endif
void byte_products(const int8_t *rows, size_t count, size_t width, const int16_t *query, int32_t *out) {
    for (size_t row = 0; row < count; row++) {
        const int8_t *x = rows + row * width;
        int32_t sum = 0;
        for (size_t k = 0; k < width; k++) sum += (int32_t)x[k] * (int32_t)query[k];
        out[row] = sum;
    }
}
