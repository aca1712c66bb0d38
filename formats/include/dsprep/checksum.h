// XXH3 checksums (xxHash). Not cryptographic: they find damage, not forgery.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dsprep {

using Bytes = std::span<const std::byte>;

/// A 128-bit hash. Text form: 32 hexadecimal digits, high half first, as `xxh128sum` prints it.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

std::string to_hex(const Hash128& hash);
/// Empty where `text` is not 32 hexadecimal digits.
std::optional<Hash128> hash128_from_hex(std::string_view text) noexcept;

std::uint64_t xxh3_64(Bytes bytes, std::uint64_t seed = 0) noexcept;
Hash128 xxh3_128(Bytes bytes) noexcept;

/// XXH3-64 of the bytes whose XXH3-128 is `hash`: above 240 bytes it is the low half (a property of XXH3 that a test
/// checks), so that one pass over a picture gives both.
std::uint64_t xxh3_64_from_128(const Hash128& hash, Bytes bytes) noexcept;

inline Bytes as_bytes(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }

/// XXH3-128 of a stream of pieces. One thread at a time. `value()` may be asked for between updates.
class Hasher128 {
 public:
  Hasher128();
  ~Hasher128();
  Hasher128(Hasher128&&) noexcept;
  Hasher128& operator=(Hasher128&&) noexcept;

  void update(Bytes bytes) noexcept;
  Hash128 value() const noexcept;

 private:
  struct State;
  struct Free {
    void operator()(State* state) const noexcept;
  };
  std::unique_ptr<State, Free> state_;
};

}  // namespace dsprep
