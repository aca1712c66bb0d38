#include "lib/text/sentencepiece/normalizer.h"

#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep::sentencepiece {

std::string marks_as_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const bool mark = text.substr(at, kSpaceMark.size()) == kSpaceMark;
    out += mark ? ' ' : text[at];
    at += mark ? kSpaceMark.size() : 1;
  }
  return out;
}

Normalizer::Normalizer(const NormalizerSpec& spec, bool space_as_suffix,
                       const std::vector<std::string>& user_defined, const std::string& file)
    : spec_(spec),
      space_as_suffix_(space_as_suffix),
      charsmap_(spec.charsmap, file),
      has_symbols_(!user_defined.empty()) {
  std::vector<DoubleArray::Entry> entries;
  for (const std::string& symbol : user_defined) entries.emplace_back(symbol, 0U);
  symbols_ = DoubleArray(std::move(entries));
  for (unsigned c = 0; c < 128; ++c) {
    std::uint32_t node = DoubleArray::kRoot;
    plain_[c] = c != ' ' && !charsmap_.touches_ascii(static_cast<unsigned char>(c)) &&
                !symbols_.step(node, static_cast<char>(c));
  }
}

bool Normalizer::keeps(std::string_view text) const noexcept {
  return charsmap_.empty() && !has_symbols_ && !spec_.remove_extra_whitespaces &&
         spec_.escape_whitespaces && !space_as_suffix_ &&
         text.find(kSpaceMark) == std::string_view::npos;
}

// User-defined symbols first, then the longest rule, then the character itself.
Normalizer::Prefix Normalizer::prefix(std::string_view text) const {
  if (has_symbols_) {
    std::size_t longest = 0;
    std::uint32_t node = DoubleArray::kRoot;
    for (std::size_t i = 0; i < text.size() && symbols_.step(node, text[i]); ++i)
      if (symbols_.value(node) != DoubleArray::kNoValue) longest = i + 1;
    if (longest > 0) return {text.substr(0, longest), longest};
  }
  if (const auto rule = charsmap_.longest(text)) return {rule->replacement, rule->length};
  const CodePoint c = code_point_at(text, 0);
  if (c.value == 0xFFFD && c.length == 1) return {"\xEF\xBF\xBD", 1};
  return {text.substr(0, c.length), c.length};
}

// Bytes at the front that stay as they are; the last one before other than ASCII might not.
std::size_t Normalizer::plain_run(std::string_view text) const {
  std::size_t run = 0;
  while (run < text.size() && plain_[static_cast<unsigned char>(text[run])]) ++run;
  const bool before_other = run < text.size() && static_cast<unsigned char>(text[run]) >= 0x80;
  return before_other && run > 0 ? run - 1 : run;
}

void Normalizer::append(std::string_view part, std::string& out) const {
  if (spec_.escape_whitespaces && part.find(kSpaceMark) != std::string_view::npos) {
    out += marks_as_spaces(part);
  } else {
    out += part;
  }
}

std::string Normalizer::normalize(std::string_view text) const {
  std::string out;
  if (spec_.remove_extra_whitespaces) {
    while (!text.empty()) {
      const Prefix p = prefix(text);
      if (p.text != " ") break;
      text.remove_prefix(p.length);
    }
  }
  if (text.empty()) return out;
  out.reserve(text.size() + text.size() / 8 + 1);
  if (adds_prefix()) out += ' ';
  bool after_space = spec_.remove_extra_whitespaces;
  while (!text.empty()) {
    if (const std::size_t run = plain_run(text); run > 0) {
      out += text.substr(0, run);
      text.remove_prefix(run);
      after_space = false;
      continue;
    }
    const Prefix p = prefix(text);
    std::string_view part = p.text;
    while (after_space && part.starts_with(' ')) part.remove_prefix(1);
    if (!part.empty()) {
      append(part, out);
      after_space = part.ends_with(' ') && spec_.remove_extra_whitespaces;
    }
    text.remove_prefix(p.length);
  }
  if (spec_.remove_extra_whitespaces) {
    while (out.ends_with(' ')) out.pop_back();
  }
  if (space_as_suffix_ && spec_.add_dummy_prefix) out += ' ';
  return out;
}

}  // namespace dsprep::sentencepiece
