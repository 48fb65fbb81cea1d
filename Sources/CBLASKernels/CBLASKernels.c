#define _GNU_SOURCE  // `environ`.
#include "CBLASKernels.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// OpenBLAS chooses its kernels by the processor's model number, when it is loaded. Debian 12's
// (0.3.21) does not know processors younger than itself, nor some behind a hypervisor, and gives them
// its oldest kernels, "Prescott": SSE3, a quarter of the speed or less. We then let it choose again, by
// what the processor says it can do. An operator's own OPENBLAS_CORETYPE is left alone.
//
// Weak: another build of the library may have one set of kernels only, and no such choice.
extern char *openblas_get_corename(void);
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

const char *blas_kernels(void) { return openblas_get_corename(); }

#if defined(__x86_64__)
// A constructor: after the library's own, before anyone multiplies.
__attribute__((constructor)) static void choose_kernels(void) {
    if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
    if (getenv("OPENBLAS_CORETYPE") || strcmp(openblas_get_corename(), "Prescott") != 0) return;
    __builtin_cpu_init();
    const char *kernels = NULL;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) kernels = "Haswell";
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512cd"))
        kernels = "SkylakeX";
    if (!kernels) return;
    // The Swift runtime finds its arguments on the stack, just before the environment it was given;
    // `setenv` puts another one in its place.
    char **given = environ;
    setenv("OPENBLAS_CORETYPE", kernels, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    environ = given;
}
#endif
