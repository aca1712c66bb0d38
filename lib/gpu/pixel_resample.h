// Pictures that are cropped and resized. A thread makes kStrip pixels of a box of its picture, one
// below the other, so that what it has added up of a source line serves two of them.
//
// Weights are a triangle's, as exact integers: with n pixels of the source on N of the result, in
// units of 1 / (2 N) source pixels, pixel k's centre lies at (2k + 1) N, that of x of the result at
// (2x + 1) n, and the triangle reaches 2 max(n, N) from there. (What Pillow's antialiased bilinear
// filter has in floating point.) Sums are exact, and divided once.
#pragma once

#include "lib/gpu/pixel_job.h"

namespace dsprep::cuda {

constexpr std::uint32_t kStrip = 16;

/// An axis of the source, seen from a pixel of the result: source pixel k is away + k * step from
/// its centre, and weighs what is left from there to the triangle's reach.
struct Sight {
  std::int32_t reach, step, away;
};
DSPREP_HD Sight sight_of(const PixelAxis& axis, std::int32_t x) {
  return {2 * (axis.size > axis.total ? axis.size : axis.total), 2 * axis.total,
          axis.total - (2 * (x + axis.skip) + 1) * axis.size};
}
/// The first source pixel with a weight above 0.
DSPREP_HD std::int32_t first_of(const Sight& sight) {
  const std::int32_t low = -sight.reach - sight.away;
  return low < 0 ? 0 : low / sight.step + 1;
}
/// Behind the last one.
DSPREP_HD std::int32_t last_of(const Sight& sight, std::int32_t size) {
  const std::int32_t last = (sight.reach - sight.away + sight.step - 1) / sight.step;
  return last < size ? last : size;
}
DSPREP_HD std::uint32_t weight_at(const Sight& sight, std::int32_t away) {
  const std::int32_t weight = sight.reach - (away < 0 ? -away : away);
  return static_cast<std::uint32_t>(weight < 0 ? 0 : weight);
}

/// sum / all, halves up, which is 255 at most; `over` is 1 / (2 all), nearly. Exact: floats are off
/// by less than 2^-13, so that the guess is never too large, and at most one too small.
template <class Sum>
DSPREP_HD std::uint32_t mean_of(Sum sum, Sum all, float over) {
  const Sum n = 2 * sum + all, whole = 2 * all;
  const float guess = static_cast<float>(n) * over - 0x1p-13f;
  const auto level = static_cast<std::uint32_t>(static_cast<std::int32_t>(guess));
  return level + (n - level * whole >= whole ? 1 : 0);
}

/// Column x of a row's picture. Sum: uint32, or uint64 where PixelDraw says so.
template <class Out, unsigned C, class Sum>
struct Column {
  const PixelJob& job;
  const std::uint8_t* from;      // its first source pixel, in the box's first line
  std::uint64_t pitch;           // bytes from line to line
  Sight across;                  // from that pixel on
  std::int32_t count;            // source pixels that weigh
  Sum first, second, all;        // weights: of the first two, of all of them
  Out* out;                      // its pixel of y = 0
  std::uint32_t channel, below;  // elements from there to the next channel, and the next row

  DSPREP_HD Column(const PixelJob& pixels, std::uint64_t row, std::uint32_t x)
      : job(pixels),
        out(static_cast<Out*>(job.out) + place_of(job, row, x, 0)),
        channel(job.planes ? job.width * job.height : 1),
        below(job.planes ? job.width : job.width * C) {
    const PixelDraw draw = job.draws[row];
    const std::uint64_t width = job.shapes != nullptr
                                    ? static_cast<std::uint64_t>(job.shapes[row * job.rank + 1])
                                    : job.in_width;
    across = sight_of(draw.x, static_cast<std::int32_t>(draw.flip ? job.width - 1 - x : x));
    const std::int32_t begin = first_of(across);
    count = last_of(across, draw.x.size) - begin;
    across.away += begin * across.step;
    pitch = width * C;
    from = picture_of(job, row) + static_cast<std::uint64_t>(draw.y.begin) * pitch +
           static_cast<std::uint64_t>(draw.x.begin + begin) * C;
    first = weight_at(across, across.away);
    second = count > 1 ? weight_at(across, across.away + across.step) : 0;
    all = first + second;
    DSPREP_UNROLL(1)
    for (std::int32_t k = 2; k < count; ++k)
      all += weight_at(across, across.away + k * across.step);
  }

  /// The weighted sum of a source line of the box. (Two pixels of it are what an enlarged picture
  /// needs, so they are quick.)
  DSPREP_HD void add_up(std::int32_t line, Sum (&part)[C]) const {
    const std::uint8_t* pixel = from + static_cast<std::uint64_t>(line) * pitch;
    const std::uint8_t* next = pixel + (count > 1 ? C : 0);
    for (unsigned c = 0; c < C; ++c) part[c] = first * pixel[c] + second * next[c];
    std::int32_t away = across.away + 2 * across.step;
    DSPREP_UNROLL(2)
    for (std::int32_t k = 2; k < count; ++k, away += across.step) {
      next += C;
      const Sum weight = weight_at(across, away);
      for (unsigned c = 0; c < C; ++c) part[c] += weight * next[c];
    }
  }

  DSPREP_HD void write(std::uint32_t y, const Sum (&sum)[C], Sum heights) const {
    const Sum weights = all * heights;
    const float over = reciprocal(static_cast<float>(2 * weights));
    Out made[C];  // all of them before the first is written: they do not wait for one another
    for (unsigned c = 0; c < C; ++c) {
      const float level = float_of_byte(mean_of(sum[c], weights, over));
      made[c] = rounded<Out>(scaled(level, job.gain[c], job.offset[c]));
    }
    Out* to = out + y * below;
    for (unsigned c = 0; c < C; ++c) to[c * channel] = made[c];
  }

  /// Not fewer rows than source lines: two of these weigh on each of them, and stay for the next.
  DSPREP_HD void enlarge(PixelAxis axis, std::uint32_t y, std::uint32_t end) const {
    Sight down = sight_of(axis, static_cast<std::int32_t>(y));
    std::int32_t line = first_of(down);
    Sum upper[C], lower[C] = {}, sum[C];
    add_up(line, upper);
    if (line + 1 < axis.size) add_up(line + 1, lower);
    for (; y < end; ++y, down.away -= 2 * axis.size) {
      if (down.away + line * down.step <= -down.reach) {
        ++line;
        for (unsigned c = 0; c < C; ++c) upper[c] = lower[c];
        if (line + 1 < axis.size) add_up(line + 1, lower);
      }
      const std::int32_t away = down.away + line * down.step;
      const Sum above = weight_at(down, away),
                under = line + 1 < axis.size ? weight_at(down, away + down.step) : 0;
      for (unsigned c = 0; c < C; ++c) sum[c] = above * upper[c] + under * lower[c];
      write(y, sum, above + under);
    }
  }

  /// Fewer rows than source lines: each line lies between the centres of two rows, and weighs on
  /// both.
  DSPREP_HD void shrink(PixelAxis axis, std::uint32_t begin, std::uint32_t end) const {
    const Sight down = sight_of(axis, static_cast<std::int32_t>(begin));
    std::int32_t line = first_of(down), away = down.away + line * down.step;  // from row y
    Sum before[C] = {}, now[C] = {}, before_heights = 0, now_heights = 0;     // rows y - 1 and y
    for (std::uint32_t y = begin;; ++y, away -= down.reach) {
      for (; line < axis.size && away <= 0; ++line, away += down.step) {
        Sum part[C];
        add_up(line, part);
        const auto fall = static_cast<Sum>(-away), rise = static_cast<Sum>(down.reach + away);
        for (unsigned c = 0; c < C; ++c) before[c] += fall * part[c], now[c] += rise * part[c];
        before_heights += fall, now_heights += rise;
      }
      if (y > begin) write(y - 1, before, before_heights);
      if (y == end) return;
      for (unsigned c = 0; c < C; ++c) before[c] = now[c], now[c] = 0;
      before_heights = now_heights, now_heights = 0;
    }
  }
};

/// Pixels (x, y) to (x, end - 1) of the row, all channels.
template <class Out, unsigned C>
DSPREP_HD void resampled_strip(const PixelJob& job, std::uint64_t row, std::uint32_t x,
                               std::uint32_t y, std::uint32_t end) {
  const PixelDraw& draw = job.draws[row];
  if (draw.x.total == 0) {
    for (; y < end; ++y)
      for (unsigned c = 0; c < C; ++c)
        static_cast<Out*>(job.out)[place_of(job, row, std::uint64_t{y} * job.width + x, c)] =
            rounded<Out>(0);
    return;
  }
  const auto make = [&](const auto& column) {
    if (draw.y.size > draw.y.total)
      column.shrink(draw.y, y, end);
    else
      column.enlarge(draw.y, y, end);
  };
  if (draw.wide)
    make(Column<Out, C, std::uint64_t>(job, row, x));
  else
    make(Column<Out, C, std::uint32_t>(job, row, x));
}

}  // namespace dsprep::cuda
