#include "lib/stats/integer_counts.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "formats/common/bytes.h"
#include "lib/data/simd.h"
#include "lib/stats/bin_counter.h"
#include "lib/stats/number_sums.h"
#include "lib/stats/quantiles.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostIds = std::size_t{1} << 18;
constexpr std::size_t kMostPending = std::size_t{1} << 30;  // bytes, before 32 bits could overflow
constexpr std::size_t kBanks = 4;

// A value, and how many are not greater.
struct Step {
  double value;
  std::uint64_t count;
  std::uint64_t up_to;
};

double value_at(const std::vector<Step>& steps, std::uint64_t rank) {
  const auto found = std::ranges::upper_bound(steps, rank, {}, &Step::up_to);
  return found->value;
}

Histogram histogram_of(const std::vector<Step>& steps, std::size_t bins) {
  const BinEdges edges(steps.front().value, steps.back().value, bins);
  Histogram out{edges.min(), edges.max(), std::vector<std::uint64_t>(bins)};
  for (const Step& step : steps) out.counts[edges.bin(step.value)] += step.count;
  return out;
}

// The whole number of 2^-15 that each float is. Added to 384, whose last bit is 2^-15, such a float
// leaves itself in the sum's low bits; *other becomes 1 where one is no such number.
struct SoundSamples {
  static constexpr float kBase = 384;
  DSPREP_INLINE static void run(const std::byte* __restrict at, std::size_t count,
                                std::uint16_t* __restrict samples, std::uint32_t* other) {
    std::uint32_t any = 0;
    for (std::size_t i = 0; i < count; ++i) {
      float value;
      std::memcpy(&value, at + i * sizeof value, sizeof value);
      const float sum = value + kBase;
      const std::uint32_t sample =
          std::bit_cast<std::uint32_t>(sum) - std::bit_cast<std::uint32_t>(kBase);
      const bool exact = sum - kBase == value;
      any |= static_cast<std::uint32_t>(!exact) | (sample + 0x8000) >> 16;
      samples[i] = static_cast<std::uint16_t>(sample);
    }
    *other |= any != 0 ? 1 : 0;
  }
};

struct GreatestId {
  DSPREP_INLINE static void run(const std::byte* __restrict at, std::size_t count,
                                std::uint32_t* greatest) {
    std::uint32_t most = 0;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint32_t id;
      std::memcpy(&id, at + i * sizeof id, sizeof id);
      most = id > most ? id : most;
    }
    *greatest = most;
  }
};

// Of what save() writes: a counter of more than 32 bits takes several.
struct SavedCount {
  std::uint32_t raw;
  std::uint32_t count;
};

// count(value, number of it modulo kTogether): they are written out side by side.
template <class Raw, std::size_t kTogether, class Count>
void for_each(Bytes values, Count count) {
  const std::byte* at = values.data();
  const auto next = [&](std::size_t number) {
    Raw raw;
    std::memcpy(&raw, at, sizeof raw);
    at += sizeof raw;
    count(raw, number);
  };
  std::size_t left = values.size() / sizeof(Raw);
  for (; left >= kTogether; left -= kTogether) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kTogether; ++i) next(i);
  }
  for (std::size_t i = 0; i < left; ++i) next(i);
}

bool is_narrow(DType dtype) { return dtype == DType::kUint32 || dtype == DType::kFloat32; }

std::size_t counters_of(DType dtype) {
  if (dtype == DType::kUint32) return kMostIds;
  return std::size_t{1} << (dtype_size(dtype) == 1 ? 8 : 16);
}

}  // namespace

bool IntegerCounts::suits(DType dtype) noexcept {
  return dtype == DType::kUint8 || dtype == DType::kInt8 || dtype == DType::kUint16 ||
         dtype == DType::kInt16 || dtype == DType::kUint32 || dtype == DType::kFloat32;
}

IntegerCounts::IntegerCounts(DType dtype)
    : dtype_(dtype),
      size_(counters_of(dtype)),
      used_(dtype == DType::kUint32 ? 0 : size_),
      counts_(size_),
      narrow_(is_narrow(dtype) ? size_ : 0),
      wide_(is_narrow(dtype) ? 0 : kBanks * size_) {}

template <class Raw>
void IntegerCounts::count_narrow(Bytes values) {
  std::uint8_t* const counters = narrow_.data();
  for_each<Raw, 8>(values, [this, counters](Raw raw, std::size_t) {
    if (++counters[raw] == 0) [[unlikely]]
      counts_[raw] += 256;
  });
}

template <class Raw>
void IntegerCounts::count_wide(Bytes values) {
  while (!values.empty()) {
    const Bytes now = values.first(std::min<std::size_t>(values.size(), kMostPending));
    values = values.subspan(now.size());
    if (pending_values_ + now.size() > kMostPending) flush();
    pending_values_ += now.size();
    std::uint32_t* const counters = wide_.data();
    for_each<Raw, kBanks>(now, [this, counters](Raw raw, std::size_t bank) {
      ++counters[bank * size_ + raw];
    });
  }
}

void IntegerCounts::count_ids(Bytes values) {
  constexpr std::size_t kRun = std::size_t{4} << 10;
  while (!values.empty()) {
    const Bytes now = values.first(std::min(values.size(), kRun));
    std::uint32_t greatest = 0;
    with_simd<GreatestId>(now.data(), now.size() / sizeof greatest, &greatest);
    beyond_ = greatest >= kMostIds;
    if (beyond_) return;
    used_ = std::max<std::size_t>(used_, greatest + 1);
    count_narrow<std::uint32_t>(now);
    values = values.subspan(now.size());
  }
}

void IntegerCounts::count_sound(Bytes values) {
  std::array<std::uint16_t, 1024> samples;
  for (std::size_t left = values.size() / sizeof(float); left != 0 && !beyond_;) {
    const std::size_t now = std::min(left, samples.size());
    std::uint32_t other = 0;
    with_simd<SoundSamples>(values.data(), now, samples.data(), &other);
    beyond_ = other != 0;
    if (!beyond_) count_narrow<std::uint16_t>(std::as_bytes(std::span(samples).first(now)));
    values = values.subspan(now * sizeof(float));
    left -= now;
  }
}

void IntegerCounts::add(Bytes values) {
  if (beyond_) return;
  if (dtype_ == DType::kFloat32) {
    count_sound(values);
  } else if (dtype_ == DType::kUint32) {
    count_ids(values);
  } else if (dtype_size(dtype_) == 2) {
    count_wide<std::uint16_t>(values);
  } else {
    count_wide<std::uint8_t>(values);
  }
}

void IntegerCounts::flush() {
  for (std::size_t raw = 0; raw < std::min(used_, narrow_.size()); ++raw) {
    if (narrow_[raw] != 0) counts_[raw] += std::exchange(narrow_[raw], std::uint8_t{0});
  }
  if (pending_values_ == 0) return;
  for (std::size_t bank = 0; bank < kBanks; ++bank) {
    for (std::size_t raw = 0; raw < size_; ++raw) {
      std::uint32_t& pending = wide_[bank * size_ + raw];
      if (pending != 0) counts_[raw] += std::exchange(pending, 0U);
    }
  }
  pending_values_ = 0;
}

void IntegerCounts::merge(IntegerCounts& other) {
  flush();
  other.flush();
  beyond_ = beyond_ || other.beyond_;
  used_ = std::max(used_, other.used_);
  for (std::size_t raw = 0; raw < other.used_; ++raw) counts_[raw] += other.counts_[raw];
}

void IntegerCounts::save(std::vector<std::byte>& out) {
  flush();
  const std::size_t begin = out.size();
  put_u64(out, 0);
  std::uint64_t saved = 0;
  for (std::size_t raw = 0; raw < used_; ++raw) {
    for (std::uint64_t left = counts_[raw]; left != 0; ++saved) {
      const auto now = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, ~std::uint32_t{0}));
      put(out, SavedCount{static_cast<std::uint32_t>(raw), now});
      left -= now;
    }
  }
  std::memcpy(out.data() + begin, &saved, sizeof saved);
}

std::optional<std::size_t> IntegerCounts::load(Bytes in) {
  if (in.size() < sizeof(std::uint64_t)) return std::nullopt;
  const auto saved = get<std::uint64_t>(in, 0);
  const Bytes counts = in.subspan(sizeof saved);
  if (saved > counts.size() / sizeof(SavedCount)) return std::nullopt;
  for (std::uint64_t i = 0; i < saved; ++i) {
    const auto each = get<SavedCount>(counts, i * sizeof(SavedCount));
    if (each.raw >= size_) return std::nullopt;
    counts_[each.raw] += each.count;
    used_ = std::max<std::size_t>(used_, each.raw + 1);
  }
  return sizeof saved + saved * sizeof(SavedCount);
}

std::uint64_t IntegerCounts::key_of(std::size_t raw) const {
  return with_layout(dtype_, [&](auto layout) -> std::uint64_t {
    using L = decltype(layout);
    if constexpr (L::kFloat) {
      const float value = static_cast<float>(static_cast<std::int16_t>(raw)) / 32768;
      return L::key(static_cast<typename L::Raw>(std::bit_cast<std::uint32_t>(value)));
    } else {
      return L::key(static_cast<typename L::Raw>(raw));
    }
  });
}

std::optional<NumberStats> IntegerCounts::report(std::span<const double> quantiles,
                                                 std::size_t bins) {
  if (beyond_) return std::nullopt;
  flush();
  const NumberLayout layout = layout_of(dtype_);
  NumberColumn column(layout);
  std::vector<Step> steps;
  for (std::size_t raw = 0; raw < used_; ++raw) {
    if (counts_[raw] == 0) continue;
    const std::uint64_t key = key_of(raw);
    column.add(key, counts_[raw]);
    steps.push_back({number_of(layout, key), counts_[raw], 0});
  }
  NumberStats out;
  if (steps.empty()) return out;
  std::ranges::sort(steps, {}, &Step::value);
  std::uint64_t sum = 0;
  for (Step& step : steps) step.up_to = sum += step.count;
  const MeanAndDeviation moments = mean_and_deviation(layout, column);
  out = {.count = moments.count,
         .mean = moments.mean,
         .std = moments.deviation,
         .min = steps.front().value,
         .max = steps.back().value};
  for (const double q : quantiles) {
    const QuantilePlace place = quantile_place(out.count, q);
    out.quantiles.push_back({q, interpolate(value_at(steps, place.below),
                                            value_at(steps, place.above), place.fraction)});
  }
  if (bins != 0) out.histogram = histogram_of(steps, bins);
  return out;
}

}  // namespace dsprep
