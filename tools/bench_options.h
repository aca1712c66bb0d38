// What `dsprep bench` reads and how: its options, as a loader.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "dsprep/gpu_loader.h"
#include "dsprep/loader.h"
#include "tools/cli.h"

namespace dsprep {

/// One setting of the loader; a sweep changes one of them.
struct BenchSetting {
  std::uint64_t batch = 64;
  unsigned threads = 1;
  unsigned prefetch = 4;
  std::uint64_t epochs = 1;
  bool shuffle = false;
  std::uint64_t crop = 0;  ///< 0: pictures stay encoded
  bool normalize = false;
  std::uint64_t window = 0;  ///< 0: documents as they are
  std::string pad = {};      ///< "longest", "bucket", a length, or nothing
  std::uint64_t world = 1;
  Verify verify = Verify::kFirst;
  Io io = Io::kAuto;
  bool trace = false;

  /// Throws kUsage: no such name, or a value that it cannot have.
  void set(const std::string& name, const std::string& value);
};

struct BenchResult {
  std::uint64_t samples = 0, bytes = 0, batches = 0;
  double seconds = 0, cpu_seconds = 0;
  double first_seconds = 0;  ///< of the first epoch, which verifies
  LoaderCounters counters = {};
  std::uint64_t memory_bytes = 0;
};

void add_bench_options(po::options_description& options);
BenchSetting bench_setting(const ParsedOptions& options);
/// What a setting reads, and with which options. For a device, what it does itself is left out and
/// stands in `transforms`.
struct BenchInput {
  SourcePtr from;
  LoaderOptions options;
  std::vector<cuda::DeviceTransform> transforms = {};
};
BenchInput bench_input(const std::string& directory, const std::string& split,
                       const BenchSetting& setting, bool for_device);
double cpu_seconds();  ///< of this process

/// The dataset's split through the loader. Epochs behind the first are what is timed, if there are
/// any. `trace` is a file, or empty.
BenchResult run_loader(const std::string& directory, const std::string& split,
                       const BenchSetting& setting, const std::string& trace = {});

}  // namespace dsprep
