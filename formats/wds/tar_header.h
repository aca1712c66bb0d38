// The 512-byte header of a tar member (POSIX ustar), and pax records. See SPEC.md for the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dsprep {

inline constexpr std::size_t kTarBlock = 512;
inline constexpr std::size_t kTarNameBytes = 100;  // longer names go into a pax record
inline constexpr std::uint64_t kTarMaxSize =
    (1ULL << 33) - 1;  // eleven octal digits; larger sizes go into a pax record

enum class TarType : char { kFile = '0', kPaxNext = 'x', kPaxGlobal = 'g' };

using TarBlock = std::array<std::byte, kTarBlock>;

/// Mode 0644, time, user and group 0, no owner names. A longer name is cut to 100 bytes, a greater
/// size becomes 0: what holds then is the pax record before it.
TarBlock tar_header(std::string_view name, std::uint64_t size, TarType type);

/// "LENGTH KEYWORD=VALUE\n", where LENGTH counts itself.
std::string pax_record(std::string_view keyword, std::string_view value);

/// Zero bytes that follow a member of this size.
constexpr std::uint64_t tar_padding(std::uint64_t size) noexcept {
  return (kTarBlock - size % kTarBlock) % kTarBlock;
}

}  // namespace dsprep
