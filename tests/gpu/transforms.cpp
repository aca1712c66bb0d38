// How fast the device's transforms are: bytes read and written in a second, beside those of a copy
// from device to device of as many bytes, in one run.
#include <cmath>
#include <cstring>

#include "dsprep/draw.h"
#include "tests/gpu/check.h"

namespace dsprep::test {
namespace {

using namespace cuda;

// Noise: a device may be quicker with zeros.
std::vector<std::uint8_t> noise(std::uint64_t bytes) {
  std::vector<std::uint8_t> out(bytes);
  for (std::uint64_t i = 0; i + 8 <= bytes; i += 8) {
    const std::uint64_t word = mix(1, i);
    std::memcpy(out.data() + i, &word, 8);
  }
  return out;
}

// `moved`: bytes that the job reads and writes. On the stand-in only to see that it runs.
template <class Job>
bool share_of_copy(const Bench& bench, Stream stream, const Job& job, std::uint64_t moved,
                   const char* name) {
  const int rounds = bench.cuda ? 5 : 1, times = bench.cuda ? 20 : 1;
  const std::uint64_t bytes = moved / 2;
  const DeviceMemory from = to_device(bench.device, noise(bytes)), to(bench.device, bytes);
  std::vector<double> shares;
  for (int round = 0; round < rounds; ++round) {
    const double copy = time_ms(*bench.device, stream, times, [&] {
      bench.device->copy(to.as<void>(), from.as<void>(), bytes, Direction::kOnDevice, stream);
    });
    shares.push_back(
        copy / time_ms(*bench.device, stream, times, [&] { bench.device->run(job, stream); }));
  }
  return figure(name, median(shares), ">=", 0.8);
}

constexpr std::uint32_t kSide = 224;

std::uint32_t rows_for(const Bench& bench) { return bench.cuda ? 512 : 4; }

struct Form {
  PixelType type;
  bool planes;
};

// A job that lacks its memory.
PixelJob pixel_job(const Form& form, std::uint32_t rows, std::uint32_t in_side) {
  PixelJob job{};
  job.rank = 3, job.rows = rows, job.channels = 3;
  job.in_width = job.in_height = in_side;
  job.width = job.height = kSide;
  for (int c = 0; c < 3; ++c) job.gain[c] = 0.017F, job.offset[c] = -2.0F;
  job.type = form.type;
  job.planes = form.planes;
  return job;
}

// `read`: bytes of the pictures.
bool run_pixels(const Bench& bench, Stream stream, PixelJob job,
                const std::vector<PixelDraw>& draws, std::uint64_t read, const char* name) {
  const std::uint64_t all = std::uint64_t{job.rows} * job.in_width * job.in_height * 3;
  const std::uint64_t made =
      std::uint64_t{job.rows} * kSide * kSide * 3 * (job.type == PixelType::kFloat ? 4 : 2);
  const DeviceMemory pixels = to_device(bench.device, noise(all)),
                     marks = to_device(bench.device, draws), out(bench.device, made);
  job.pixels = pixels.as<const std::uint8_t>();
  job.draws = marks.as<const PixelDraw>();
  job.out = out.as<void>();
  return share_of_copy(bench, stream, job, read + made, name);
}

bool straight_figure(const Bench& bench, Stream stream, const Form& form, bool flips,
                     const char* name) {
  constexpr PixelAxis kWhole{0, kSide, kSide, 0};
  const std::uint32_t rows = rows_for(bench);
  std::vector<PixelDraw> draws(rows, {kWhole, kWhole, 0, 0});
  for (std::size_t i = 0; i < draws.size(); i += 2) draws[i].flip = flips ? 1 : 0;
  PixelJob job = pixel_job(form, rows, kSide);
  job.whole = true;
  return run_pixels(bench, stream, job, draws, std::uint64_t{rows} * kSide * kSide * 3, name);
}

// Boxes as RandomResizedCrop draws them: 8 % to all of the area, of sides 3 : 4 to 4 : 3. Only what
// is in the box counts as read.
bool crop_figure(const Bench& bench, Stream stream, const Form& form, const char* name) {
  constexpr std::int32_t kInSide = 256, kOut = kSide;
  Draw draw({.seed = 1}, 1);
  std::vector<PixelDraw> draws;
  std::uint64_t read = 0;
  while (draws.size() < rows_for(bench)) {
    const double area = 0.08 + 0.92 * draw.unit(), ratio = 0.75 + draw.unit() * 7 / 12;
    const auto width = static_cast<std::int32_t>(std::lround(kInSide * std::sqrt(area * ratio)));
    const auto height = static_cast<std::int32_t>(std::lround(kInSide * std::sqrt(area / ratio)));
    if (width > kInSide || height > kInSide) continue;
    draws.push_back({{(kInSide - width) / 2, width, kOut, 0},
                     {(kInSide - height) / 2, height, kOut, 0},
                     static_cast<std::int32_t>(draws.size() % 2),
                     0});
    read += static_cast<std::uint64_t>(width * height * 3);
  }
  PixelJob job = pixel_job(form, rows_for(bench), kInSide);
  job.resample = true;
  return run_pixels(bench, stream, job, draws, read, name);
}

bool token_figure(const Bench& bench, Stream stream, std::uint64_t rows, std::uint64_t length,
                  const char* name) {
  if (!bench.cuda) rows /= 128;
  const std::uint64_t cells = rows * length;
  std::vector<std::int64_t> offsets;
  for (std::uint64_t row = 0; row <= rows; ++row)
    offsets.push_back(static_cast<std::int64_t>(row * length));
  const DeviceMemory values = to_device(bench.device, noise(cells * 2)),
                     begins = to_device(bench.device, offsets), ids(bench.device, cells * 8),
                     mask(bench.device, cells), lengths(bench.device, rows * 8);
  TokenJob job{};
  job.values = values.as<void>();
  job.offsets = begins.as<std::int64_t>();
  job.ids = ids.as<void>();
  job.mask = mask.as<std::uint8_t>();
  job.lengths = lengths.as<std::int64_t>();
  job.rows = rows, job.length = length;
  job.from = TokenType::kUint16;
  job.wide = true;
  return share_of_copy(bench, stream, job, cells * (2 + 8 + 1), name);
}

}  // namespace

bool check_transforms(const Bench& bench) {
  const Owned<Stream> made = own_stream(*bench.device);
  const Stream stream = made.get();
  constexpr Form kFloats{PixelType::kFloat, true}, kHalves{PixelType::kHalf, true},
      kBrains{PixelType::kBrain, true}, kHalvesHwc{PixelType::kHalf, false};
  bool met =
      straight_figure(bench, stream, kFloats, false, "uint8 NHWC to float32 NCHW, of a copy");
  met &= straight_figure(bench, stream, kHalves, false, "uint8 NHWC to float16 NCHW, of a copy");
  met &= straight_figure(bench, stream, kBrains, true, "… to bfloat16 NCHW, half of them flipped");
  met &= straight_figure(bench, stream, kHalvesHwc, false, "uint8 NHWC to float16 NHWC, of a copy");
  met &= crop_figure(bench, stream, kFloats, "random crops of 256 to 224, float32 NCHW");
  met &= crop_figure(bench, stream, kHalves, "random crops of 256 to 224, float16 NCHW");
  met &= token_figure(bench, stream, 4096, 2048, "tokens, uint16 to int64 and mask, of a copy");
  return token_figure(bench, stream, 65536, 100, "tokens, rows of 100, of a copy") && met;
}

}  // namespace dsprep::test
