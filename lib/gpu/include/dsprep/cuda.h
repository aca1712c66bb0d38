// CUDA devices for GpuLoader (dsprep/gpu_loader.h). Target dsprep::cuda, which needs the CUDA
// runtime and nothing else; this header needs no CUDA header, and any compiler reads it. Streams
// are cudaStream_t. The calling thread's current device is never changed.
//
//   auto device = dsprep::cuda::open(0);
//   dsprep::cuda::GpuLoader loader(data, {.batch_size = 256}, {.device = device});
//   for (dsprep::cuda::DeviceBatch batch : loader.epoch(0, stream))
//     train<<<grid, block, 0, stream>>>(static_cast<const float*>(batch["image"].data), …);
#pragma once

#include "dsprep/gpu_loader.h"

namespace dsprep::cuda {

/// The device of that number. Any number of times, any thread. Throws kNotFound that says what is
/// missing: a driver, one that is new enough, a device, or kernels for its architecture.
DevicePtr open(int ordinal);

/// How many there are: 0 without a driver. Throws nothing.
int device_count() noexcept;

}  // namespace dsprep::cuda
