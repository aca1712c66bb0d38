// Points in time of a table's column: plain numbers, or ISO 8601.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dsprep {

/// A number as its floor and the rest below 1, so that whole numbers of 64 bits stay exact; of a
/// date the seconds since 1970-01-01 UTC.
struct TimeValue {
  std::int64_t whole = 0;
  double rest = 0;
  bool date = false;  ///< read from ISO 8601

  /// Requires: both are numbers, or both are dates.
  friend std::partial_ordering operator<=>(const TimeValue& a, const TimeValue& b) noexcept {
    if (a.whole != b.whole) return a.whole <=> b.whole;
    return a.rest <=> b.rest;
  }
};

TimeValue time_of(double number) noexcept;  ///< requires: |number| < 2^63

/// "1700000000", "12.5", "2024-02-29", "2024-02-29T12:30", "2024-02-29 12:30:00.25+01:00" (without
/// a zone: UTC; a leap second counts as the second behind it). Empty where it is neither.
std::optional<TimeValue> parse_time(std::string_view text) noexcept;

}  // namespace dsprep
