// Lets OpenBLAS use what the processor can do, before `main` begins.
#pragma once

// The kernels in use: "SkylakeX", "Haswell", ... The text lives as long as the process.
const char *blas_kernels(void);
