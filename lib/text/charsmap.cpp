#include "lib/text/charsmap.h"

#include <cstring>

#include "dsprep/error.h"

namespace dsprep {
namespace {

// Bit fields of a unit of darts-clone's double array.
std::size_t offset_of(std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200U) >> 6); }
bool has_value(std::uint32_t unit) { return (unit & 0x100U) != 0; }
std::uint32_t label_of(std::uint32_t unit) { return unit & 0x800000FFU; }
std::uint32_t value_of(std::uint32_t unit) { return unit & 0x7FFFFFFFU; }

}  // namespace

Charsmap::Charsmap(std::string_view blob, const std::string& file) {
  if (blob.empty()) return;
  const auto broken = [&] {
    return Error(ErrorCode::kCorrupt, "the precompiled charsmap is broken", {.file = file});
  };
  std::uint32_t size = 0;
  if (blob.size() <= 4) throw broken();
  std::memcpy(&size, blob.data(), 4);
  if (size % 4 != 0 || size == 0 || size >= blob.size() - 4) throw broken();
  units_.resize(size / 4);
  std::memcpy(units_.data(), blob.data() + 4, size);
  replacements_ = std::string(blob.substr(4 + size)) + '\0';
  for (unsigned c = 0; c < 128; ++c) {
    std::size_t node = offset_of(units_[0]);
    if (!next(node, static_cast<unsigned char>(c))) continue;
    for (unsigned second = 0; second < 128; ++second) {
      std::size_t child = node ^ offset_of(units_[node]);
      leads_ascii_[c] = leads_ascii_[c] || next(child, static_cast<unsigned char>(second));
    }
  }
}

// From a place to the unit behind `byte`; the unit's children stand at node ^ its offset.
bool Charsmap::next(std::size_t& node, unsigned char byte) const noexcept {
  node ^= byte;
  return node < units_.size() && label_of(units_[node]) == byte;
}

std::optional<Charsmap::Rule> Charsmap::find(std::string_view text, bool longest) const noexcept {
  std::optional<Rule> rule;
  if (units_.empty()) return rule;
  std::size_t place = offset_of(units_[0]);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0' || !next(place, static_cast<unsigned char>(text[i]))) break;
    const std::uint32_t unit = units_[place];
    place ^= offset_of(unit);
    if (!has_value(unit)) continue;
    if (place >= units_.size()) break;
    const std::size_t at = value_of(units_[place]);
    if (at >= replacements_.size()) break;
    rule = Rule{i + 1, std::string_view(replacements_.c_str() + at)};
    if (!longest) break;
  }
  return rule;
}

}  // namespace dsprep
