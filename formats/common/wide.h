// 128-bit integers, where 64 bits are not enough.
#pragma once

#include <cstdint>

namespace dsprep {

__extension__ typedef unsigned __int128 Wide;

/// `part` of 2^64, scaled to [0, whole): a hash becomes a bucket, without modulo bias.
constexpr std::uint64_t scale_hash(std::uint64_t part, std::uint64_t whole) noexcept {
  return static_cast<std::uint64_t>((Wide(part) * whole) >> 64);
}

}  // namespace dsprep
