// dsprep bench --device: the same through a GpuLoader, beside what a bare copy reaches.
#pragma once

#include <string>
#include <vector>

#include "tools/bench_options.h"

namespace dsprep {

struct DeviceResult {
  std::string device;  ///< "cuda:0 (NVIDIA H200)"
  std::uint64_t samples = 0, batches = 0;
  std::uint64_t bytes = 0;   ///< of the batches on the device
  std::uint64_t copied = 0;  ///< bytes that travelled
  double seconds = 0, first_seconds = 0;
  double copy_rate = 0;    ///< bytes a second while a copy ran
  double bare_rate = 0;    ///< of page-locked memory copied over and over, in this run
  double host_wait = 0;    ///< seconds: next() waited for the host
  double device_wait = 0;  ///< seconds: the consumer's stream, which does nothing else, waited
  std::uint64_t host_memory = 0, device_memory = 0;
  std::string bottleneck;  ///< of the part on the host
  std::vector<std::string> warnings = {};
};

/// `device`: "cuda:N" or "standin". Throws kUsage for others, kNotFound where it is not there.
DeviceResult run_device(const std::string& directory, const std::string& split,
                        const BenchSetting& setting, const std::string& device);
void print_device(const DeviceResult& result, bool json);

}  // namespace dsprep
