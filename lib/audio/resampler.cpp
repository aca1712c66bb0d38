#include "dsprep/resampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "dsprep/error.h"
#include "lib/audio/unit_root.h"
#include "lib/data/simd.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kZeros = 64;
constexpr std::uint64_t kMostRatio = 256;
constexpr std::uint64_t kMostTable = 1 << 21;  // weights, of 8 bytes
constexpr std::size_t kLanes = 8;
constexpr double kBeta = 11.0;
constexpr double kPi = 3.14159265358979323846;

// The modified Bessel function of order 0, by its series.
double bessel(double x) noexcept {
  double sum = 1.0, term = 1.0;
  for (int k = 1; term > 1e-18 * sum; ++k) {
    term *= (0.5 * x / k) * (0.5 * x / k);
    sum += term;
  }
  return sum;
}

// The window at `place` of half its width.
double kaiser(double place) noexcept {
  static const double top = bessel(kBeta);
  if (!(place > -1.0 && place < 1.0)) return 0.0;
  return bessel(kBeta * std::sqrt(1.0 - place * place)) / top;
}

// Eight sums side by side, added up in one order, whatever vectors the machine has.
struct Dot {
  DSPREP_INLINE static void run(const double* a, const double* b, std::size_t count, double* out) {
    double lanes[kLanes] = {};
    for (std::size_t i = 0; i < count; i += kLanes) {
      for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += a[i + l] * b[i + l];
    }
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    *out = sum;
  }
};

std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

ResampleFilter::ResampleFilter(std::uint32_t from, std::uint32_t to) {
  if (from == 0 || to == 0) throw Error(ErrorCode::kUsage, "a rate of 0 Hz");
  const std::uint64_t common = std::gcd(from, to);
  up_ = to / common;
  down_ = from / common;
  if (up_ > kMostRatio * down_ || down_ > kMostRatio * up_) {
    throw Error(ErrorCode::kTooLarge, "a rate of " + std::to_string(from) + " Hz is brought to " +
                                          std::to_string(to) + " Hz, a factor over " +
                                          std::to_string(kMostRatio));
  }
  const std::uint64_t wide = kZeros * std::max(up_, down_);
  half_ = round_up(static_cast<std::int64_t>((wide + up_ - 1) / up_), kLanes / 2);
  const auto taps = static_cast<std::size_t>(2 * half_);
  if (!changes() || up_ * taps > kMostTable) return;
  table_.resize(up_ * taps);
  for (std::uint64_t phase = 0; phase < up_; ++phase) weigh(phase, &table_[phase * taps]);
}

// Of the inputs around an output that stands phase / up_ behind one: weight k is that of the input
// k - half_ + 1 behind it. x counts in up_-ths of an input.
void ResampleFilter::weigh(std::uint64_t phase, double* weights) const {
  const auto up = static_cast<std::int64_t>(up_);
  const auto wide = static_cast<std::int64_t>(std::max(up_, down_));
  double sum = 0;
  for (std::int64_t k = 0; k < 2 * half_; ++k) {
    const std::int64_t x = (k - half_ + 1) * up - static_cast<std::int64_t>(phase);
    const double angle = kPi * 15.0 * static_cast<double>(x) / static_cast<double>(16 * wide);
    const double sinc = x == 0 ? 1.0 : unit_root(15 * x, 32 * wide).im / angle;
    weights[k] = sinc * kaiser(static_cast<double>(x) / (static_cast<double>(kZeros) * static_cast<double>(wide)));
    sum += weights[k];
  }
  for (std::int64_t k = 0; k < 2 * half_; ++k) weights[k] /= sum;
}

std::uint64_t ResampleFilter::output_size(std::uint64_t inputs) const noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{inputs} * up_ + down_ - 1) / down_);
}

Resampler::Resampler(std::shared_ptr<const ResampleFilter> filter)
    : filter_(std::move(filter)), first_(-filter_->half_) {
  inputs_.assign(static_cast<std::size_t>(filter_->half_), 0.0);
}

void Resampler::push(std::span<const double> input) {
  inputs_.insert(inputs_.end(), input.begin(), input.end());
  pushed_ += input.size();
}

void Resampler::finish() {
  inputs_.insert(inputs_.end(), static_cast<std::size_t>(filter_->half_), 0.0);
}

void Resampler::pull(std::vector<double>& out) {
  const std::uint64_t end = filter_->output_size(pushed_);  // no output stands behind the input
  const auto known = first_ + static_cast<std::int64_t>(inputs_.size());
  for (; pulled_ < end; ++pulled_) {
    const auto at = static_cast<std::int64_t>(pulled_ * filter_->down_ / filter_->up_);
    if (at + filter_->half_ >= known) break;
    out.push_back(output(at, pulled_ * filter_->down_ % filter_->up_));
  }
  drop_used();
}

// The output that stands `phase` / up behind the input number `at`.
double Resampler::output(std::int64_t at, std::uint64_t phase) {
  const std::int64_t half = filter_->half_;
  const double* const around = &inputs_[static_cast<std::size_t>(at - half + 1 - first_)];
  if (!filter_->changes()) return around[half - 1];
  const auto taps = static_cast<std::size_t>(2 * half);
  const double* weights = nullptr;
  if (filter_->table_.empty()) {
    weights_.resize(taps);
    filter_->weigh(phase, weights_.data());
    weights = weights_.data();
  } else {
    weights = &filter_->table_[phase * taps];
  }
  double value = 0;
  with_simd<Dot>(around, weights, taps, &value);
  return value;
}

// What stands before the inputs of the next output; not one by one, for moving costs, too.
void Resampler::drop_used() {
  const auto at = static_cast<std::int64_t>(pulled_ * filter_->down_ / filter_->up_);
  const auto size = static_cast<std::int64_t>(inputs_.size());
  const std::int64_t used = std::clamp<std::int64_t>(at - filter_->half_ + 1 - first_, 0, size);
  if (used < size / 2) return;
  inputs_.erase(inputs_.begin(), inputs_.begin() + used);
  first_ += used;
}

}  // namespace dsprep
