#include "lib/stats/number_column.h"

#include <algorithm>

namespace dsprep {

NumberColumn::NumberColumn(const NumberLayout& layout)
    : fast_(layout.bits < 64 ? kBanks << layout.first_bits() : 0),
      bins_(std::size_t{1} << layout.first_bits()) {}

template <class L>
void NumberColumn::count_special(typename L::Raw raw) {
  ++(L::infinite(raw) ? infinite_ : missing_);
}

template <class L>
void NumberColumn::add_fast(const std::byte* first, std::size_t stride, std::size_t rows) {
  using Raw = typename L::Raw;
  constexpr unsigned kLow = L::kLayout.bits - std::min(L::kBits, 12U);
  constexpr Raw kMask = static_cast<Raw>((std::uint64_t{1} << kLow) - 1);
  FastBin* const banks[kBanks] = {fast_.data(), fast_.data() + fast_.size() / kBanks};
  Raw least = static_cast<Raw>(min_key_), greatest = static_cast<Raw>(max_key_);
  const auto one = [&](FastBin* bank, const std::byte* at) {
    const Raw raw = L::load(at);
    if (!L::finite(raw)) [[unlikely]] {
      count_special<L>(raw);
      return;
    }
    const Raw key = L::key(raw);
    const std::uint64_t low = key & kMask;
    FastBin& bin = bank[key >> kLow];
    bin.packed += low + (std::uint64_t{1} << kCountShift);
    bin.squares += low * low;
    least = std::min(least, key);
    greatest = std::max(greatest, key);
  };
  std::size_t row = 0;
  for (; row + 2 <= rows; row += 2) {
    one(banks[0], first + row * stride);
    one(banks[1], first + (row + 1) * stride);
  }
  if (row < rows) one(banks[0], first + row * stride);
  // The widest value of Raw stands for "none yet" on both sides.
  min_key_ = std::min<std::uint64_t>(min_key_, least);
  max_key_ = greatest;
}

template <class L>
void NumberColumn::add_wide(const std::byte* first, std::size_t stride, std::size_t rows) {
  constexpr unsigned kLow = L::kLayout.bits - std::min(L::kBits, 12U);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint64_t raw = L::load(first + row * stride);
    if (!L::finite(static_cast<typename L::Raw>(raw))) [[unlikely]] {
      count_special<L>(static_cast<typename L::Raw>(raw));
      continue;
    }
    const std::uint64_t key = L::key(static_cast<typename L::Raw>(raw));
    const std::uint64_t low = key & ((std::uint64_t{1} << kLow) - 1);
    bins_[key >> kLow].add(low, Wide(low) * low, 1);
    min_key_ = std::min(min_key_, key);
    max_key_ = std::max(max_key_, key);
  }
}

template <class L>
void NumberColumn::add(const std::byte* first, std::size_t stride, std::size_t rows) {
  if constexpr (L::kBits == 64) {
    add_wide<L>(first, stride, rows);
  } else {
    while (rows != 0) {
      const std::size_t now =
          static_cast<std::size_t>(std::min<std::uint64_t>(rows, kMostPending - pending_));
      add_fast<L>(first, stride, now);
      first += now * stride;
      rows -= now;
      pending_ += now;
      if (pending_ == kMostPending) flush();
    }
  }
}

void NumberColumn::flush() {
  if (pending_ == 0) return;
  const std::size_t digits = bins_.size();
  constexpr std::uint64_t kSumMask = (std::uint64_t{1} << kCountShift) - 1;
  for (std::size_t i = 0; i < fast_.size(); ++i) {
    FastBin& bin = fast_[i];
    if (bin.packed == 0) continue;
    bins_[i % digits].add(bin.packed & kSumMask, bin.squares, bin.packed >> kCountShift);
    bin = {};
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

#define DSPREP_COLUMN(...) \
  template void NumberColumn::add<Layout<__VA_ARGS__>>(const std::byte*, std::size_t, std::size_t)
DSPREP_COLUMN(std::uint8_t, false, 0, true);
DSPREP_COLUMN(std::uint8_t, false);
DSPREP_COLUMN(std::uint8_t, true);
DSPREP_COLUMN(std::uint16_t, false);
DSPREP_COLUMN(std::uint16_t, true);
DSPREP_COLUMN(std::uint32_t, false);
DSPREP_COLUMN(std::uint32_t, true);
DSPREP_COLUMN(std::uint64_t, false);
DSPREP_COLUMN(std::uint64_t, true);
DSPREP_COLUMN(std::uint16_t, true, 10);
DSPREP_COLUMN(std::uint32_t, true, 23);
DSPREP_COLUMN(std::uint64_t, true, 52);
#undef DSPREP_COLUMN

}  // namespace dsprep
