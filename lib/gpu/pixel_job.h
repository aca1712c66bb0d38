// PixelJob: uint8 pictures to normalised floats, all of a batch. What one thread does of it is
// here, for processor and GPU alike; a job is plain data, its pointers are the device's.
//
// Straight: pictures of one size. A thread makes a run of kRun pixels, all channels. Where rows and
// planes are multiples of it, it reads and writes whole words.
// Resampled: a thread makes one pixel of a box of its picture. Weights are a triangle's, as exact
// integers: with n pixels of the source on N of the result, in units of 1 / (2 N) source pixels,
// pixel k's centre lies at (2k + 1) N, that of x of the result at (2x + 1) n, and the triangle
// reaches 2 max(n, N) from there. (What Pillow's antialiased bilinear filter has in floating
// point.) Sums are exact, and divided once.
#pragma once

#include <cstdint>

#include "lib/gpu/float_bits.h"

namespace dsprep::cuda {

/// Along one axis: `size` pixels from `begin` become `total`, of which those from `skip` on are
/// shown.
struct PixelAxis {
  std::int32_t begin, size, total, skip;
};
/// Of one picture, as a tensor of int32 in the batch. All 0: a bad sample, its row is 0.
struct PixelDraw {
  PixelAxis x, y;
  std::int32_t flip;
};
constexpr std::uint64_t kDrawElements = sizeof(PixelDraw) / sizeof(std::int32_t);
constexpr std::int32_t kLargestExtent = 16384;  // so that (2k + 1) N fits 32 bits

enum class PixelType : std::uint8_t { kFloat, kHalf, kBrain };

struct PixelJob {
  const std::uint8_t* pixels;
  const std::int64_t* offsets;  // of each picture in `pixels`; null: all are of one size
  const std::int64_t* shapes;   // (rows, rank); null: width and height below
  const PixelDraw* draws;       // (rows)
  void* out;
  std::uint32_t rank;  // of a picture: 2 or 3
  std::uint32_t rows, channels;
  std::uint32_t in_width, in_height;
  std::uint32_t width, height;
  float gain[3], offset[3];
  PixelType type;
  bool planes;    // NCHW, else NHWC
  bool resample;  // else straight
  bool whole;     // straight, and runs are whole words everywhere
};

/// Pixels a run: 16 bytes of one plane.
template <class Out>
constexpr unsigned kRun = 16 / sizeof(Out);

template <class T, unsigned N, unsigned Align>
struct alignas(Align) Words {
  T v[N];
};

DSPREP_HD const std::uint8_t* picture_of(const PixelJob& job, std::uint64_t row) {
  const std::uint64_t each = std::uint64_t{job.in_width} * job.in_height * job.channels;
  return job.pixels +
         (job.offsets != nullptr ? static_cast<std::uint64_t>(job.offsets[row]) : row * each);
}

/// Where channel c of pixel `at` of the row stands.
DSPREP_HD std::uint64_t place_of(const PixelJob& job, std::uint64_t row, std::uint64_t at,
                                 std::uint32_t c) {
  const std::uint64_t plane = std::uint64_t{job.width} * job.height;
  return row * plane * job.channels + (job.planes ? c * plane + at : at * job.channels + c);
}

/// The run of a picture of which pixel `at` is the first, `count` pixels. C: channels.
template <class Out, unsigned C>
DSPREP_HD void straight_pixels(const PixelJob& job, std::uint64_t row, std::uint64_t at,
                               unsigned count) {
  const PixelDraw& draw = job.draws[row];
  const std::uint8_t* from = picture_of(job, row);
  Out* out = static_cast<Out*>(job.out);
  for (unsigned i = 0; i < count; ++i) {
    const std::uint64_t y = (at + i) / job.width, x = (at + i) % job.width;
    const std::uint64_t source = y * job.width + (draw.flip ? job.width - 1 - x : x);
    for (unsigned c = 0; c < C; ++c) {
      const float value = static_cast<float>(from[source * C + c]);
      out[place_of(job, row, at + i, c)] =
          rounded<Out>(draw.x.total == 0 ? 0 : scaled(value, job.gain[c], job.offset[c]));
    }
  }
}

/// The same for kRun pixels of one row of the picture, in whole words. Requires: job.whole.
template <class Out, unsigned C>
DSPREP_HD void straight_run(const PixelJob& job, std::uint64_t row, std::uint64_t at) {
  constexpr unsigned kN = kRun<Out>;
  using In = Words<std::uint8_t, C * kN, kN>;
  using Row = Words<Out, kN, 16>;
  const PixelDraw& draw = job.draws[row];
  std::uint64_t source = at;
  if (draw.flip) {
    const std::uint64_t x = at % job.width;
    source = at - x + (job.width - kN - x);
  }
  const In in = *reinterpret_cast<const In*>(picture_of(job, row) + source * C);
  Out* out = static_cast<Out*>(job.out);
  Row made[C];
  for (unsigned i = 0; i < kN; ++i) {
    for (unsigned c = 0; c < C; ++c) {
      const std::uint8_t plain = in.v[i * C + c], mirrored = in.v[(kN - 1 - i) * C + c];
      const float value = static_cast<float>(draw.flip ? mirrored : plain);
      const Out one =
          rounded<Out>(draw.x.total == 0 ? 0 : scaled(value, job.gain[c], job.offset[c]));
      const unsigned place = i * C + c;  // in the run, where channels alternate
      if (job.planes)
        made[c].v[i] = one;
      else
        made[place / kN].v[place % kN] = one;
    }
  }
  for (unsigned c = 0; c < C; ++c) {
    const std::uint64_t place =
        job.planes ? place_of(job, row, at, c) : place_of(job, row, at, 0) + c * kN;
    *reinterpret_cast<Row*>(out + place) = made[c];
  }
}

/// Which source pixels weigh on pixel x of the result, and how much.
struct Taps {
  std::int32_t first, last;  // behind the last one
  std::int32_t begin, step;  // weight of k: reach - |begin + k * step|
  std::int32_t reach;
};
DSPREP_HD Taps taps_of(const PixelAxis& axis, std::int32_t x) {
  const std::int32_t larger = axis.size > axis.total ? axis.size : axis.total;
  const std::int32_t centre = (2 * (x + axis.skip) + 1) * axis.size;
  Taps taps;
  taps.reach = 2 * larger;
  taps.step = 2 * axis.total;
  taps.begin = axis.total - centre;
  // weights above 0: -reach < begin + k * step < reach
  const std::int32_t low = -taps.reach - taps.begin, high = taps.reach - taps.begin;
  taps.first = low < 0 ? 0 : low / taps.step + 1;
  taps.last = (high + taps.step - 1) / taps.step;
  if (taps.last > axis.size) taps.last = axis.size;
  return taps;
}
DSPREP_HD std::uint32_t weight_of(const Taps& taps, std::int32_t k) {
  const std::int32_t away = taps.begin + k * taps.step;
  return static_cast<std::uint32_t>(taps.reach - (away < 0 ? -away : away));
}

/// Pixel (x, y) of the row, all channels.
template <class Out, unsigned C>
DSPREP_HD void resampled_pixel(const PixelJob& job, std::uint64_t row, std::uint32_t x,
                               std::uint32_t y) {
  const PixelDraw& draw = job.draws[row];
  Out* out = static_cast<Out*>(job.out);
  const std::uint64_t at = std::uint64_t{y} * job.width + x;
  if (draw.x.total == 0) {
    for (unsigned c = 0; c < C; ++c) out[place_of(job, row, at, c)] = rounded<Out>(0);
    return;
  }
  const std::uint64_t width = job.shapes != nullptr
                                  ? static_cast<std::uint64_t>(job.shapes[row * job.rank + 1])
                                  : job.in_width;
  const Taps across = taps_of(draw.x, static_cast<std::int32_t>(draw.flip ? job.width - 1 - x : x));
  const Taps down = taps_of(draw.y, static_cast<std::int32_t>(y));
  std::uint64_t sum[C] = {}, weights = 0, heights = 0;
  for (std::int32_t k = across.first; k < across.last; ++k) weights += weight_of(across, k);
  const std::uint8_t* picture = picture_of(job, row);
  for (std::int32_t j = down.first; j < down.last; ++j) {
    const std::uint64_t line = static_cast<std::uint64_t>(draw.y.begin + j) * width;
    const std::uint8_t* from = picture + (line + static_cast<std::uint64_t>(draw.x.begin)) * C;
    std::uint64_t part[C] = {};
    for (std::int32_t k = across.first; k < across.last; ++k) {
      const std::uint64_t weight = weight_of(across, k);
      for (unsigned c = 0; c < C; ++c)
        part[c] += weight * from[static_cast<std::uint32_t>(k) * C + c];
    }
    const std::uint64_t height = weight_of(down, j);
    heights += height;
    for (unsigned c = 0; c < C; ++c) sum[c] += height * part[c];
  }
  const std::uint64_t all = weights * heights;
  for (unsigned c = 0; c < C; ++c) {
    const std::uint64_t level = (2 * sum[c] + all) / (2 * all);  // half up, as Pillow
    out[place_of(job, row, at, c)] =
        rounded<Out>(scaled(static_cast<float>(level), job.gain[c], job.offset[c]));
  }
}

}  // namespace dsprep::cuda
