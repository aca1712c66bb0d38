#include "lib/stats/integer_counts.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/stats/bin_counter.h"
#include "lib/stats/pixel_stats.h"
#include "lib/stats/quantiles.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostIds = std::size_t{1} << 18;
constexpr std::size_t kMostPending = std::size_t{1} << 30;  // bytes, before 32 bits could overflow

// A value, and how many are not greater.
struct Step {
  std::int64_t value;
  std::uint64_t count;
  std::uint64_t up_to;
};

double value_at(const std::vector<Step>& steps, std::uint64_t rank) {
  const auto found = std::ranges::upper_bound(steps, rank, {}, &Step::up_to);
  return static_cast<double>(found->value);
}

Histogram histogram_of(const std::vector<Step>& steps, std::size_t bins) {
  const BinEdges edges(static_cast<double>(steps.front().value),
                       static_cast<double>(steps.back().value), bins);
  Histogram out{edges.min(), edges.max(), std::vector<std::uint64_t>(bins)};
  for (const Step& step : steps)
    out.counts[edges.bin(static_cast<double>(step.value))] += step.count;
  return out;
}

}  // namespace

bool IntegerCounts::suits(DType dtype) noexcept {
  return dtype == DType::kUint8 || dtype == DType::kInt8 || dtype == DType::kUint16 ||
         dtype == DType::kInt16 || dtype == DType::kUint32;
}

IntegerCounts::IntegerCounts(DType dtype)
    : dtype_(dtype),
      counts_(dtype_size(dtype) == 4 ? kMostIds : std::size_t{1} << (8 * dtype_size(dtype))),
      banks_(dtype_size(dtype) == 4 ? 1 : 2),
      pending_(banks_ * counts_.size()) {}

template <class Raw>
void IntegerCounts::count(Bytes values) {
  const std::byte* at = values.data();
  const auto next = [&] {
    Raw raw;
    std::memcpy(&raw, at, sizeof raw);
    at += sizeof raw;
    return raw;
  };
  std::uint32_t* const first = pending_.data();
  std::size_t left = values.size() / sizeof(Raw);
  if constexpr (sizeof(Raw) == 4) {
    for (; left != 0; --left) {
      const Raw raw = next();
      if (raw >= kMostIds) {
        beyond_ = true;
        return;
      }
      ++first[raw];
    }
  } else {
    std::uint32_t* const second = first + size();
    for (; left >= 2; left -= 2) {
      ++first[next()];
      ++second[next()];
    }
    if (left != 0) ++first[next()];
  }
}

void IntegerCounts::add(Bytes values) {
  while (!values.empty() && !beyond_) {
    const Bytes now = values.first(std::min<std::size_t>(values.size(), kMostPending));
    values = values.subspan(now.size());
    if (pending_values_ + now.size() > kMostPending) flush();
    pending_values_ += now.size();
    switch (dtype_size(dtype_)) {
      case 1:
        count<std::uint8_t>(now);
        break;
      case 2:
        count<std::uint16_t>(now);
        break;
      default:
        count<std::uint32_t>(now);
    }
  }
}

void IntegerCounts::flush() {
  if (pending_values_ == 0) return;
  for (std::size_t i = 0; i < pending_.size(); ++i)
    counts_[i % size()] += std::exchange(pending_[i], 0U);
  pending_values_ = 0;
}

void IntegerCounts::merge(IntegerCounts& other) {
  flush();
  other.flush();
  beyond_ = beyond_ || other.beyond_;
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::int64_t IntegerCounts::value_of(std::size_t raw) const noexcept {
  if (dtype_ == DType::kInt8) return static_cast<std::int8_t>(raw);
  if (dtype_ == DType::kInt16) return static_cast<std::int16_t>(raw);
  return static_cast<std::int64_t>(raw);
}

std::optional<NumberStats> IntegerCounts::report(std::span<const double> quantiles,
                                                 std::size_t bins) {
  if (beyond_) return std::nullopt;
  flush();
  Moments moments;
  std::vector<Step> steps;
  for (std::size_t raw = 0; raw < counts_.size(); ++raw) {
    if (counts_[raw] == 0) continue;
    steps.push_back({value_of(raw), counts_[raw], 0});
    moments.add(steps.back().value, counts_[raw]);
  }
  NumberStats out = numbers_of(moments);
  if (steps.empty()) return out;
  std::ranges::sort(steps, {}, &Step::value);
  std::uint64_t sum = 0;
  for (Step& step : steps) step.up_to = sum += step.count;
  for (const double q : quantiles) {
    const QuantilePlace place = quantile_place(out.count, q);
    out.quantiles.push_back({q, interpolate(value_at(steps, place.below),
                                            value_at(steps, place.above), place.fraction)});
  }
  if (bins != 0) out.histogram = histogram_of(steps, bins);
  return out;
}

}  // namespace dsprep
