#include "tools/ingest/table_scaling.h"

#include <algorithm>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(std::string_view item, const std::string& why) {
  throw Error(ErrorCode::kUsage, "--scale: '" + escape_controls(std::string(item)) + "' " + why, {},
              "write [FIELD=]standard, robust[:LOW:HIGH], minmax[:FROM:TO] or clip:LOW:HIGH");
}

std::vector<std::string> split(std::string_view text, char mark) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(mark, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

double number(const std::string& text, std::string_view item) {
  std::size_t used = 0;
  try {
    const double value = std::stod(text, &used);
    if (used == text.size()) return value;
  } catch (const std::exception&) {
  }
  refuse(item, "has '" + escape_controls(text) + "' for a number");
}

void set_bounds(ScaleItem& item, double low, double high, std::string_view text) {
  if (!(low < high)) refuse(text, "has bounds that do not rise");
  if (item.kind == ScalerKind::kMinMax) {
    item.options.from = low;
    item.options.to = high;
    return;
  }
  if (!(low >= 0 && high <= 1)) refuse(text, "has quantiles that are not from 0 to 1");
  item.options.low = low;
  item.options.high = high;
}

ScaleItem parse_item(const std::string& text) {
  ScaleItem item;
  const std::size_t equals = text.rfind('=');
  if (equals == 0) refuse(text, "names no field");
  if (equals != text.npos) item.field = text.substr(0, equals);
  const std::vector<std::string> words =
      split(std::string_view(text).substr(equals == text.npos ? 0 : equals + 1), ':');
  const auto kind = scaler_from_name(words[0]);
  if (!kind) refuse(text, "is no way to scale");
  item.kind = *kind;
  if (words.size() == 3 && *kind != ScalerKind::kStandard) {
    set_bounds(item, number(words[1], text), number(words[2], text), text);
  } else if (words.size() != 1 || *kind == ScalerKind::kClip) {
    refuse(text, "has the wrong number of bounds");
  }
  return item;
}

}  // namespace

std::vector<double> ScaleItem::quantiles() const {
  if (kind == ScalerKind::kRobust) return {options.low, 0.5, options.high};
  if (kind == ScalerKind::kClip) return {options.low, options.high};
  return {};
}

std::vector<ScaleItem> parse_scale(std::string_view spec) {
  std::vector<ScaleItem> items;
  if (spec.empty()) return items;
  for (const std::string& text : split(spec, ',')) {
    items.push_back(parse_item(text));
    const auto same = std::ranges::count(items, items.back().field, &ScaleItem::field);
    if (same != 1) refuse(text, "is the second for its field");
  }
  return items;
}

}  // namespace dsprep
