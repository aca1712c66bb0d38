#include "tools/ingest/size.h"

#include <array>
#include <cstdio>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {

std::uint64_t parse_size(std::string_view text, std::string_view option) {
  std::string_view number = text;
  std::uint64_t unit = 1;
  if (!number.empty() && number.back() == 'B') number.remove_suffix(1);
  const bool binary = !number.empty() && number.back() == 'i';
  if (binary) number.remove_suffix(1);
  static constexpr std::string_view kLetters = "KMGT";
  const std::size_t power = number.empty() ? kLetters.npos : kLetters.find(number.back());
  if (power != kLetters.npos) {
    number.remove_suffix(1);
    for (std::size_t i = 0; i <= power; ++i) unit *= binary ? 1024 : 1000;
  }
  const auto value = parse_u64(number);
  std::uint64_t bytes = 0;
  if (!value || (binary && power == kLetters.npos) ||
      __builtin_mul_overflow(*value, unit, &bytes)) {
    throw Error(ErrorCode::kUsage,
                std::string(option) + ": '" + std::string(text) + "' is not a size", {},
                "write a number with K, M, G, Ki, Mi or Gi behind it, as in 256Mi");
  }
  return bytes;
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

}  // namespace dsprep
