#include "tools/chart.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "formats/common/wide.h"

namespace dsprep {
namespace {

constexpr const char* kUpward[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr const char* kSideward[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::uint64_t kEighths = 8;

// `count` of `most` as `cells` cells of eight eighths; what is not 0 has one at least.
std::uint64_t eighths(std::uint64_t count, std::uint64_t most, std::size_t cells) {
  if (count == 0 || most == 0) return 0;
  const Wide whole = Wide(count) * cells * kEighths;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>((whole + most / 2) / most));
}

std::vector<std::uint64_t> grouped(std::span<const std::uint64_t> counts, std::size_t columns) {
  if (counts.size() <= columns) return {counts.begin(), counts.end()};
  const std::size_t group = (counts.size() + columns - 1) / columns;
  std::vector<std::uint64_t> out((counts.size() + group - 1) / group);
  for (std::size_t i = 0; i < counts.size(); ++i) out[i / group] += counts[i];
  return out;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

ChartStyle chart_style() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == 0) continue;
    std::string text = value;
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    const bool utf8 = text.find("utf-8") != text.npos || text.find("utf8") != text.npos;
    return utf8 ? ChartStyle::kUnicode : ChartStyle::kAscii;
  }
  return ChartStyle::kAscii;
}

std::string column_chart(std::span<const std::uint64_t> counts, const std::string& left,
                         const std::string& right, const ChartOptions& options) {
  const std::vector<std::uint64_t> columns = grouped(counts, options.columns);
  const std::uint64_t most = columns.empty() ? 0 : *std::ranges::max_element(columns);
  std::string out;
  for (std::size_t line = options.height; line-- > 0;) {
    std::string cells;
    for (const std::uint64_t count : columns) {
      const std::uint64_t full = eighths(count, most, options.height);
      const std::uint64_t here =
          std::min(kEighths, full - std::min(full, std::uint64_t{line} * kEighths));
      if (options.style == ChartStyle::kUnicode) {
        cells += kUpward[here];
      } else {
        cells += here == 0 ? ' ' : here <= kEighths / 2 ? '.' : '#';
      }
    }
    out += "  " + trimmed(std::move(cells)) + "\n";
  }
  const std::size_t used = left.size() + right.size();
  const std::size_t gap = columns.size() > used ? columns.size() - used : 1;
  return out + "  " + left + std::string(gap, ' ') + right + "\n";
}

std::string bar(std::uint64_t count, std::uint64_t most, std::size_t width, ChartStyle style) {
  const std::uint64_t all = eighths(count, most, width);
  std::string out;
  if (style == ChartStyle::kAscii) return std::string((all + kEighths - 1) / kEighths, '#');
  for (std::uint64_t i = 0; i < all / kEighths; ++i) out += kSideward[kEighths];
  return out + kSideward[all % kEighths];
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace dsprep
