#include "lib/stats/key_block.h"

#include <algorithm>
#include <numeric>

#include "lib/data/simd.h"

namespace dsprep {
namespace {

constexpr std::size_t kElements = 4096;  // about: the keys stay in the first cache
constexpr std::size_t kLanes = 16;       // 32-bit numbers in the widest vector
constexpr std::size_t kLeastPattern = 64;
constexpr std::size_t kManyFeatures = 256;  // a rest that fills no vector is little then

// Keys, and the least and greatest at each place of the pattern. *special becomes 1 where one is
// not finite.
template <class L>
struct MakeKeys {
  DSPREP_INLINE static void run(const std::byte* __restrict at, std::size_t count,
                                std::uint32_t* __restrict keys, std::uint32_t* __restrict least,
                                std::uint32_t* __restrict greatest, std::uint32_t* special) {
    std::uint32_t any = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const typename L::Raw raw = L::load(at + i * sizeof(typename L::Raw));
      const std::uint32_t key = L::key(raw);
      const std::uint32_t mask = L::finite(raw) ? 0 : ~std::uint32_t{0};
      const std::uint32_t low = key | mask, high = key & ~mask;
      keys[i] = key;
      least[i] = low < least[i] ? low : least[i];
      greatest[i] = high > greatest[i] ? high : greatest[i];
      any |= mask;
    }
    *special |= any & 1;
  }
};

}  // namespace

KeyBlock::KeyBlock(std::size_t features) : features_(features) {
  const std::size_t vectors = features < kManyFeatures ? std::lcm(features, kLanes) : features;
  pattern_ = vectors * ((kLeastPattern + vectors - 1) / vectors);
  const std::size_t elements = pattern_ * std::max<std::size_t>(1, kElements / pattern_);
  rows_ = elements / features;
  keys_.resize(elements);
  least_.assign(pattern_, ~std::uint32_t{0});
  greatest_.assign(pattern_, 0);
}

template <class L>
bool KeyBlock::take(Bytes rows) {
  constexpr std::size_t kItem = sizeof(typename L::Raw);
  const std::size_t elements = rows.size() / kItem;
  std::uint32_t special = 0;
  for (std::size_t i = 0; i < elements; i += pattern_) {
    with_simd<MakeKeys<L>>(rows.data() + i * kItem, std::min(pattern_, elements - i),
                           keys_.data() + i, least_.data(), greatest_.data(), &special);
  }
  return special != 0;
}

std::uint64_t KeyBlock::least(std::size_t feature) const {
  std::uint32_t out = ~std::uint32_t{0};
  for (std::size_t i = feature; i < pattern_; i += features_) out = std::min(out, least_[i]);
  return out;
}

std::uint64_t KeyBlock::greatest(std::size_t feature) const {
  std::uint32_t out = 0;
  for (std::size_t i = feature; i < pattern_; i += features_) out = std::max(out, greatest_[i]);
  return out;
}

#define DSPREP_BLOCK(...) template bool KeyBlock::take<Layout<__VA_ARGS__>>(Bytes)
DSPREP_BLOCK(std::uint8_t, false, 0, true);
DSPREP_BLOCK(std::uint8_t, false);
DSPREP_BLOCK(std::uint8_t, true);
DSPREP_BLOCK(std::uint16_t, false);
DSPREP_BLOCK(std::uint16_t, true);
DSPREP_BLOCK(std::uint32_t, false);
DSPREP_BLOCK(std::uint32_t, true);
DSPREP_BLOCK(std::uint16_t, true, 10);
DSPREP_BLOCK(std::uint32_t, true, 23);
#undef DSPREP_BLOCK

}  // namespace dsprep
