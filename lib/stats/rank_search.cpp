#include "lib/stats/rank_search.h"

namespace dsprep {

std::vector<unsigned> RankSearch::digits_of(unsigned bits) {
  if (bits == 8) return {8};
  if (bits == 16) return {12, 4};
  if (bits == 32) return {12, 9, 11};
  return {12, 13, 13, 13, 13};
}

unsigned RankSearch::passes(const NumberLayout& layout) noexcept {
  return static_cast<unsigned>(digits_of(layout.bits).size());
}

RankSearch::RankSearch(const NumberLayout& layout, std::vector<std::uint64_t> ranks,
                       const NumberColumn& column)
    : layout_(layout), digits_(digits_of(layout.bits)), below_(layout.bits) {
  for (const std::uint64_t rank : ranks) found_[rank] = {.key = 0, .before = rank, .slot = 1};
  descend([&](std::uint8_t, std::size_t digit) { return column.bins()[digit].count; });
}

// Ranks rise, so those of one slot stand side by side, and so do those of one digit.
template <class CountAt>
void RankSearch::descend(CountAt count_at) {
  const unsigned bits = digits_[level_];
  std::vector<std::uint8_t> next((std::size_t{slots_} + 1) << bits);
  std::uint8_t slot = 0, slots = 0;
  std::size_t digit = 0;
  std::uint64_t passed = 0;  // keys of the slot with smaller digits
  for (auto& [rank, place] : found_) {
    if (place.slot != slot) slot = place.slot, digit = 0, passed = 0;
    while (place.before - passed >= count_at(slot, digit)) passed += count_at(slot, digit++);
    std::uint8_t& target = next[(std::size_t{slot} << bits) + digit];
    if (target == 0) target = ++slots;
    place = {.key = place.key << bits | digit, .before = place.before - passed, .slot = target};
  }
  next_.push_back(std::move(next));
  slots_ = slots;
  below_ -= bits;
  ++level_;
}

template <class L>
void RankSearch::add(const std::byte* first, std::size_t stride, std::size_t rows,
                     std::span<std::uint64_t> counts) const {
  using Raw = typename L::Raw;
  const unsigned bits = digits_[level_], shift = below_ - bits;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  const std::uint8_t* const head = next_[0].data() + (std::size_t{1} << digits_[0]);
  const unsigned head_shift = layout_.bits - digits_[0];
  // NaN and ∞ have first digits that no finite number has.
  const auto count = [&](std::uint64_t key, std::uint64_t slot) {
    // Others go to a few counters of their own, so that no branch has to guess.
    const std::uint64_t used = slot == 0 ? 7 : mask;
    ++counts[(slot << bits) + ((key >> shift) & used)];
  };
  if (level_ == 1) {
    for (std::size_t row = 0; row < rows; ++row) {
      const Raw key = L::key(L::load(first + row * stride));
      count(key, head[key >> head_shift]);
    }
    return;
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint64_t key = L::key(L::load(first + row * stride));
    std::uint64_t slot = head[key >> head_shift];
    unsigned left = head_shift;
    for (std::size_t level = 1; level < level_; ++level) {
      left -= digits_[level];
      const std::uint64_t digit = (key >> left) & ((std::uint64_t{1} << digits_[level]) - 1);
      slot = next_[level][(slot << digits_[level]) + digit];
    }
    count(key, slot);
  }
}

std::vector<std::uint64_t> RankSearch::prefixes() const {
  std::vector<std::uint64_t> out(slots_);
  for (const auto& [rank, place] : found_) out[place.slot - 1U] = place.key;
  return out;
}

void RankSearch::advance(std::span<const std::uint64_t> counts) {
  const unsigned bits = digits_[level_];
  descend([&](std::uint8_t slot, std::size_t digit) {
    return counts[(std::size_t{slot} << bits) + digit];
  });
}

#define DSPREP_SEARCH(...)                                                                       \
  template void RankSearch::add<Layout<__VA_ARGS__>>(const std::byte*, std::size_t, std::size_t, \
                                                     std::span<std::uint64_t>) const
DSPREP_SEARCH(std::uint8_t, false, 0, true);
DSPREP_SEARCH(std::uint8_t, false);
DSPREP_SEARCH(std::uint8_t, true);
DSPREP_SEARCH(std::uint16_t, false);
DSPREP_SEARCH(std::uint16_t, true);
DSPREP_SEARCH(std::uint32_t, false);
DSPREP_SEARCH(std::uint32_t, true);
DSPREP_SEARCH(std::uint64_t, false);
DSPREP_SEARCH(std::uint64_t, true);
DSPREP_SEARCH(std::uint16_t, true, 10);
DSPREP_SEARCH(std::uint32_t, true, 23);
DSPREP_SEARCH(std::uint64_t, true, 52);
#undef DSPREP_SEARCH

}  // namespace dsprep
