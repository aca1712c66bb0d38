// Jobs of all kinds and random shapes, on the device and on the processor; then whole batches,
// through a GpuLoader and a Loader.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "dsprep/draw.h"
#include "lib/gpu/run_on_host.h"
#include "tests/gpu/check.h"
#include "tests/support/picture_source.h"

namespace dsprep::test {
namespace {

using namespace cuda;

std::vector<std::uint8_t> noise(std::size_t bytes, std::uint64_t seed) {
  std::vector<std::uint8_t> out(bytes);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<std::uint8_t>(mix(seed, i));
  return out;
}

bool pixel_job(const DevicePtr& device, std::uint64_t seed) {
  Draw draw({.seed = seed}, 1);
  PixelJob job{};
  job.rows = 1 + static_cast<std::uint32_t>(draw.below(9));
  job.rank = 3;
  job.channels = draw.chance(1, 3) ? 1 : 3;
  job.type = static_cast<PixelType>(draw.below(3));
  job.planes = draw.chance(1, 2);
  job.resample = draw.chance(1, 2);
  const bool round = draw.chance(1, 2);  // sizes of whole words
  const auto extent = [&] {
    const auto e = static_cast<std::uint32_t>(1 + draw.below(70));
    return round ? 8 * (1 + e / 8) : e;
  };
  job.in_width = extent(), job.in_height = extent();
  job.width = job.resample ? extent() : job.in_width;
  job.height = job.resample ? extent() : job.in_height;
  job.whole = !job.resample && job.width % 8 == 0;
  for (int c = 0; c < 3; ++c) {
    job.gain[c] = static_cast<float>(draw.unit() * 2 - 1);
    job.offset[c] = static_cast<float>(draw.unit() * 8 - 4);
  }
  const bool ragged = job.resample && draw.chance(1, 2);
  std::vector<PixelDraw> draws;
  std::vector<std::int64_t> offsets, shapes;
  std::size_t bytes = 0;
  for (std::uint32_t row = 0; row < job.rows; ++row) {
    const std::uint32_t w = ragged ? extent() : job.in_width, h = ragged ? extent() : job.in_height;
    const auto axis = [&](std::uint32_t size, std::uint32_t shown) {
      if (!job.resample)
        return PixelAxis{0, static_cast<std::int32_t>(size), static_cast<std::int32_t>(size), 0};
      const auto begin = static_cast<std::int32_t>(draw.below(size));
      const auto length =
          static_cast<std::int32_t>(1 + draw.below(size - static_cast<std::uint32_t>(begin)));
      const auto skip = static_cast<std::int32_t>(draw.below(3));
      return PixelAxis{begin, length, static_cast<std::int32_t>(shown) + skip, skip};
    };
    draws.push_back({axis(w, job.width), axis(h, job.height), draw.chance(1, 2) ? 1 : 0, 0});
    draws.back().wide = draw.chance(1, 4) || !sums_below(draws.back(), std::uint64_t{1} << 32);
    if (draw.chance(1, 16)) draws.back() = {};
    offsets.push_back(static_cast<std::int64_t>(bytes));
    shapes.insert(shapes.end(), {h, w, job.channels});
    bytes += std::size_t{w} * h * job.channels;
  }
  const std::vector<std::uint8_t> pixels = noise(bytes, seed);
  const std::size_t size = job.type == PixelType::kFloat ? 4 : 2;
  const std::size_t made = std::size_t{job.rows} * job.channels * job.width * job.height * size;
  std::vector<std::byte> expected(made);
  PixelJob here = job;
  here.pixels = pixels.data();
  here.draws = draws.data();
  here.offsets = ragged ? offsets.data() : nullptr;
  here.shapes = ragged ? shapes.data() : nullptr;
  here.out = expected.data();
  run_on_host(here);

  const DeviceMemory on_pixels = to_device(device, pixels), on_draws = to_device(device, draws),
                     on_offsets = to_device(device, offsets), on_shapes = to_device(device, shapes),
                     out(device, made);
  PixelJob there = job;
  there.pixels = on_pixels.as<const std::uint8_t>();
  there.draws = on_draws.as<const PixelDraw>();
  there.offsets = ragged ? on_offsets.as<const std::int64_t>() : nullptr;
  there.shapes = ragged ? on_shapes.as<const std::int64_t>() : nullptr;
  there.out = out.as<void>();
  const Owned<Stream> stream = own_stream(*device);
  device->run(there, stream.get());
  synchronize(*device, stream.get());
  return to_host(*device, out.as<void>(), made) == expected;
}

bool token_job(const DevicePtr& device, std::uint64_t seed) {
  constexpr std::size_t kSizes[] = {1, 1, 2, 2, 4, 4, 8};
  Draw draw({.seed = seed}, 2);
  TokenJob job{};
  job.rows = 1 + draw.below(40);
  job.from = static_cast<TokenType>(draw.below(7));
  job.wide = draw.chance(2, 3);
  job.shift = draw.chance(1, 4);
  job.pad = static_cast<std::int64_t>(draw.below(100)) - 50;
  job.stride = 2 + draw.below(60);
  const bool ragged = !job.shift && draw.chance(2, 3);
  std::vector<std::int64_t> offsets = {0};
  std::uint64_t longest = job.stride;
  if (ragged) longest = 0;
  for (std::uint64_t row = 0; row < job.rows; ++row) {
    const std::uint64_t length = ragged ? draw.below(50) : job.stride;
    longest = std::max(longest, length);
    offsets.push_back(offsets.back() + static_cast<std::int64_t>(length));
  }
  job.length = job.shift ? job.stride - 1 : longest + draw.below(9);
  const std::vector<std::uint8_t> values = noise(
      static_cast<std::size_t>(offsets.back()) * kSizes[static_cast<std::size_t>(job.from)], seed);
  std::vector<std::uint8_t> good(job.rows);
  for (std::uint8_t& one : good) one = draw.chance(1, 8) ? 0 : 1;
  const std::size_t cells = job.rows * job.length, item = job.wide ? 8 : 4;
  // ids, targets, lengths, mask: one behind the other, each at a multiple of 16 bytes
  const auto up = [](std::size_t bytes) { return (bytes + 15) / 16 * 16; };
  const std::size_t at_targets = up(cells * item), at_lengths = 2 * at_targets,
                    at_mask = at_lengths + up(job.rows * 8), all = at_mask + up(cells);
  const auto put = [&](std::byte* base, const void* from, const std::int64_t* off,
                       const std::uint8_t* made) {
    TokenJob placed = job;
    placed.values = from;
    placed.offsets = ragged ? off : nullptr;
    placed.made = made;
    placed.ids = base;
    placed.targets = base + at_targets;
    if (!job.shift) placed.lengths = reinterpret_cast<std::int64_t*>(base + at_lengths);
    if (!job.shift) placed.mask = reinterpret_cast<std::uint8_t*>(base + at_mask);
    return placed;
  };
  std::vector<std::int64_t> expected(all / 8);  // 16-byte alignment is new's
  run_on_host(put(reinterpret_cast<std::byte*>(expected.data()), values.data(), offsets.data(),
                  good.data()));
  const std::vector<std::byte> zero(all);
  const DeviceMemory on_values = to_device(device, values), on_offsets = to_device(device, offsets),
                     on_good = to_device(device, good), out = to_device(device, zero);
  const Owned<Stream> stream = own_stream(*device);
  device->run(put(out.as<std::byte>(), on_values.as<void>(), on_offsets.as<std::int64_t>(),
                  on_good.as<std::uint8_t>()),
              stream.get());
  synchronize(*device, stream.get());
  const std::vector<std::byte> got = to_host(*device, out.as<void>(), all);
  return std::memcmp(got.data(), expected.data(), all) == 0;
}

// Raw fields and tokens of whole epochs; the consumer never waits between batches.
bool batches(const Bench& bench) {
  LoaderOptions options{.batch_size = 16, .shuffle = true, .seed = 3, .threads = 2};
  options.fields = {"tokens", "label", "image"};
  LoaderOptions host = options;
  host.collate = pad(7, {.field = "tokens"});
  Loader loader(pictures(500, {.ragged = true}), host);
  GpuLoader gpu(pictures(500, {.ragged = true}), options,
                {.device = bench.device, .slots = 2, .transforms = {TokenOptions{.pad = 7}}});
  const Owned<Stream> stream = own_stream(*bench.device);
  bool right = true;
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    GpuEpoch there = gpu.epoch(epoch, stream.get());
    for (const Batch& batch : loader.epoch(epoch)) {
      const std::optional<DeviceBatch> other = there.next();
      right = right && other && std::ranges::equal(other->samples(), batch.samples());
      for (const Tensor& tensor : batch.tensors()) {
        if (!right) break;
        const DeviceTensor& mine = (*other)[tensor.name];
        std::vector<std::byte> bytes(mine.bytes());
        if (!bytes.empty())
          bench.device->copy(bytes.data(), mine.data, bytes.size(), Direction::kToHost,
                             stream.get());
        synchronize(*bench.device, stream.get());
        right = std::ranges::equal(bytes, tensor.bytes);
      }
    }
    right = right && !there.next();
  }
  return right;
}

}  // namespace

bool check_bits(const Bench& bench) {
  const char* wanted = std::getenv("DSPREP_JOBS");  // fewer, where a sanitizer looks at each
  const std::uint64_t jobs = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 600;
  std::uint64_t wrong_pixels = 0, wrong_tokens = 0;
  for (std::uint64_t seed = 0; seed < jobs; ++seed) {
    wrong_pixels += pixel_job(bench.device, seed) ? 0 : 1;
    wrong_tokens += token_job(bench.device, seed) ? 0 : 1;
  }
  const std::string count = std::to_string(jobs);
  bool met = fact("pixels: " + count + " jobs equal the processor's bits", wrong_pixels == 0);
  met &= fact("tokens: " + count + " jobs equal the processor's bits", wrong_tokens == 0);
  return fact("batches equal the loader's on the host", batches(bench)) && met;
}

}  // namespace dsprep::test
