#include "lib/stats/rank_filter.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/data/simd.h"

namespace dsprep {
namespace {

constexpr std::size_t kElements = 512;  // of a pattern, about: keys and targets stay in the cache

// Prefixes of keys, and 1 where one agrees with a target.
template <class L>
struct Compare {
  using Word = std::conditional_t<sizeof(typename L::Raw) == 8, std::uint64_t, std::uint32_t>;
  DSPREP_INLINE static void run(const std::byte* __restrict at, std::size_t count, unsigned shift,
                                const Word* __restrict targets, std::size_t slots,
                                std::size_t pattern, Word* __restrict prefixes,
                                std::uint8_t* __restrict hits) {
    for (std::size_t i = 0; i < count; ++i) {
      const Word key = L::key(L::load(at + i * sizeof(typename L::Raw)));
      prefixes[i] = key >> shift;
    }
    for (std::size_t i = 0; i < count; ++i) hits[i] = prefixes[i] == targets[i] ? 1 : 0;
    for (std::size_t slot = 1; slot < slots; ++slot) {
      const Word* __restrict row = targets + slot * pattern;
      for (std::size_t i = 0; i < count; ++i)
        hits[i] = static_cast<std::uint8_t>(hits[i] | (prefixes[i] == row[i] ? 1 : 0));
    }
  }
};

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

template <class L>
void RankFilter::add_pattern(const std::byte* at, std::size_t elements,
                             std::vector<std::vector<std::uint64_t>>& counts) const {
  using Word = typename Compare<L>::Word;
  thread_local std::vector<Word> prefixes;
  thread_local std::vector<std::uint8_t> hits;
  prefixes.resize(pattern_);
  hits.resize(pattern_ + 8);
  const Word* targets;
  if constexpr (sizeof(Word) == 8) {
    targets = targets_.data();
  } else {
    targets = narrow_.data();
  }
  with_simd<Compare<L>>(at, elements, below_, targets, slots_, pattern_, prefixes.data(),
                        hits.data());
  std::fill_n(hits.begin() + static_cast<std::ptrdiff_t>(elements), 8, std::uint8_t{0});
  const std::uint64_t mask = (std::uint64_t{1} << digit_bits_) - 1;
  for (std::size_t begin = 0; begin < elements; begin += 8) {
    std::uint64_t word;
    std::memcpy(&word, hits.data() + begin, sizeof word);
    for (; word != 0; word &= word - 1) {
      const std::size_t i = begin + static_cast<std::size_t>(__builtin_ctzll(word)) / 8;
      std::size_t slot = 0;
      while (targets[slot * pattern_ + i] != prefixes[i]) ++slot;
      const std::uint64_t key = L::key(L::load(at + i * sizeof(typename L::Raw)));
      const std::uint64_t digit = (key >> (below_ - digit_bits_)) & mask;
      ++counts[features_[i]][((slot + 1) << digit_bits_) + digit];
    }
  }
}

template <class L>
void RankFilter::add(Bytes rows, std::vector<std::vector<std::uint64_t>>& counts) const {
  constexpr std::size_t kItem = sizeof(typename L::Raw);
  const std::size_t elements = rows.size() / kItem;
  for (std::size_t i = 0; i < elements; i += pattern_)
    add_pattern<L>(rows.data() + i * kItem, std::min(pattern_, elements - i), counts);
}

#define DSPREP_FILTER(...)                            \
  template void RankFilter::add<Layout<__VA_ARGS__>>( \
      Bytes, std::vector<std::vector<std::uint64_t>>&) const
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
