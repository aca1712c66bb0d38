// Sizes as users type them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dsprep {

/// "300", "64K" (1000), "256Mi" (1024 · 1024), "2G": a number of bytes. Throws kUsage that names
/// `option`.
std::uint64_t parse_size(std::string_view text, std::string_view option);

/// "1.5 GiB": for people.
std::string human_bytes(std::uint64_t bytes);

}  // namespace dsprep
