// Scaler: center and scale of each feature, from its statistics.
#include "dsprep/fitted.h"

#include <array>
#include <cmath>
#include <limits>

#include "dsprep/error.h"
#include "lib/stats/number_layout.h"
#include "lib/stats/scale_rows.h"

namespace dsprep {
namespace {

constexpr std::array<std::string_view, 4> kScalerNames = {"standard", "robust", "minmax", "clip"};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

[[noreturn]] void refuse(const std::string& what, const std::string& field) {
  throw Error(ErrorCode::kUsage, what, {.field = field});
}

FittedOn fitted_on(const FieldStats& stats) {
  FittedOn out{stats.dataset, stats.split, stats.field, stats.samples, stats.leak};
  if (!stats.features.empty()) out.count = stats.features.front().numbers.count;
  if (stats.values) out.count = stats.values->count;
  return out;
}

double deviation(const NumberStats& numbers, const ScalerOptions& options) {
  if (numbers.count == 1) return options.epsilon;
  const auto n = static_cast<double>(numbers.count);
  return numbers.std * (options.biased ? std::sqrt((n - 1) / n) : 1.0) + options.epsilon;
}

}  // namespace

std::string_view scaler_name(ScalerKind kind) noexcept {
  return kScalerNames[static_cast<std::size_t>(kind)];
}

std::optional<ScalerKind> scaler_from_name(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kScalerNames, name);
  if (found == kScalerNames.end()) return std::nullopt;
  return static_cast<ScalerKind>(found - kScalerNames.begin());
}

Scaler::Scaler(ScalerKind kind, const FieldStats& stats, const ScalerOptions& options)
    : kind_(kind),
      fitted_on_(dsprep::fitted_on(stats)),
      missing_(options.missing.value_or(std::numeric_limits<double>::quiet_NaN())) {
  if (stats.features.empty() && !stats.values)
    refuse("a scaler needs statistics per feature or per value", stats.field);
  if (!(options.from < options.to)) refuse("minmax: from must be below to", stats.field);
  if (!(options.low < options.high)) refuse("the low quantile must be below the high", stats.field);
  if (!(options.epsilon >= 0) || (options.limit && !(*options.limit > 0)))
    refuse("epsilon must be 0 or more, limit above 0", stats.field);
  for (const FeatureStats& feature : stats.features) {
    if (feature.numbers.count == 0)
      refuse("feature " + feature.name + " has no finite value to fit on", stats.field);
    add_feature(feature.numbers, options);
  }
  if (!stats.features.empty()) return;
  if (stats.values->count == 0) refuse("there is no finite value to fit on", stats.field);
  add_feature(*stats.values, options);
}

void Scaler::add_feature(const NumberStats& numbers, const ScalerOptions& options) {
  double center = 0, scale = 1, low = -kInfinity, high = kInfinity;
  switch (kind_) {
    case ScalerKind::kStandard:
      center = numbers.mean;
      scale = deviation(numbers, options);
      break;
    case ScalerKind::kRobust:
      center = numbers.quantile(0.5);
      scale = numbers.quantile(options.high) - numbers.quantile(options.low);
      break;
    case ScalerKind::kMinMax:
      scale = (numbers.max - numbers.min) / (options.to - options.from);
      if (scale == 0) scale = 1 / (options.to - options.from);
      center = numbers.min - options.from * scale;
      if (options.clip) low = options.from, high = options.to;
      break;
    case ScalerKind::kClip:
      low = numbers.quantile(options.low);
      high = numbers.quantile(options.high);
      break;
  }
  if (options.limit && (kind_ == ScalerKind::kStandard || kind_ == ScalerKind::kRobust))
    low = -*options.limit, high = *options.limit;
  center_.push_back(center);
  scale_.push_back(scale == 0 ? 1 : scale);
  low_.push_back(low);
  high_.push_back(high);
}

FittedScaler Scaler::fitted() const { return {std::string(scaler_name(kind_)), center_, scale_}; }

template <class T>
void Scaler::apply_row(const T* in, std::ptrdiff_t in_stride, T* out,
                       std::ptrdiff_t out_stride) const {
  for (std::size_t i = 0; i < features(); ++i) {
    const double value = *(in + static_cast<std::ptrdiff_t>(i) * in_stride);
    *(out + static_cast<std::ptrdiff_t>(i) * out_stride) =
        static_cast<T>(scale_one(value, {center_[i], scale_[i], low_[i], high_[i]}, missing_));
  }
}

template <class T>
void Scaler::inverse_row(const T* in, std::ptrdiff_t in_stride, T* out,
                         std::ptrdiff_t out_stride) const {
  for (std::size_t i = 0; i < features(); ++i) {
    const double value = *(in + static_cast<std::ptrdiff_t>(i) * in_stride);
    *(out + static_cast<std::ptrdiff_t>(i) * out_stride) =
        static_cast<T>(value * scale_[i] + center_[i]);
  }
}

void Scaler::apply(const float* in, std::ptrdiff_t in_stride, float* out,
                   std::ptrdiff_t out_stride) const noexcept {
  apply_row(in, in_stride, out, out_stride);
}
void Scaler::apply(const double* in, std::ptrdiff_t in_stride, double* out,
                   std::ptrdiff_t out_stride) const noexcept {
  apply_row(in, in_stride, out, out_stride);
}
void Scaler::inverse(const float* in, std::ptrdiff_t in_stride, float* out,
                     std::ptrdiff_t out_stride) const noexcept {
  inverse_row(in, in_stride, out, out_stride);
}
void Scaler::inverse(const double* in, std::ptrdiff_t in_stride, double* out,
                     std::ptrdiff_t out_stride) const noexcept {
  inverse_row(in, in_stride, out, out_stride);
}

void Scaler::apply_rows(DType dtype, const std::byte* in, float* out, std::size_t rows) const {
  const ScaleTables tables{center_.data(), scale_.data(), low_.data(), high_.data(), missing_};
  with_layout(dtype, [&](auto layout) {
    using L = decltype(layout);
    for (std::size_t row = 0; row < rows; ++row) {
      scale_row<L>(in + row * features() * sizeof(typename L::Raw), out + row * features(),
                   features(), tables);
    }
  });
}

}  // namespace dsprep
