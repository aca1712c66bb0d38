// How fast batches come to the device: each figure beside what bounds it, in one run.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "lib/gpu/host_memory.h"
#include "tests/gpu/check.h"

namespace dsprep::test {
namespace {

using namespace cuda;

constexpr std::uint64_t kSample = std::uint64_t{1} << 20, kBatch = 32, kSteps = 200;
constexpr std::uint64_t kBytes = kSample * kBatch;

// Costs the host nothing: its samples are what the slots happen to hold.
class FreeSource final : public Source {
 public:
  FreeSource() { schema_.fields = {{"data", DType::kUint8, {std::int64_t{kSample}}}}; }
  std::uint64_t size() const noexcept override { return kBatch * kSteps; }
  const Schema& schema() const noexcept override { return schema_; }
  std::string id() const override { return "free"; }
  std::string key(std::uint64_t index) const override { return std::to_string(index); }
  std::unique_ptr<SourceReader> reader() const override { return std::make_unique<Reader>(); }

 private:
  class Reader final : public SourceReader {
   public:
    Shape shape(std::uint64_t, std::size_t) override { return {kSample}; }
    FieldValue view(std::uint64_t, std::size_t) override {
      throw Error(ErrorCode::kInternal, "nobody looks at it");
    }
    void read(std::uint64_t, std::size_t, std::span<std::byte>) override {}
  };
  Schema schema_;
};

GpuLoader free_loader(const Bench& bench) {
  return GpuLoader(std::make_shared<FreeSource>(),
                   LoaderOptions{.batch_size = kBatch, .threads = 2, .prefetch = 4},
                   {.device = bench.device, .slots = 3});
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds of an epoch, its consumer busy for `ns` with each batch.
double epoch_seconds(const Bench& bench, GpuLoader& loader, Stream stream, std::uint64_t ns) {
  const double begin = now();
  for (const DeviceBatch& batch : loader.epoch(0, stream))
    if (ns != 0) bench.busy(ns, batch.stream());
  synchronize(*bench.device, stream);
  return now() - begin;
}

double bare_copy_ms(const Bench& bench, Stream stream) {
  HostMemory host(bench.device);
  void* from = host.allocate(kBytes);
  std::memset(from, 1, kBytes);
  const DeviceMemory to(bench.device, kBytes);
  const double ms = time_ms(*bench.device, stream, 40, [&] {
    bench.device->copy(to.as<void>(), from, kBytes, Direction::kToDevice, stream);
  });
  host.release(from, kBytes);
  return ms;
}

}  // namespace

bool check_copies(const Bench& bench) {
  GpuLoader loader = free_loader(bench);
  const Owned<Stream> stream = own_stream(*bench.device);
  (void)epoch_seconds(bench, loader, stream.get(), 0);  // slots are allocated
  for (const std::string& warning : loader.warnings())
    std::printf("warning: %s\n", warning.c_str());
  std::vector<double> shares;
  for (int round = 0; round < 5; ++round) {
    const double bare = bare_copy_ms(bench, stream.get()) * 1e-3 * kSteps;
    shares.push_back(bare / epoch_seconds(bench, loader, stream.get(), 0));
    std::printf("  bare copy %.2f GB/s\n", static_cast<double>(kBytes * kSteps) / bare / 1e9);
  }
  return figure("an epoch's copies, of bare page-locked copies", median(shares), ">=", 0.95);
}

bool check_overlap(const Bench& bench) {
  GpuLoader loader = free_loader(bench);
  const Owned<Stream> stream = own_stream(*bench.device);
  (void)epoch_seconds(bench, loader, stream.get(), 0);
  std::vector<double> ratios;
  for (int round = 0; round < 5; ++round) {
    const double copies = epoch_seconds(bench, loader, stream.get(), 0);
    const auto each = static_cast<std::uint64_t>(copies / kSteps * 1e9);
    const double kernels =
        time_ms(*bench.device, stream.get(), 40, [&] { bench.busy(each, stream.get()); }) * 1e-3 *
        kSteps;
    ratios.push_back(epoch_seconds(bench, loader, stream.get(), each) / std::max(copies, kernels));
  }
  return figure("copies and a consumer as long, of the longer", median(ratios), "<=", 1.05);
}

}  // namespace dsprep::test
