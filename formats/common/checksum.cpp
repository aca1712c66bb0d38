#include "dsprep/checksum.h"

#ifdef DSPREP_XXH_DISPATCH
#include <xxh_x86dispatch.h>  // the same names for functions that take what the processor has
#else
#include <xxhash.h>
#endif

#include <array>
#include <charconv>
#include <new>

namespace dsprep {

std::string to_hex(const Hash128& hash) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[i] = kHex[(hash.high >> (60 - 4 * i)) & 15];
    text[16 + i] = kHex[(hash.low >> (60 - 4 * i)) & 15];
  }
  return text;
}

std::optional<Hash128> hash128_from_hex(std::string_view text) noexcept {
  if (text.size() != 32) return std::nullopt;
  Hash128 hash;
  const auto read = [](std::string_view half, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(half.data(), half.data() + half.size(), value, 16);
    return error == std::errc() && end == half.data() + half.size();
  };
  if (!read(text.substr(0, 16), hash.high) || !read(text.substr(16), hash.low)) return std::nullopt;
  return hash;
}

std::uint64_t xxh3_64(Bytes bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 xxh3_128(Bytes bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

std::uint64_t xxh3_64_from_128(const Hash128& hash, Bytes bytes) noexcept {
  static constexpr std::size_t kLongestShortInput = 240;
  return bytes.size() > kLongestShortInput ? hash.low : xxh3_64(bytes);
}

struct Hasher128::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { XXH3_freeState(xxh); }
};

void Hasher128::Free::operator()(State* state) const noexcept { delete state; }

Hasher128::Hasher128() : state_(new State) {
  if (state_->xxh == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(state_->xxh);
}
Hasher128::~Hasher128() = default;
Hasher128::Hasher128(Hasher128&&) noexcept = default;
Hasher128& Hasher128::operator=(Hasher128&&) noexcept = default;

void Hasher128::update(Bytes bytes) noexcept {
  XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

Hash128 Hasher128::value() const noexcept {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh);
  return {hash.low64, hash.high64};
}

}  // namespace dsprep
