// PixelJob: uint8 pictures to normalised floats, all of a batch. A job is plain data, its pointers
// are the device's. What one thread does of it is the same for processor and GPU: pixel_straight.h
// for pictures that have their size, pixel_resample.h for those that are cropped and resized.
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
  std::int32_t wide;  // sums of a resampled pixel need 64 bits: sums_below()
};
constexpr std::uint64_t kDrawElements = sizeof(PixelDraw) / sizeof(std::int32_t);
constexpr std::int32_t kLargestExtent = 16384;  // so that (2k + 1) N fits 32 bits

/// Whether the sums of a resampled pixel stay below. Along an axis its weights add up to the
/// triangle's area over its step, 2 larger^2 / total, and half of `total` more at most, for they
/// are samples; a sum of pixels has 8 bits more, and one for halves.
inline bool sums_below(const PixelDraw& draw, std::uint64_t limit) {
  const auto weights = [](const PixelAxis& axis) {
    const auto larger = static_cast<std::uint64_t>(axis.size > axis.total ? axis.size : axis.total);
    const auto total = static_cast<std::uint64_t>(axis.total);
    return 2 * larger * larger / total + total / 2 + 2;
  };
  return weights(draw.x) * weights(draw.y) < limit / 512;
}

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
  bool whole;     // straight, and in whole words: pixel_straight.h
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

}  // namespace dsprep::cuda
