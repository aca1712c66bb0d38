// The vector part of UTF-8 validation.
#pragma once

#include <cstddef>
#include <string_view>

namespace dsprep {

/// Length of a prefix of `text` that is valid UTF-8 and ends at a character's end: as much as whole
/// vectors prove. What follows may be valid, too. 0 on a machine without AVX2.
std::size_t valid_utf8_prefix(std::string_view text) noexcept;

}  // namespace dsprep
