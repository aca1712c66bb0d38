#include "lib/gpu/run_on_host.h"

#include <algorithm>

#include "lib/gpu/pixel_resample.h"
#include "lib/gpu/pixel_straight.h"

namespace dsprep::cuda {
namespace {

template <class Out, unsigned C>
void straight(const PixelJob& job, std::uint64_t row) {
  const std::uint32_t pixels = job.width * job.height;
  if (!job.whole) {
    for (std::uint32_t at = 0; at < pixels; ++at) straight_pixel<Out, C>(job, row, at);
    return;
  }
  for (std::uint32_t at = 0; at < pixels; at += kRun<Out>) {
    if (job.planes)
      straight_run<Out, C, true>(job, row, at);
    else
      straight_run<Out, C, false>(job, row, at);
  }
}

template <class Out, unsigned C>
void resampled(const PixelJob& job, std::uint64_t row) {
  for (std::uint32_t y = 0; y < job.height; y += kStrip)
    for (std::uint32_t x = 0; x < job.width; ++x)
      resampled_strip<Out, C>(job, row, x, y, std::min(y + kStrip, job.height));
}

template <class Out, unsigned C>
void rows_of(const PixelJob& job) {
  for (std::uint64_t row = 0; row < job.rows; ++row) {
    if (job.resample)
      resampled<Out, C>(job, row);
    else
      straight<Out, C>(job, row);
  }
}

template <class Out>
void channels_of(const PixelJob& job) {
  return job.channels == 1 ? rows_of<Out, 1>(job) : rows_of<Out, 3>(job);
}

template <class From, class To>
void token_rows(const TokenJob& job) {
  for (std::uint64_t row = 0; row < job.rows; ++row) {
    // A row of no columns still has a length.
    for (std::uint64_t column = 0; column == 0 || column < job.length; column += kTokenRun<To>)
      token_run<From, To>(job, row, column);
  }
}

template <class From>
void tokens_of(const TokenJob& job) {
  return job.wide ? token_rows<From, std::int64_t>(job) : token_rows<From, std::int32_t>(job);
}

}  // namespace

void run_on_host(const PixelJob& job) {
  switch (job.type) {
    case PixelType::kFloat:
      return channels_of<float>(job);
    case PixelType::kHalf:
      return channels_of<Half>(job);
    case PixelType::kBrain:
      return channels_of<Brain>(job);
  }
}

void run_on_host(const TokenJob& job) {
  switch (job.from) {
    case TokenType::kUint8:
      return tokens_of<std::uint8_t>(job);
    case TokenType::kInt8:
      return tokens_of<std::int8_t>(job);
    case TokenType::kUint16:
      return tokens_of<std::uint16_t>(job);
    case TokenType::kInt16:
      return tokens_of<std::int16_t>(job);
    case TokenType::kUint32:
      return tokens_of<std::uint32_t>(job);
    case TokenType::kInt32:
      return tokens_of<std::int32_t>(job);
    case TokenType::kInt64:
      return tokens_of<std::int64_t>(job);
  }
}

}  // namespace dsprep::cuda
