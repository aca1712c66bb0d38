#include "tools/ingest/split.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/text.h"
#include "formats/common/wide.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kWhole = 1'000'000;
constexpr std::uint64_t kSplitSeed =
    0x73706C6974;  // "split": keeps this hash apart from the one that orders samples

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorCode::kUsage, "--split: '" + std::string(text) + "' " + why, {},
              "write auto, none, train=0.9,val=0.05,test=0.05, column:NAME or time:COLUMN<T1<T2");
}

// "0.05" or "1" as millionths: exact, without floating point.
std::optional<std::uint64_t> parse_millionths(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto whole = parse_u64(text.substr(0, dot));
  if (!whole || *whole > 1) return std::nullopt;
  std::uint64_t value = *whole * kWhole;
  if (dot == text.npos) return value;
  const std::string_view digits = text.substr(dot + 1);
  if (digits.empty() || digits.size() > 6 || !parse_u64(digits)) return std::nullopt;
  std::uint64_t fraction = *parse_u64(digits);
  for (std::size_t i = digits.size(); i < 6; ++i) fraction *= 10;
  return value + fraction;
}

}  // namespace

std::optional<std::string> split_from_folder(std::string_view folder) {
  if (folder == "train" || folder == "val" || folder == "test") return std::string(folder);
  if (folder == "valid" || folder == "validation") return "val";
  return std::nullopt;
}

void sort_splits(std::vector<std::string>& names) {
  const auto rank = [](const std::string& name) {
    static constexpr std::array<std::string_view, 3> kFirst = {"train", "val", "test"};
    return std::pair(std::ranges::find(kFirst, name) - kFirst.begin(), name);
  };
  std::ranges::sort(names, {}, rank);
}

SplitRule SplitRule::parse(std::string_view text) {
  SplitRule rule;
  if (text == "auto" || text == "none") {
    rule.kind_ = text == "auto" ? Kind::kAuto : Kind::kNone;
    return rule;
  }
  if (text.starts_with("column:")) {
    rule.kind_ = Kind::kColumn;
    rule.column_ = text.substr(7);
    if (rule.column_.empty()) refuse(text, "names no column");
    return rule;
  }
  if (text.starts_with("time:")) {
    rule.kind_ = Kind::kTime;
    const std::size_t first = text.find('<');
    rule.column_ = text.substr(5, std::min(first, text.size()) - 5);
    if (rule.column_.empty() || first == text.npos) refuse(text, "names no column or no border");
    rule.borders_text_ = text.substr(first);
    for (std::string_view rest = text.substr(first); !rest.empty();) {
      const std::size_t next = std::min(rest.find('<', 1), rest.size());
      const auto border = parse_time(rest.substr(1, next - 1));
      if (!border) refuse(text, "has a border that is neither a number nor ISO 8601");
      const TimeValue* const before = rule.borders_.empty() ? nullptr : &rule.borders_.back();
      if (before != nullptr && (before->date != border->date || !(*before < *border)))
        refuse(text, "has borders that do not rise");
      rule.borders_.push_back(*border);
      rest.remove_prefix(next);
    }
    if (rule.borders_.size() > 2) refuse(text, "has more than two borders");
    rule.shares_ = {{"train", 1}, {"test", 1}};
    if (rule.borders_.size() == 2) rule.shares_ = {{"train", 1}, {"val", 1}, {"test", 1}};
    return rule;
  }
  rule.kind_ = Kind::kRatios;
  std::uint64_t sum = 0;
  std::vector<std::string> names;
  std::vector<Share> given;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const std::size_t equals = item.find('=');
    const auto share =
        equals == item.npos ? std::nullopt : parse_millionths(item.substr(equals + 1));
    if (!share) refuse(text, "is not a list of NAME=SHARE with shares from 0 to 1");
    const std::string name(item.substr(0, equals));
    if (!legal_name(name)) refuse(text, "has a name that is not letters, digits, _ and -");
    if (std::ranges::find(names, name) != names.end()) refuse(text, "names '" + name + "' twice");
    names.push_back(name);
    given.push_back({name, *share});
    sum += *share;
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  if (sum != kWhole) refuse(text, "has shares that do not sum to 1");
  sort_splits(names);
  for (const std::string& name : names)
    rule.shares_.push_back(*std::ranges::find(given, name, &Share::name));
  return rule;
}

bool SplitRule::legal_name(std::string_view name) noexcept {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, legal);
}

std::string SplitRule::to_text() const {
  switch (kind_) {
    case Kind::kAuto:
      return "auto";
    case Kind::kNone:
      return "none";
    case Kind::kColumn:
      return "column:" + column_;
    case Kind::kTime:
      return "time:" + column_ + borders_text_;
    case Kind::kRatios:
      break;
  }
  std::string text;
  for (const Share& share : shares_) {
    std::string digits = std::to_string(kWhole + share.millionths).substr(1);
    text += (text.empty() ? "" : ",") + share.name + "=" +
            (share.millionths == kWhole ? "1" : "0") + "." + digits;
  }
  return text;
}

std::uint32_t SplitRule::share_of(const TimeValue& time) const {
  std::uint32_t share = 0;
  for (const TimeValue& border : borders_) {
    if (border.date != time.date) {
      throw Error(ErrorCode::kBadRow, std::string("is a ") + (time.date ? "date" : "number") +
                                          ", and --split " + to_text() + " compares with a " +
                                          (time.date ? "number" : "date"));
    }
    if (!(time < border)) ++share;
  }
  return share;
}

std::uint32_t SplitRule::share_of(Bytes identity) const noexcept {
  const std::uint64_t hash = xxh3_64(identity, kSplitSeed);
  const std::uint64_t place = scale_hash(hash, kWhole);
  std::uint64_t border = 0;
  for (std::uint32_t i = 0; i + 1 < shares_.size(); ++i) {
    border += shares_[i].millionths;
    if (place < border) return i;
  }
  return static_cast<std::uint32_t>(shares_.size() - 1);
}

}  // namespace dsprep
