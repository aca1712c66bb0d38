#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "dsprep/shard_stream.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostNames = 1'000'000;

[[noreturn]] void refuse(std::string_view pattern, const char* why) {
  throw Error(ErrorCode::kUsage, std::string(why) + " in '" + escape_controls(pattern) + "'");
}

// "000..012": nothing where it is no range.
std::optional<std::vector<std::string>> range_of(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == text.npos) return std::nullopt;
  const std::string_view low = text.substr(0, dots), high = text.substr(dots + 2);
  const auto first = parse_u64(low), last = parse_u64(high);
  if (!first || !last || *last < *first || *last - *first >= kMostNames) return std::nullopt;
  const bool padded = (low.size() > 1 && low[0] == '0') || (high.size() > 1 && high[0] == '0');
  const std::size_t width = padded ? std::max(low.size(), high.size()) : 0;
  std::vector<std::string> out;
  for (std::uint64_t i = *first; i <= *last; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, width > number.size() ? width - number.size() : 0, '0');
    out.push_back(std::move(number));
  }
  return out;
}

std::vector<std::string> choices(std::string_view text) {
  if (auto range = range_of(text)) return *std::move(range);
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == ',') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> expand_braces(std::string_view pattern) {
  std::vector<std::string> out(1);
  if (pattern.starts_with("pipe:")) return {std::string(pattern)};
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::size_t open = std::min(rest.find_first_of("{}"), rest.size());
    for (std::string& name : out) name += rest.substr(0, open);
    if (open == rest.size()) break;
    const std::size_t close = rest.find_first_of("{}", open + 1);
    if (rest[open] == '}' || close == rest.npos || rest[close] == '{')
      refuse(pattern, "braces that do not pair");
    const std::vector<std::string> middle = choices(rest.substr(open + 1, close - open - 1));
    if (middle.size() > kMostNames / out.size()) refuse(pattern, "more than 1,000,000 names");
    std::vector<std::string> longer;
    for (const std::string& name : out)
      for (const std::string& choice : middle) longer.push_back(name + choice);
    out = std::move(longer);
    rest.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace dsprep
