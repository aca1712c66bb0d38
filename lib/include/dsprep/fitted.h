// Fitted transforms: what was learned from train, applied anywhere. Made from FieldStats, which
// fit_stats() gives and load_stats() reads with all its checks (another dataset, another split than
// train). Values, immutable: any number of threads. Formulas are scikit-learn's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/stats.h"
#include "dsprep/transform.h"

namespace dsprep {

/// What a transform was fitted on.
struct FittedOn {
  Hash128 dataset;
  std::string split;
  std::string field;
  std::uint64_t count = 0;  ///< values of the first feature, or samples
  bool leak = false;        ///< on another split than train
};

enum class ScalerKind : std::uint8_t {
  kStandard,  ///< (x - mean) / (std + epsilon)
  kRobust,    ///< (x - median) / (quantile high - quantile low)
  kMinMax,    ///< min to `from`, max to `to`
  kClip,      ///< x, not below quantile low and not above quantile high
};
std::string_view scaler_name(ScalerKind kind) noexcept;  ///< "standard", "robust", "minmax", "clip"
std::optional<ScalerKind> scaler_from_name(std::string_view name) noexcept;

struct ScalerOptions {
  double epsilon = 0;   ///< standard
  bool biased = false;  ///< standard: the deviation over n, as scikit-learn's, not over n - 1
  double low = 0.25;    ///< robust, clip: a quantile that was asked for when the stats were fitted
  double high = 0.75;
  double from = 0, to = 1;             ///< minmax
  std::optional<double> limit = {};    ///< standard, robust: results between -limit and limit
  bool clip = false;                   ///< minmax: results between `from` and `to`
  std::optional<double> missing = {};  ///< the result for NaN, which else stays NaN
};

class Scaler;
/// The scaler that `build-shards --scale` has applied to the field already, as table.json of the
/// dataset records it: for inverse(), and for the inputs of a model at work. Throws kNotFound where
/// the field was not scaled, kCorrupt where the file is not the one that was published.
Scaler applied_scaler(const Dataset& data, std::string_view field);

/// C features, each y = (x - center) / scale, then clipped. A feature that does not vary (scale 0)
/// is divided by 1.
class Scaler {
 public:
  /// From statistics per feature, or per value (one for all elements). Throws kUsage: others; no
  /// finite value; quantiles that were not fitted; options that make no sense.
  Scaler(ScalerKind kind, const FieldStats& stats, const ScalerOptions& options = {});

  ScalerKind kind() const noexcept { return kind_; }
  const FittedOn& fitted_on() const noexcept { return fitted_on_; }
  std::size_t features() const noexcept { return center_.size(); }
  std::span<const double> center() const noexcept { return center_; }
  std::span<const double> scale() const noexcept { return scale_; }
  FittedScaler fitted() const;  ///< for FieldStats::scaler
  /// One line of JSON that says all of it, and back. Throws kCorrupt.
  std::string to_json() const;
  static Scaler from_json(std::string_view json);

  /// One row of features(). Strides in elements; in and out may be the same. Computed in double.
  void apply(const float* in, std::ptrdiff_t in_stride, float* out,
             std::ptrdiff_t out_stride) const noexcept;
  void apply(const double* in, std::ptrdiff_t in_stride, double* out,
             std::ptrdiff_t out_stride) const noexcept;
  /// y · scale + center: what was before, unless it was clipped or missing.
  void inverse(const float* in, std::ptrdiff_t in_stride, float* out,
               std::ptrdiff_t out_stride) const noexcept;
  void inverse(const double* in, std::ptrdiff_t in_stride, double* out,
               std::ptrdiff_t out_stride) const noexcept;
  /// `rows` rows back to back, of any dtype, aligned to nothing, to float32. The same bits on every
  /// machine.
  void apply_rows(DType dtype, const std::byte* in, float* out, std::size_t rows) const;

 private:
  friend Scaler applied_scaler(const Dataset& data, std::string_view field);
  Scaler() = default;
  template <class T>
  void apply_row(const T* in, std::ptrdiff_t in_stride, T* out, std::ptrdiff_t out_stride) const;
  template <class T>
  void inverse_row(const T* in, std::ptrdiff_t in_stride, T* out, std::ptrdiff_t out_stride) const;
  void add_feature(const NumberStats& numbers, const ScalerOptions& options);

  ScalerKind kind_ = ScalerKind::kStandard;
  FittedOn fitted_on_;
  std::vector<double> center_, scale_, low_, high_;
  double missing_ = 0;
};

/// Scales an array of (…, C) to float32 of the same shape, straight into the batch. With a scaler
/// of one feature every element.
TransformPtr scale(Scaler scaler, std::string field);

struct CategoryOptions {
  std::int64_t first = 0;                    ///< index of the first category
  std::optional<std::int64_t> unknown = {};  ///< index of all others; without it they are an error
};

/// Indices for categories, in the order of FieldStats::categories (or labels).
class CategoryIndex {
 public:
  /// Throws kUsage where the statistics have neither categories nor labels, or where `unknown` is
  /// the index of a category.
  explicit CategoryIndex(const FieldStats& stats, CategoryOptions options = {});
  /// For an embedding table of size() rows: 0 is unknown, categories from 1 on.
  static CategoryIndex embedding(const FieldStats& stats) { return CategoryIndex(stats, {1, 0}); }

  const FittedOn& fitted_on() const noexcept;
  std::size_t categories() const noexcept;
  /// One more than the greatest index.
  std::int64_t size() const noexcept;
  /// Throws kUsage that names the value where it is not known and unknown ones have no index.
  std::int64_t index(std::string_view value) const;
  std::int64_t index(std::int64_t value) const;
  /// The inverse; nothing for the index of unknown ones and for what is no index.
  std::optional<std::string_view> value(std::int64_t index) const;
  /// A row of categories() numbers, 1 at the value's place; all 0 for an unknown one.
  void one_hot(std::string_view value, std::span<float> out) const;

 private:
  friend TransformPtr one_hot(CategoryIndex categories, std::string field);
  struct State;
  /// Place among the categories, or nothing where unknown ones are allowed.
  std::optional<std::size_t> place(std::string_view value) const;
  std::shared_ptr<const State> state_;
};

/// A text or an integer to its index, one int64, under the field's own name.
TransformPtr category_index(CategoryIndex categories, std::string field);
/// A text or an integer to categories() float32.
TransformPtr one_hot(CategoryIndex categories, std::string field);

/// The options of normalize() (and, mean and deviation alone, of augment()) for pictures with these
/// statistics: mean and std over 255. One channel stands for three. Throws kUsage: no channels, two
/// or four of them, or one that does not vary.
NormalizeOptions image_normalization(const FieldStats& stats);

}  // namespace dsprep
