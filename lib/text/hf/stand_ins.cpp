#include "lib/text/hf/stand_ins.h"

#include <algorithm>
#include <iterator>

#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep::hf {
namespace {

struct Run {
  char32_t first, last, stand_in;
};
constexpr Run kRuns[] = {
#include "lib/text/hf/stand_ins_data.inc"
};

char32_t stand_in_of(char32_t c) {
  const auto* const run = std::ranges::lower_bound(kRuns, c, {}, &Run::last);
  return run != std::end(kRuns) && run->first <= c ? run->stand_in : c;
}

}  // namespace

std::string_view with_stand_ins(std::string_view text, std::string& buffer) {
  const auto is_long = [](char c) { return static_cast<unsigned char>(c) >= 0xE0; };
  if (std::ranges::none_of(text, is_long)) return text;
  bool changed = false;
  buffer.clear();
  for_each_code_point(text, [&](char32_t c, std::string_view bytes) {
    const char32_t seen = c < 0x800 ? c : stand_in_of(c);
    changed = changed || seen != c;
    if (seen == c) {
      buffer += bytes;
    } else {
      append_utf8(buffer, seen);
    }
  });
  return changed ? std::string_view(buffer) : text;
}

}  // namespace dsprep::hf
