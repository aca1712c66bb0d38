// Code that is the same for the processor and for a GPU: what tests check on the one runs on the
// other. C++17, and plain types only, for older nvcc.
#pragma once

#if defined(__CUDACC__)
#define DSPREP_HD __host__ __device__ inline
#else
#define DSPREP_HD inline
#endif
