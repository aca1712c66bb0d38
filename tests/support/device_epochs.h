// Epochs through a GpuLoader on the stand-in, as a consumer sees them that never waits: what a
// batch holds is looked at when its stream comes to it, long after the lease has ended.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "dsprep/gpu_loader.h"
#include "lib/gpu/standin.h"

namespace dsprep::test {

struct Seen {
  std::map<std::string, std::vector<std::byte>> tensors;
  std::vector<std::uint64_t> samples;
  std::vector<std::uint8_t> valid;
  std::size_t slot = 0;
  template <class T>
  std::vector<T> as(const std::string& name) const {
    const std::vector<std::byte>& bytes = tensors.at(name);
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
};

/// Enqueues a look at the batch. `out` must live until the stream has come to it.
inline void look(cuda::Standin& device, const cuda::DeviceBatch& batch, cuda::Stream stream,
                 Seen& out) {
  out.samples.assign(batch.samples().begin(), batch.samples().end());
  out.valid.assign(batch.valid().begin(), batch.valid().end());
  out.slot = batch.slot();
  for (const cuda::DeviceTensor& tensor : batch.tensors()) {
    std::vector<std::byte>& to = out.tensors[std::string(tensor.name)];
    to.resize(tensor.bytes());
    device.enqueue(stream, [&to, from = tensor.data] {
      if (!to.empty()) std::memcpy(to.data(), from, to.size());
    });
  }
}

inline std::deque<Seen> device_epoch(cuda::GpuLoader& loader, cuda::Standin& device,
                                     cuda::Stream stream, std::uint64_t epoch) {
  std::deque<Seen> seen;
  for (const cuda::DeviceBatch& batch : loader.epoch(epoch, stream))
    look(device, batch, stream, seen.emplace_back());
  device.synchronize(stream);
  return seen;
}

inline std::deque<Seen> host_epoch(Loader& loader, std::uint64_t epoch) {
  std::deque<Seen> seen;
  for (const Batch& batch : loader.epoch(epoch)) {
    Seen& out = seen.emplace_back();
    out.samples.assign(batch.samples().begin(), batch.samples().end());
    out.valid.assign(batch.valid().begin(), batch.valid().end());
    for (const Tensor& tensor : batch.tensors())
      out.tensors[std::string(tensor.name)].assign(tensor.bytes.begin(), tensor.bytes.end());
  }
  return seen;
}

/// Same steps, rows and bytes of all tensors.
inline bool equal(const std::deque<Seen>& a, const std::deque<Seen>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].samples != b[i].samples || a[i].valid != b[i].valid || a[i].tensors != b[i].tensors)
      return false;
  }
  return true;
}

inline LoaderOptions shuffled_batches(std::uint64_t batch = 8) {
  return {.batch_size = batch, .shuffle = true, .seed = 5, .threads = 2, .prefetch = 2};
}

/// Epoch 2 through the stand-in at its latest, and through the plain loader.
inline std::deque<Seen> on_device(const SourcePtr& from, LoaderOptions options,
                                  std::vector<cuda::DeviceTransform> transforms) {
  const auto device = cuda::make_standin({.order = cuda::StandinOrder::kLazy});
  cuda::GpuLoader loader(from, std::move(options),
                         {.device = device, .transforms = std::move(transforms)});
  std::deque<Seen> seen = device_epoch(loader, *device, nullptr, 2);
  CHECK(device->faults() == std::vector<std::string>{});
  return seen;
}
inline std::deque<Seen> on_host(const SourcePtr& from, LoaderOptions options) {
  Loader loader(from, std::move(options));
  return host_epoch(loader, 2);
}

}  // namespace dsprep::test
