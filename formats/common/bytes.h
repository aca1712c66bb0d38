// Little-endian integers to and from bytes. dsprep's formats are little-endian, and so are the
// machines it supports.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "dsprep/checksum.h"

namespace dsprep {

static_assert(std::endian::native == std::endian::little, "dsprep runs on little-endian machines");

inline void put_bytes(std::vector<std::byte>& out, Bytes bytes) {
  if (bytes.empty()) return;
  const std::size_t size = out.size();
  out.resize(size + bytes.size());  // not insert(): gcc 12 warns of an overflow that is none
  std::memcpy(out.data() + size, bytes.data(), bytes.size());
}

template <class T>
requires std::is_trivially_copyable_v<T>
void put(std::vector<std::byte>& out, const T& value) {
  put_bytes(out, std::as_bytes(std::span(&value, 1)));
}

inline void put_u64(std::vector<std::byte>& out, std::uint64_t value) { put(out, value); }
inline void put_u32(std::vector<std::byte>& out, std::uint32_t value) { put(out, value); }

/// Reads a T at `offset`. Requires: offset + sizeof(T) <= bytes.size().
template <class T>
requires std::is_trivially_copyable_v<T> T get(Bytes bytes, std::size_t offset)
noexcept {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// `value` rounded up to a multiple of `unit`. Requires: no overflow.
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) noexcept {
  return (value + unit - 1) / unit * unit;
}

}  // namespace dsprep
