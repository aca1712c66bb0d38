// The kernels of lib/gpu/cuda/kernels.cu, as a GPU's compiler reads them, on the processor: its
// grids, its way of rounding, its words. What a GPU alone can tell is how fast they are.
#pragma once

#include "lib/gpu/pixel_job.h"
#include "lib/gpu/token_job.h"

namespace dsprep::test {

/// Run to their end. Throw std::runtime_error where CUDA would refuse the launch. One thread.
void emulate(const cuda::PixelJob& job);
void emulate(const cuda::TokenJob& job);

namespace detail {
bool emulate_pixels(const void* job);
bool emulate_tokens(const void* job);
}  // namespace detail

}  // namespace dsprep::test
