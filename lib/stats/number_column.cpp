#include "lib/stats/number_column.h"

#include <algorithm>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace dsprep {
namespace {

constexpr unsigned kCountShift = 44;

// What one number adds. Its square is made where the sum is, not moved there.
template <unsigned kLow>
PendingBin addend(std::uint32_t key) {
  constexpr std::uint32_t kMask = (std::uint32_t{1} << kLow) - 1;
#ifdef __SSE2__
  const __m128i low = _mm_or_si128(_mm_cvtsi32_si128(static_cast<int>(key & kMask)),
                                   _mm_set_epi64x(0, std::int64_t{1} << kCountShift));
  return reinterpret_cast<PendingBin>(_mm_unpacklo_epi64(low, _mm_mul_epu32(low, low)));
#else
  const std::uint64_t low = key & kMask;
  return PendingBin{low + (std::uint64_t{1} << kCountShift), low * low};
#endif
}

}  // namespace

NumberColumn::NumberColumn(const NumberLayout& layout)
    : layout_(layout),
      fast_(layout.bits < 64 ? kBanks << layout.first_bits() : 0),
      bins_(std::size_t{1} << layout.first_bits()) {}

template <class L>
void NumberColumn::count_special(const std::byte* first, std::size_t stride, std::size_t rows) {
  for (std::size_t row = 0; row < rows; ++row) {
    const typename L::Raw raw = L::load(first + row * stride);
    if (!L::finite(raw)) ++(L::infinite(raw) ? infinite_ : missing_);
  }
}

template <class L>
void NumberColumn::add(const std::byte* first, std::size_t stride, std::size_t rows) {
  constexpr unsigned kLow = L::kLayout.low_bits();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint64_t raw = L::load(first + row * stride);
    if (!L::finite(raw)) [[unlikely]] {
      ++(L::infinite(raw) ? infinite_ : missing_);
      continue;
    }
    const std::uint64_t key = L::key(raw);
    const std::uint64_t low = key & ((std::uint64_t{1} << kLow) - 1);
    bins_[key >> kLow].add(low, Wide(low) * low, 1);
    note_range(key, key);
  }
}

void NumberColumn::add(std::uint64_t key, std::uint64_t times) noexcept {
  const Wide low = key & ((std::uint64_t{1} << layout_.low_bits()) - 1);
  bins_[key >> layout_.low_bits()].add(low * times, low * low * times, times);
  note_range(key, key);
}

template <unsigned kLow>
void NumberColumn::add_pending(const std::uint32_t* keys, std::size_t stride, std::size_t rows) {
  PendingBin* const banks[kBanks] = {fast_.data(), fast_.data() + fast_.size() / kBanks};
  std::size_t row = 0;
  for (; row + 2 <= rows; row += 2) {
    const std::uint32_t a = keys[row * stride], b = keys[(row + 1) * stride];
    banks[0][a >> kLow] += addend<kLow>(a);
    banks[1][b >> kLow] += addend<kLow>(b);
  }
  if (row == rows) return;
  const std::uint32_t last = keys[row * stride];
  banks[0][last >> kLow] += addend<kLow>(last);
}

void NumberColumn::add(const KeyBlock& block, std::size_t feature, std::size_t features,
                       std::size_t rows) {
  const std::uint32_t* keys = block.keys() + feature;
  while (rows != 0) {
    const std::size_t now =
        static_cast<std::size_t>(std::min<std::uint64_t>(rows, kMostPending - pending_));
    switch (layout_.low_bits()) {
      case 0:
        add_pending<0>(keys, features, now);
        break;
      case 4:
        add_pending<4>(keys, features, now);
        break;
      default:
        add_pending<20>(keys, features, now);
    }
    keys += now * features;
    rows -= now;
    pending_ += now;
    if (pending_ == kMostPending) flush();
  }
}

void NumberColumn::note_range(std::uint64_t least_key, std::uint64_t greatest_key) noexcept {
  min_key_ = std::min(min_key_, least_key);
  max_key_ = std::max(max_key_, greatest_key);
}

void NumberColumn::flush() {
  if (pending_ == 0) return;
  const std::size_t digits = bins_.size();
  constexpr std::uint64_t kSumMask = (std::uint64_t{1} << kCountShift) - 1;
  for (std::size_t i = 0; i < fast_.size(); ++i) {
    PendingBin& bin = fast_[i];
    if (bin[0] == 0) continue;
    if (layout_.finite_digit(i % digits))
      bins_[i % digits].add(bin[0] & kSumMask, bin[1], bin[0] >> kCountShift);
    bin = PendingBin{};
  }
  pending_ = 0;
}

void NumberColumn::merge(NumberColumn& other) {
  flush();
  other.flush();
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const NumberBin& from = other.bins_[i];
    if (from.count == 0) continue;
    bins_[i].add(from.sum, from.squares, from.count);
    bins_[i].squares_high += from.squares_high;
  }
  missing_ += other.missing_;
  infinite_ += other.infinite_;
  min_key_ = std::min(min_key_, other.min_key_);
  max_key_ = std::max(max_key_, other.max_key_);
}

#define DSPREP_SPECIAL(...)                                                                     \
  template void NumberColumn::count_special<Layout<__VA_ARGS__>>(const std::byte*, std::size_t, \
                                                                 std::size_t)
DSPREP_SPECIAL(std::uint16_t, true, 10);
DSPREP_SPECIAL(std::uint32_t, true, 23);
#undef DSPREP_SPECIAL

#define DSPREP_COLUMN(...) \
  template void NumberColumn::add<Layout<__VA_ARGS__>>(const std::byte*, std::size_t, std::size_t)
DSPREP_COLUMN(std::uint64_t, false);
DSPREP_COLUMN(std::uint64_t, true);
DSPREP_COLUMN(std::uint64_t, true, 52);
#undef DSPREP_COLUMN

}  // namespace dsprep
