// How fast: each figure beside what bounds it, in one run.
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
  finish(*bench.device, stream);
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

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Bytes a second that are read and written by a copy on the device.
double device_rate(const Bench& bench, Stream stream, std::uint64_t bytes) {
  const DeviceMemory from(bench.device, bytes), to(bench.device, bytes);
  const double ms = time_ms(*bench.device, stream, 20, [&] {
    bench.device->copy(to.as<void>(), from.as<void>(), bytes, Direction::kOnDevice, stream);
  });
  return 2 * static_cast<double>(bytes) / ms;
}

bool pixel_figure(const Bench& bench, Stream stream, PixelType type, bool planes, double flip,
                  const char* name) {
  constexpr std::uint32_t kRows = 512, kSide = 224;
  constexpr std::uint64_t kPixels = std::uint64_t{kRows} * kSide * kSide * 3;
  const std::uint64_t made = kPixels * (type == PixelType::kFloat ? 4 : 2);
  const std::vector<std::uint8_t> zeros(kPixels);
  constexpr auto kExtent = static_cast<std::int32_t>(kSide);
  std::vector<PixelDraw> draws(kRows, {{0, kExtent, kExtent, 0}, {0, kExtent, kExtent, 0}, 0});
  for (std::size_t i = 0; i < draws.size(); ++i) draws[i].flip = flip > 0 && i % 2 == 0 ? 1 : 0;
  const DeviceMemory pixels = to_device(bench.device, zeros),
                     marks = to_device(bench.device, draws), out(bench.device, made);
  PixelJob job{};
  job.pixels = pixels.as<const std::uint8_t>();
  job.draws = marks.as<const PixelDraw>();
  job.out = out.as<void>();
  job.rank = 3, job.rows = kRows, job.channels = 3;
  job.in_width = job.in_height = job.width = job.height = kSide;
  job.type = type;
  job.planes = planes;
  job.whole = true;
  std::vector<double> shares;
  for (int round = 0; round < 5; ++round) {
    const double limit = device_rate(bench, stream, (kPixels + made) / 2);
    const double ms = time_ms(*bench.device, stream, 20, [&] { bench.device->run(job, stream); });
    shares.push_back(static_cast<double>(kPixels + made) / ms / limit);
  }
  return figure(name, median(shares), ">=", 0.8);
}

bool token_figure(const Bench& bench, Stream stream) {
  constexpr std::uint64_t kRows = 4096, kLength = 2048, kCells = kRows * kLength;
  const std::vector<std::uint16_t> zeros(kCells);
  std::vector<std::int64_t> offsets;
  for (std::uint64_t row = 0; row <= kRows; ++row)
    offsets.push_back(static_cast<std::int64_t>(row * kLength));
  const DeviceMemory values = to_device(bench.device, zeros),
                     begins = to_device(bench.device, offsets), ids(bench.device, kCells * 8),
                     mask(bench.device, kCells), lengths(bench.device, kRows * 8);
  TokenJob job{};
  job.values = values.as<void>();
  job.offsets = begins.as<std::int64_t>();
  job.ids = ids.as<void>();
  job.mask = mask.as<std::uint8_t>();
  job.lengths = lengths.as<std::int64_t>();
  job.rows = kRows, job.length = kLength;
  job.from = TokenType::kUint16;
  job.wide = true;
  constexpr std::uint64_t kMoved = kCells * (2 + 8 + 1);
  std::vector<double> shares;
  for (int round = 0; round < 5; ++round) {
    const double limit = device_rate(bench, stream, kMoved / 2);
    const double ms = time_ms(*bench.device, stream, 20, [&] { bench.device->run(job, stream); });
    shares.push_back(static_cast<double>(kMoved) / ms / limit);
  }
  return figure("tokens, uint16 to int64 and mask, of a copy", median(shares), ">=", 0.8);
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

bool check_transforms(const Bench& bench) {
  const Owned<Stream> stream = own_stream(*bench.device);
  bool met = pixel_figure(bench, stream.get(), PixelType::kFloat, true, 0,
                          "uint8 NHWC to float32 NCHW, of a copy");
  met &= pixel_figure(bench, stream.get(), PixelType::kHalf, true, 0,
                      "uint8 NHWC to float16 NCHW, of a copy");
  met &= pixel_figure(bench, stream.get(), PixelType::kBrain, true, 0.5,
                      "… to bfloat16 NCHW, half of them flipped");
  met &= pixel_figure(bench, stream.get(), PixelType::kHalf, false, 0,
                      "uint8 NHWC to float16 NHWC, of a copy");
  return token_figure(bench, stream.get()) && met;
}

}  // namespace dsprep::test
