#include "lib/text/pattern_items.h"

#include "lib/text/hf/stand_ins.h"
#include "lib/text/pcre2.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {

struct PatternItems::Codes {
  std::vector<pcre2::Owned<pcre2_code>> codes;
};

PatternItems::PatternItems(const std::vector<std::string>& items)
    : codes_(std::make_unique<Codes>()) {
  for (const std::string& item : items)
    codes_->codes.push_back(pcre2::compile(item, PCRE2_ANCHORED | PCRE2_ENDANCHORED));
}
PatternItems::~PatternItems() = default;
PatternItems::PatternItems(PatternItems&&) noexcept = default;

PatternProgram::Items PatternItems::of(char32_t character) const {
  std::string text, buffer;
  append_utf8(text, character);
  const std::string_view seen = hf::with_stand_ins(text, buffer);
  const pcre2::Owned<pcre2_match_data> match(pcre2_match_data_create(1, nullptr));
  if (match == nullptr) throw std::bad_alloc();
  PatternProgram::Items items = 0;
  for (std::size_t i = 0; i < codes_->codes.size(); ++i) {
    const int found = pcre2_match(codes_->codes[i].get(), reinterpret_cast<PCRE2_SPTR>(seen.data()),
                                  seen.size(), 0, PCRE2_NO_UTF_CHECK, match.get(), nullptr);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) pcre2::refuse(found, "a part of the pattern");
    items |= PatternProgram::Items{found >= 0 ? 1U : 0U} << i;
  }
  return items;
}

}  // namespace dsprep
