// Code that is the same for the processor and for a GPU: what tests check on the one runs on the
// other. C++17, and plain types only, for older nvcc.
#pragma once

#if defined(__CUDACC__)
#define DSPREP_HD __host__ __device__ inline
#else
#define DSPREP_HD inline
#endif

/// Before a loop, for the GPU's compiler alone.
#if defined(__CUDA_ARCH__)
#define DSPREP_UNROLL(times) _Pragma(DSPREP_TEXT(unroll times))
#define DSPREP_TEXT(text) #text
#else
#define DSPREP_UNROLL(times)
#endif

namespace dsprep::cuda {

/// What a thread reads or writes at once.
template <class T, unsigned N, unsigned Align>
struct alignas(Align) Words {
  T v[N];
};

}  // namespace dsprep::cuda
