// Draw: the randomness of one transform of one sample, a pure function of (seed, epoch, position,
// transform): the same for any number of threads and ranks, and after any resume. Integers only:
// distributions of the standard library differ between its makers. Value type, one thread at a
// time.
#pragma once

#include <cstdint>

namespace dsprep {

/// A hash of two numbers (the finaliser of MurmurHash3 over both); seeds and epochs are mixed by
/// it, never added.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t x = (a ^ 0x9e3779b97f4a7c15) + b * 0xd1b54a32d192ed03;
  for (int round = 0; round < 2; ++round) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
    x ^= x >> 33;
    x += b;
  }
  return x;
}

/// Which sample of which epoch is being made.
struct DrawKey {
  std::uint64_t seed = 0;
  std::uint64_t epoch = 0;
  std::uint64_t position = 0;  ///< in the global order of the epoch
};

class Draw {
 public:
  /// `transform` numbers the transforms of a pipeline, so that each has its own stream.
  constexpr Draw(const DrawKey& key, std::uint64_t transform) noexcept
      : state_(mix(mix(mix(key.seed, key.epoch), key.position), transform)) {}

  /// 64 random bits.
  constexpr std::uint64_t next() noexcept { return mix(state_, ++count_); }

  /// A number in [0, bound), without bias; 0 where bound is 0 (Lemire 2019, "Fast Random Integer
  /// Generation in an Interval").
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    if (bound == 0) return 0;
    const std::uint64_t reject = (0 - bound) % bound;
    for (;;) {
      const Product product = static_cast<Product>(next()) * bound;
      if (static_cast<std::uint64_t>(product) >= reject)
        return static_cast<std::uint64_t>(product >> 64);
    }
  }

  /// A multiple of 2^-53 in [0, 1): exact, the same on every machine.
  constexpr double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// True `parts` times of `whole`.
  constexpr bool chance(std::uint64_t parts, std::uint64_t whole) noexcept {
    return below(whole) < parts;
  }

 private:
  __extension__ typedef unsigned __int128 Product;
  std::uint64_t state_;
  std::uint64_t count_ = 0;
};

}  // namespace dsprep
