#include "tools/ingest/table_time.h"

#include <charconv>
#include <chrono>
#include <cmath>

namespace dsprep {
namespace {

// Takes `digits` decimal digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) noexcept {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) noexcept {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_day(std::string_view& text) noexcept {
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date).time_since_epoch().count();
}

std::optional<double> take_fraction(std::string_view& text) noexcept {
  double value = 0, scale = 0.1;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    value += scale * (text[digits] - '0');
    scale /= 10;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// Seconds that the zone is ahead of UTC.
std::optional<int> take_zone(std::string_view& text) noexcept {
  if (text.empty() || take(text, 'Z')) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    (void)take(text, ':');
    const auto given = take_digits(text, 2);
    if (!given || *given > 59) return std::nullopt;
    minutes = *given;
  }
  return sign * (*hours * 3600 + minutes * 60);
}

std::optional<TimeValue> parse_date(std::string_view text) noexcept {
  const auto day = take_day(text);
  if (!day) return std::nullopt;
  TimeValue value{.whole = *day * 86400, .rest = 0, .date = true};
  if (text.empty()) return value;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  value.whole += *hour * 3600 + *minute * 60;
  if (take(text, ':')) {
    const auto second = take_digits(text, 2);
    if (!second || *second > 60) return std::nullopt;
    value.whole += *second;
    if (take(text, '.')) {
      const auto rest = take_fraction(text);
      if (!rest) return std::nullopt;
      value.rest = *rest;
    }
  }
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  value.whole -= *zone;
  return value;
}

}  // namespace

TimeValue time_of(double number) noexcept {
  const double whole = std::floor(number);
  return {.whole = static_cast<std::int64_t>(whole), .rest = number - whole};
}

std::optional<TimeValue> parse_time(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole);
      read.ec == std::errc() && read.ptr == end)
    return TimeValue{.whole = whole};
  double number = 0;
  if (const auto read = std::from_chars(text.data(), end, number);
      read.ec == std::errc() && read.ptr == end) {
    if (!(std::abs(number) < 9.2e18)) return std::nullopt;
    return time_of(number);
  }
  return parse_date(text);
}

}  // namespace dsprep
