// Pieces of up to 15 bytes as two machine words, and hashes of pieces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace dsprep {

/// The bytes, zeros behind them, and the length in the last byte: equal keys are equal pieces, and
/// no key of a piece is zero.
struct PieceKey {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const PieceKey&, const PieceKey&) = default;
};

constexpr std::size_t kMaxKeyed = 15;
/// Of a longer piece; `low` is free.
constexpr PieceKey kLongKey = {0, std::uint64_t{kMaxKeyed + 1} << 56};
constexpr bool is_long(const PieceKey& key) noexcept { return key.high == kLongKey.high; }

/// kKeyMasks[n] keeps n bytes.
constexpr auto kKeyMasks = [] {
  std::array<PieceKey, kMaxKeyed + 1> masks{};
  for (std::size_t n = 0; n <= kMaxKeyed; ++n) {
    masks[n].low = n >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * n) - 1;
    masks[n].high = n <= 8 ? 0 : (std::uint64_t{1} << 8 * (n - 8)) - 1;
  }
  return masks;
}();

/// Requires: length <= kMaxKeyed and 16 readable bytes at p.
inline PieceKey key_of_padded(const char* p, std::size_t length) noexcept {
  PieceKey key;
  std::memcpy(&key.low, p, 8);
  std::memcpy(&key.high, p + 8, 8);
  key.low &= kKeyMasks[length].low;
  key.high = (key.high & kKeyMasks[length].high) | std::uint64_t{length} << 56;
  return key;
}

/// Requires: piece.size() <= kMaxKeyed.
inline PieceKey key_of(std::string_view piece) noexcept {
  char padded[16] = {};
  std::memcpy(padded, piece.data(), piece.size());
  return key_of_padded(padded, piece.size());
}

/// All 64 bits are usable; the upper ones are the better.
inline std::uint64_t hash_of(const PieceKey& key) noexcept {
  const std::uint64_t x = key.low * 0x9E3779B97F4A7C15U ^ key.high * 0xD6E8FEB86659FD93U;
  return (x ^ x >> 32) * 0xA0761D6478BD642FU;
}

/// Of any piece of 8 bytes or more.
inline std::uint64_t hash_of(std::string_view piece) noexcept {
  std::uint64_t hash = piece.size() * 0x9E3779B97F4A7C15U;
  std::uint64_t word;
  const auto mix = [&](const char* p) {
    std::memcpy(&word, p, 8);
    hash = (hash ^ word) * 0xA0761D6478BD642FU;
    hash ^= hash >> 29;
  };
  std::size_t i = 0;
  for (; i + 8 < piece.size(); i += 8) mix(piece.data() + i);
  mix(piece.data() + piece.size() - 8);
  return hash * 0xD6E8FEB86659FD93U;
}

}  // namespace dsprep
