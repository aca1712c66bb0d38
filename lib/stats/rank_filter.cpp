#include "lib/stats/rank_filter.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "lib/data/simd.h"

namespace dsprep {
namespace {

constexpr std::size_t kElements = 512;  // of a pattern, about: keys and targets stay in the cache

constexpr std::size_t kTargets = 4;  // that are compared at once

// Adds to found[i] the number, from `slot`, of the target that the prefix of key i agrees with. No
// key agrees with two.
template <class L>
struct Compare {
  using Word = std::conditional_t<sizeof(typename L::Raw) == 8, std::uint64_t, std::uint32_t>;
  DSPREP_INLINE static void run(const std::byte* __restrict at, std::size_t count, unsigned shift,
                                const Word* __restrict targets, std::size_t pattern, Word slot,
                                std::uint8_t* __restrict found) {
    const Word* __restrict second = targets + pattern;
    const Word* __restrict third = second + pattern;
    const Word* __restrict fourth = third + pattern;
    for (std::size_t i = 0; i < count; ++i) {
      const Word key = L::key(L::load(at + i * sizeof(typename L::Raw)));
      const Word prefix = key >> shift;
      Word number = prefix == targets[i] ? slot : 0;
      number |= prefix == second[i] ? slot + 1 : 0;
      number |= prefix == third[i] ? slot + 2 : 0;
      number |= prefix == fourth[i] ? slot + 3 : 0;
      found[i] = static_cast<std::uint8_t>(found[i] + number);
    }
  }
};

constexpr std::size_t kMaskBits = 64;

// Bit i is set where found[i] is not 0.
std::uint64_t mask_of(const std::uint8_t* found) {
  constexpr std::uint64_t kLow = 0x7F7F7F7F7F7F7F7F, kOnes = 0x0101010101010101;
  std::uint64_t mask = 0;
  for (unsigned i = 0; i < 8; ++i) {
    std::uint64_t word;
    std::memcpy(&word, found + std::size_t{8} * i, sizeof word);
    const std::uint64_t ones = (word + kLow) >> 7 & kOnes;  // numbers of slots are below 128
    mask |= (ones * 0x0102040810204080) >> 56 << (8 * i);
  }
  return mask;
}

}  // namespace

bool RankFilter::suits(std::span<const RankSearch* const> searches) {
  const auto many = [](const RankSearch* search) {
    return search != nullptr && search->slots() > kMostSlots;
  };
  const auto any = [](const RankSearch* search) { return search != nullptr; };
  return std::ranges::any_of(searches, any) && std::ranges::none_of(searches, many);
}

RankFilter::RankFilter(std::span<const RankSearch* const> searches)
    : pattern_(searches.size() * std::max<std::size_t>(1, kElements / searches.size())) {
  for (const RankSearch* search : searches) {
    if (search == nullptr) continue;
    slots_ = std::max<std::size_t>(slots_, search->slots());
    below_ = search->below();
    digit_bits_ = search->digit_bits();
  }
  slots_ = (slots_ + kTargets - 1) / kTargets * kTargets;
  targets_.assign(slots_ * pattern_, ~std::uint64_t{0});
  for (std::size_t i = 0; i < pattern_; ++i) {
    const std::size_t feature = i % searches.size();
    features_.push_back(static_cast<std::uint32_t>(feature));
    if (searches[feature] == nullptr) continue;
    const std::vector<std::uint64_t> prefixes = searches[feature]->prefixes();
    for (std::size_t slot = 0; slot < prefixes.size(); ++slot)
      targets_[slot * pattern_ + i] = prefixes[slot];
  }
  for (const std::uint64_t target : targets_) narrow_.push_back(static_cast<std::uint32_t>(target));
}

RankFilter::Scratch RankFilter::scratch(std::vector<std::vector<std::uint64_t>>& counts) const {
  Scratch out;
  out.found_.resize(pattern_ + kMaskBits);
  for (const std::uint32_t feature : features_) out.counts_.push_back(counts[feature].data());
  return out;
}

template <class L>
void RankFilter::add_pattern(const std::byte* at, std::size_t elements, Scratch& scratch) const {
  using Word = typename Compare<L>::Word;
  const Word* targets;
  if constexpr (sizeof(Word) == 8) {
    targets = targets_.data();
  } else {
    targets = narrow_.data();
  }
  std::uint8_t* const found = scratch.found_.data();
  std::fill_n(found, scratch.found_.size(), std::uint8_t{0});
  for (std::size_t slot = 0; slot < slots_; slot += kTargets) {
    with_simd<Compare<L>>(at, elements, below_, targets + slot * pattern_, pattern_,
                          static_cast<Word>(slot + 1), found);
  }
  const unsigned shift = below_ - digit_bits_;
  const std::uint64_t digit_mask = (std::uint64_t{1} << digit_bits_) - 1;
  for (std::size_t begin = 0; begin < elements; begin += kMaskBits) {
    for (std::uint64_t mask = mask_of(found + begin); mask != 0; mask &= mask - 1) {
      const std::size_t i = begin + static_cast<std::size_t>(__builtin_ctzll(mask));
      const std::uint64_t key = L::key(L::load(at + i * sizeof(typename L::Raw)));
      const std::size_t slot = found[i];
      ++scratch.counts_[i][(slot << digit_bits_) + (key >> shift & digit_mask)];
    }
  }
}

template <class L>
void RankFilter::add(Bytes rows, Scratch& scratch) const {
  constexpr std::size_t kItem = sizeof(typename L::Raw);
  const std::size_t elements = rows.size() / kItem;
  for (std::size_t i = 0; i < elements; i += pattern_)
    add_pattern<L>(rows.data() + i * kItem, std::min(pattern_, elements - i), scratch);
}

#define DSPREP_FILTER(...) template void RankFilter::add<Layout<__VA_ARGS__>>(Bytes, Scratch&) const
DSPREP_FILTER(std::uint8_t, false, 0, true);
DSPREP_FILTER(std::uint8_t, false);
DSPREP_FILTER(std::uint8_t, true);
DSPREP_FILTER(std::uint16_t, false);
DSPREP_FILTER(std::uint16_t, true);
DSPREP_FILTER(std::uint32_t, false);
DSPREP_FILTER(std::uint32_t, true);
DSPREP_FILTER(std::uint64_t, false);
DSPREP_FILTER(std::uint64_t, true);
DSPREP_FILTER(std::uint16_t, true, 10);
DSPREP_FILTER(std::uint32_t, true, 23);
DSPREP_FILTER(std::uint64_t, true, 52);
#undef DSPREP_FILTER

}  // namespace dsprep
