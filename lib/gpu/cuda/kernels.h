// The kernels of the jobs, for cuda_device.cpp. Asynchronous; results are CUDA's errors. A grid has
// rows in y, and what a thread makes of a row in x. A thread writes 16 bytes beside those of the
// next one (pixels of a resized picture: one element).
#pragma once

#include <cuda_runtime_api.h>

#include "lib/gpu/pixel_job.h"
#include "lib/gpu/token_job.h"

namespace dsprep::cuda {

cudaError_t launch(const PixelJob& job, cudaStream_t stream);
cudaError_t launch(const TokenJob& job, cudaStream_t stream);

/// Loads all kernels on the current device, so that none is loaded later, inside of somebody's
/// stream capture. An error where there are none for its architecture.
cudaError_t load_kernels();

}  // namespace dsprep::cuda
