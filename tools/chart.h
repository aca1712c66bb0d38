// Histograms in a terminal: of Unicode blocks, or of ASCII where the terminal has no UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace dsprep {

enum class ChartStyle : std::uint8_t { kUnicode, kAscii };

/// Unicode where LC_ALL, LC_CTYPE or LANG, the first that is set, names UTF-8.
ChartStyle chart_style();

struct ChartOptions {
  ChartStyle style = ChartStyle::kUnicode;
  std::size_t height = 5;    ///< lines
  std::size_t columns = 64;  ///< at most; more counts are added up in groups
};

/// Columns upwards, the greatest one over the whole height and any other that is not 0 at least
/// visible; below them a line with `left` and `right`. Every line ends in a line feed.
std::string column_chart(std::span<const std::uint64_t> counts, const std::string& left,
                         const std::string& right, const ChartOptions& options);

/// A bar of `width` cells at most, that fills `count` of `most`; at least visible unless 0.
std::string bar(std::uint64_t count, std::uint64_t most, std::size_t width, ChartStyle style);

/// A number in six significant digits, without zeros at the end.
std::string short_number(double value);

}  // namespace dsprep
