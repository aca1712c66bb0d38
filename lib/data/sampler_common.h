// What the samplers share. Value types and pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/checksum.h"
#include "dsprep/error.h"
#include "dsprep/sampler.h"

namespace dsprep {

// Streams of randomness: each use of (seed, epoch) has its own.
enum class OrderStream : std::uint64_t {
  kShuffle = 1,
  kShards,
  kBlock,
  kWeighted,
  kOnce,
  kMixture,
  kBucket,
  kBuckets,
  kPack,
  kPackWindows,
  kPackRows,
};

/// Key of a permutation, hashed from all of its arguments.
std::uint64_t order_key(std::uint64_t seed, std::uint64_t epoch, OrderStream stream,
                        std::uint64_t number = 0) noexcept;

/// The first 16 hexadecimal digits of the bytes' hash: how long options enter describe().
template <class T>
std::string hash_text(const std::vector<T>& values) {
  return to_hex(xxh3_128(std::as_bytes(std::span(values)))).substr(0, 16);
}

[[noreturn]] inline void refuse_sampler(const std::string& why) {
  throw Error(ErrorCode::kUsage, "sampler: " + why);
}

/// Numbers below 2^32 in proportion to the weights, the largest scaled to 2^32 - 1; a weight above
/// 0 stays above 0. Throws kUsage where a weight is negative, infinite or not a number, or all are
/// 0.
std::vector<std::uint32_t> integer_weights(std::span<const double> weights);

/// Walker's alias table over integer weights: draws an index in O(1) from a draw of randomness.
class AliasTable {
 public:
  explicit AliasTable(const std::vector<std::uint32_t>& weights);
  std::uint64_t size() const noexcept { return alias_.size(); }
  template <class Draws>
  std::uint64_t pick(Draws& draw) const {
    const std::uint64_t slot = draw.below(alias_.size());
    return static_cast<std::uint32_t>(draw.next() >> 32) < keep_[slot] ? slot : alias_[slot];
  }

 private:
  std::vector<std::uint32_t> keep_;  // of 2^32
  std::vector<std::uint32_t> alias_;
};

}  // namespace dsprep
