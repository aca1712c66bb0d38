#include "lib/text/sentencepiece/normalizer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep::sentencepiece {
namespace {

constexpr std::size_t kLongestRun = 4096, kWindow = 64;

// ASCII at the front, but the last one before another character, which may change it.
std::size_t ascii_run(std::string_view text) noexcept {
  const std::size_t most = std::min(text.size(), kLongestRun);
  std::size_t run = 0;
  for (std::uint64_t word = 0; run + 8 <= most; run += 8) {
    std::memcpy(&word, text.data() + run, 8);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (run < most && static_cast<unsigned char>(text[run]) < 0x80) ++run;
  return run < text.size() && run > 0 ? run - 1 : run;
}

}  // namespace

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
  for (std::size_t c = 0; c < 128; ++c) {
    kinds_[c] = kind_of(static_cast<char>(c));
    const auto bit = static_cast<std::uint8_t>(1U << (c >> 4));
    if (kinds_[c] == Kind::kWhite) tables_.space[c & 15] |= bit;
    if (kinds_[c] == Kind::kOther) tables_.alone[c & 15] |= bit;
  }
}

Normalizer::Kind Normalizer::kind_of(char c) const {
  std::uint32_t node = DoubleArray::kRoot;
  if (charsmap_.leads_ascii(static_cast<unsigned char>(c)) || symbols_.step(node, c))
    return Kind::kOther;
  const std::string_view one(&c, 1);
  const auto rule = charsmap_.longest(one);
  const std::string_view becomes = rule ? rule->replacement : one;
  if (becomes == " ") return Kind::kWhite;
  return becomes == one ? Kind::kPlain : Kind::kOther;
}

bool Normalizer::keeps(std::string_view text) const noexcept {
  return charsmap_.empty() && !has_symbols_ && !spec_.remove_extra_whitespaces &&
         spec_.escape_whitespaces && !space_as_suffix_ &&
         text.find(kSpaceMark) == std::string_view::npos;
}

// The first side ends with a character that stays, so that no space at its end is taken away.
bool Normalizer::may_cut(char before, char behind) const noexcept {
  const auto kind = [this](char c) { return kinds_[static_cast<unsigned char>(c)]; };
  return !has_symbols_ && !space_as_suffix_ && kind(before) == Kind::kPlain &&
         kind(behind) != Kind::kOther;
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

void Normalizer::start(NormalizedText& text) const {
  while (spec_.remove_extra_whitespaces && !text.rest.empty()) {
    const Prefix p = prefix(text.rest);
    if (p.text != " ") break;
    text.rest.remove_prefix(p.length);
  }
  if (text.rest.empty()) return;
  text.started = true;
  text.after_space = spec_.remove_extra_whitespaces;
  if (adds_prefix()) text.out += ' ';
}

// 64 bytes of ASCII at a time, as long as each becomes itself or a space; returns how many of them.
std::size_t Normalizer::add_windows(std::string_view from, char*& to, bool& after_space) const {
  const bool removes = spec_.remove_extra_whitespaces;
  std::size_t done = 0;
  for (; from.size() - done >= kWindow; done += kWindow) {
    const WordMasks masks = mask_words_(from.data() + done, tables_);
    if (masks.alone != 0) break;
    std::array<char, 2 * kWindow> window;  // what is copied from anywhere in it has its length
    std::memcpy(window.data(), from.data() + done, kWindow);
    for (std::uint64_t white = masks.space; white != 0; white &= white - 1)
      window[static_cast<std::size_t>(std::countr_zero(white))] = ' ';
    std::uint64_t removed = removes ? masks.space & (masks.space << 1 | (after_space ? 1 : 0)) : 0;
    std::size_t at = 0;
    for (; removed != 0; removed &= ~std::uint64_t{0} << at) {
      const auto stop = static_cast<std::size_t>(std::countr_zero(removed));
      std::memcpy(to, window.data() + at, kWindow);
      to += stop - at;
      at = stop + static_cast<std::size_t>(std::countr_one(removed >> stop));
      if (at == kWindow) break;
    }
    std::memcpy(to, window.data() + at, kWindow);
    to += kWindow - at;
    after_space = removes && masks.space >> 63 != 0;
  }
  return done;
}

// ASCII at the front, as long as it becomes itself or spaces. False where there is none.
bool Normalizer::add_ascii(NormalizedText& text) const {
  const std::string_view from = text.rest.substr(0, ascii_run(text.rest));
  if (from.empty()) return false;
  const std::size_t before = text.out.size();
  text.out.resize(before + from.size() + kWindow);
  char* const begin = text.out.data() + before;
  char* to = begin;
  const bool removes = spec_.remove_extra_whitespaces;
  bool after_space = text.after_space;
  std::size_t done = add_windows(from, to, after_space);
  for (; done < from.size(); ++done) {
    const Kind kind = kinds_[static_cast<unsigned char>(from[done])];
    if (kind == Kind::kOther) break;
    const bool white = kind == Kind::kWhite;
    *to = white ? ' ' : from[done];
    to += white && after_space ? 0 : 1;  // no branch: where words end cannot be guessed
    after_space = white && removes;
  }
  text.after_space = after_space;
  text.out.resize(before + static_cast<std::size_t>(to - begin));
  text.rest.remove_prefix(done);
  return done > 0;
}

void Normalizer::add_one(NormalizedText& text) const {
  const Prefix p = prefix(text.rest);
  text.rest.remove_prefix(p.length);
  std::string_view part = p.text;
  while (text.after_space && part.starts_with(' ')) part.remove_prefix(1);
  if (part.empty()) return;
  if (spec_.escape_whitespaces && part.find(kSpaceMark) != std::string_view::npos) {
    text.out += marks_as_spaces(part);
  } else {
    text.out += part;
  }
  text.after_space = part.ends_with(' ') && spec_.remove_extra_whitespaces;
}

void Normalizer::go_on(NormalizedText& text, std::size_t enough) const {
  if (!text.started) start(text);
  while (!text.rest.empty() && text.out.size() < enough)
    if (!add_ascii(text)) add_one(text);
  if (text.rest.empty() && text.started && !text.done) finish(text);
}

void Normalizer::finish(NormalizedText& text) const {
  text.out.resize(settled(text));
  if (space_as_suffix_ && spec_.add_dummy_prefix) text.out += ' ';
  text.done = true;
}

std::size_t Normalizer::settled(const NormalizedText& text) const noexcept {
  if (text.done || !spec_.remove_extra_whitespaces) return text.out.size();
  return text.out.find_last_not_of(' ') + 1;
}

std::string Normalizer::normalize(std::string_view text) const {
  NormalizedText whole{.rest = text};
  go_on(whole, std::numeric_limits<std::size_t>::max());
  return std::move(whole.out);
}

}  // namespace dsprep::sentencepiece
