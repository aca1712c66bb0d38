// The arithmetic of Scaler: one value, and a row of any dtype in vectors. No fused multiply-add, so
// that every path gives the same bits (see lib/CMakeLists.txt).
#pragma once

#include <cstddef>

#include "lib/data/simd.h"
#include "lib/stats/number_layout.h"

namespace dsprep {

struct ScaleFeature {
  double center, scale, low, high;
};

DSPREP_INLINE double scale_one(double value, const ScaleFeature& feature, double missing) noexcept {
  double out = (value - feature.center) / feature.scale;
  out = out < feature.low ? feature.low : out;
  out = out > feature.high ? feature.high : out;
  return value != value ? missing : out;  // NaN: also where `missing` is one
}

struct ScaleTables {
  const double* center;
  const double* scale;
  const double* low;
  const double* high;
  double missing;
};

template <class L>
struct ScaleRow {
  DSPREP_INLINE static void run(const std::byte* in, float* out, std::size_t features,
                                const ScaleTables* tables) {
    for (std::size_t i = 0; i < features; ++i) {
      const double value = L::number(L::load(in + i * sizeof(typename L::Raw)));
      out[i] = static_cast<float>(
          scale_one(value, {tables->center[i], tables->scale[i], tables->low[i], tables->high[i]},
                    tables->missing));
    }
  }
};

template <class L>
void scale_row(const std::byte* in, float* out, std::size_t features, const ScaleTables& tables) {
  with_simd<ScaleRow<L>>(in, out, features, &tables);
}

}  // namespace dsprep
