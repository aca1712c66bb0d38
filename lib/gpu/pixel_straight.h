// Pictures that have their size: bytes become floats, planes or not, mirrored or not. A thread
// makes a run of kRun pixels in whole words, where rows and planes are multiples of it
// (PixelJob::whole), else one pixel.
#pragma once

#include <cstring>

#include "lib/gpu/pixel_job.h"

namespace dsprep::cuda {

/// Pixels a run: 16 bytes of one plane.
template <class Out>
constexpr unsigned kRun = 16 / sizeof(Out);

/// Pixel `at` of the row's picture, all channels.
template <class Out, unsigned C>
DSPREP_HD void straight_pixel(const PixelJob& job, std::uint64_t row, std::uint32_t at) {
  const PixelDraw& draw = job.draws[row];
  const std::uint32_t x = at % job.width;
  const std::uint64_t source = draw.flip ? at - x + (job.width - 1 - x) : at;
  const std::uint8_t* from = picture_of(job, row) + source * C;
  Out* out = static_cast<Out*>(job.out);
  for (unsigned c = 0; c < C; ++c) {
    const float value = scaled(float_of_byte(from[c]), job.gain[c], job.offset[c]);
    out[place_of(job, row, at, c)] = rounded<Out>(draw.x.total == 0 ? 0 : value);
  }
}

/// Word `word` of C of the run from pixel `at` on, in the order of the result.
template <class Out, unsigned C, bool Planes>
DSPREP_HD void put_word(const PixelJob& job, std::uint64_t row, std::uint32_t at, unsigned word,
                        const Words<Out, kRun<Out>, 16>& made) {
  const std::uint64_t place = Planes ? place_of(job, row, at, word)
                                     : place_of(job, row, at, 0) + std::uint64_t{word} * kRun<Out>;
  *reinterpret_cast<Words<Out, kRun<Out>, 16>*>(static_cast<Out*>(job.out) + place) = made;
}

template <class Out, unsigned C, bool Planes, bool Flip>
DSPREP_HD void straight_words(const PixelJob& job, std::uint64_t row, std::uint32_t at) {
  constexpr unsigned kN = kRun<Out>;
  using In = Words<std::uint8_t, C * kN, kN>;
  std::uint32_t source = at;
  if constexpr (Flip) {
    const std::uint32_t x = at % job.width;
    source = at - x + (job.width - kN - x);
  }
  const In in = *reinterpret_cast<const In*>(picture_of(job, row) + std::uint64_t{source} * C);
  std::uint32_t words[C * kN / 4];  // little-endian
  std::memcpy(words, in.v, sizeof(words));
  const auto value = [&](unsigned word, unsigned k) {
    const unsigned place = word * kN + k;
    const unsigned i = Planes ? k : place / C, c = Planes ? word : place % C;
    const unsigned byte = (Flip ? kN - 1 - i : i) * C + c;
    return scaled(float_of_byte(words[byte / 4], byte % 4), job.gain[c], job.offset[c]);
  };
  for (unsigned word = 0; word < C; ++word) {
    Words<Out, kN, 16> made;
    for (unsigned k = 0; k < kN; k += 2) round_two(value(word, k), value(word, k + 1), made.v + k);
    put_word<Out, C, Planes>(job, row, at, word, made);
  }
}

/// The kRun pixels from `at` on, of one row of the picture. Requires: job.whole; at is a multiple.
template <class Out, unsigned C, bool Planes>
DSPREP_HD void straight_run(const PixelJob& job, std::uint64_t row, std::uint32_t at) {
  const std::int32_t made = job.draws[row].x.total, flip = job.draws[row].flip;
  if (made == 0) {
    for (unsigned word = 0; word < C; ++word) put_word<Out, C, Planes>(job, row, at, word, {});
  } else if (flip) {
    straight_words<Out, C, Planes, true>(job, row, at);
  } else {
    straight_words<Out, C, Planes, false>(job, row, at);
  }
}

}  // namespace dsprep::cuda
