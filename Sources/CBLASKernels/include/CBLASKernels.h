// Lets OpenBLAS use what the processor can do, before `main` begins; and the one kernel of our own that
// OpenBLAS has not.
#pragma once

#include "ByteProducts.h"

// The kernels in use: "SkylakeX", "Haswell", ... The text lives as long as the process.
const char *blas_kernels(void);
