// Small helpers on text that several parts need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dsprep {

/// Control characters and backslashes as \n, \t, \xNN, so that a hostile name stays on one line. Other bytes stay.
std::string escape_controls(std::string_view text);

/// True where `text` is UTF-8 without surrogates and overlong forms; `bad` gets the offset of the first bad byte.
bool is_utf8(std::string_view text, std::size_t* bad = nullptr) noexcept;

/// A whole decimal number without sign; nothing else in `text`.
std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept;

}  // namespace dsprep
