#include "tools/bench_roofline.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/image.h"
#include "formats/common/file.h"
#include "tools/timing.h"

namespace dsprep {
namespace {

constexpr double kSeconds = 0.3;       // of each measurement
constexpr std::uint64_t kMost = 2000;  // samples that are looked at

struct Measured {
  double samples_per_second = 0, bytes_per_second = 0;
};

// Runs `work(i)`, which gives the bytes it moved, over and over.
Measured measure(std::uint64_t count, const std::function<std::uint64_t(std::uint64_t)>& work) {
  std::uint64_t samples = 0, bytes = 0;
  const Stopwatch watch;
  while (watch.seconds() < kSeconds) {
    for (int i = 0; i < 16; ++i, ++samples) bytes += work(samples % count);
  }
  const double seconds = watch.seconds();
  return {static_cast<double>(samples) / seconds, static_cast<double>(bytes) / seconds};
}

void line(const char* name, const Measured& measured) {
  std::printf("  %-34s %12.0f samples/s %10.2f GB/s\n", name, measured.samples_per_second,
              measured.bytes_per_second / 1e9);
}

std::optional<std::size_t> picture_field(const Schema& schema) {
  for (std::size_t i = 0; i < schema.fields.size(); ++i)
    if (schema.fields[i].encoding == Encoding::kImage) return i;
  return std::nullopt;
}

}  // namespace

void print_roofline(const std::string& directory, const std::string& split,
                    const BenchSetting& setting, const BenchResult& result) {
  const Dataset data =
      Dataset::open(directory, split, {.verify = Verify::kNever, .io = Io::kPread});
  const std::uint64_t count = std::min(data.size(), kMost);
  if (count == 0) return;
  const auto spread = [&](std::uint64_t i) { return i * 7919 % count * (data.size() / count); };
  const SourcePtr from = source(data);
  const auto reader = from->reader();
  const std::size_t fields = data.schema().fields.size();
  const Measured read = measure(count, [&](std::uint64_t i) {
    std::uint64_t bytes = 0;
    for (std::size_t f = 0; f < fields; ++f) bytes += reader->view(spread(i), f).bytes.size();
    return bytes;
  });
  const std::uint64_t each = std::max<std::uint64_t>(
      64, static_cast<std::uint64_t>(read.bytes_per_second / read.samples_per_second));
  // Far more than the caches, so that memory is what is measured.
  const std::uint64_t ring = std::max<std::uint64_t>(2, (std::uint64_t{64} << 20) / each);
  std::vector<std::byte> source_bytes(ring * each, std::byte{1}), target(ring * each);
  const Measured copy = measure(ring, [&](std::uint64_t i) {
    std::memcpy(target.data() + i * each, source_bytes.data() + i * 31 % ring * each, each);
    return each;
  });
  std::uint64_t sink = 0;
  const Measured hash = measure(ring, [&](std::uint64_t i) {
    sink ^= xxh3_64(Bytes(source_bytes).subspan(i * 31 % ring * each, each));
    return each;
  });
  std::printf("one thread of this machine, samples of %llu bytes (page cache warm):\n",
              static_cast<unsigned long long>(each));
  line("memory copy", copy);
  line("read from the page cache", read);
  line("checksum", hash);
  double binds = std::min(read.samples_per_second, copy.samples_per_second);
  const char* what = "reading";
  if (const auto picture = picture_field(data.schema()); picture && setting.crop != 0) {
    Image image;
    const Measured decode = measure(count, [&](std::uint64_t i) {
      image = decode_image(reader->view(spread(i), *picture).bytes);
      return image.pixels.size();
    });
    line("decode of the whole picture", decode);
    if (decode.samples_per_second < binds) binds = decode.samples_per_second, what = "decoding";
  }
  const double threads = std::max(1U, setting.threads);
  const double mine = static_cast<double>(result.samples) / result.seconds;
  std::printf("the loader: %.0f samples/s on %.0f thread(s), %.2f of %s; ", mine, threads,
              mine / threads / binds, what);
  const std::string stage = result.counters.bottleneck();
  if (stage == "consumer")
    std::printf("it waits for the consumer: nothing to change here\n");
  else if (stage == "read")
    std::printf("change: more threads, or a container that is read in order\n");
  else if (stage == "transform")
    std::printf("change: more threads, or smaller pictures at ingest (build-shards --resize)\n");
  else if (stage == "plan")
    std::printf("change: larger batches, or a sampler with a smaller window\n");
  else
    std::printf("change: fewer masks, or bucketed padding\n");
  if (sink == 1) std::printf("\n");  // keeps the checksums from being left out
}

}  // namespace dsprep
