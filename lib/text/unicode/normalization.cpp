#include "lib/text/unicode/normalization.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {
namespace {

struct Mapping {
  char32_t from;
  const char* to;
};
struct Composition {
  char32_t first, second, composed;
};
struct CodePointRun {
  char32_t first, last;
  std::uint8_t value;
};
#include "lib/text/unicode/normalization_data.inc"

constexpr char32_t kTabled = 0x30000;  // no table knows a code point from here on

// Tables by code point, made at the first use.
class Tables {
 public:
  static const Tables& get() {
    static const Tables tables;
    return tables;
  }
  const char* canonical(char32_t c) const { return at(canonical_, c); }
  const char* compatible(char32_t c) const { return at(compatible_, c); }
  const char* lower(char32_t c) const { return at(lower_, c); }
  std::uint8_t combining_class(char32_t c) const { return c < kTabled ? classes_[c] : 0; }
  std::uint8_t script(char32_t c) const { return c < kTabled ? scripts_[c] : of_high(c); }

 private:
  Tables() {
    fill(canonical_, kCanonical);
    compatible_ = canonical_;
    fill(compatible_, kCompatible);
    fill(lower_, kLower);
    fill(classes_, kCombiningClasses);
    fill(scripts_, kScripts);
  }
  static void fill(std::vector<const char*>& table, std::span<const Mapping> mappings) {
    table.resize(kTabled);
    for (const Mapping& m : mappings) table[m.from] = m.to;
  }
  static void fill(std::vector<std::uint8_t>& table, std::span<const CodePointRun> runs) {
    table.resize(kTabled);
    for (const CodePointRun& run : runs)
      for (char32_t c = run.first; c <= run.last && c < kTabled; ++c) table[c] = run.value;
  }
  static const char* at(const std::vector<const char*>& table, char32_t c) {
    return c < kTabled ? table[c] : nullptr;
  }
  static std::uint8_t of_high(char32_t c) {
    for (const CodePointRun& run : kScripts)
      if (c >= run.first && c <= run.last) return run.value;
    return 0;
  }

  std::vector<const char*> canonical_, compatible_, lower_;
  std::vector<std::uint8_t> classes_, scripts_;
};

constexpr char32_t kHangul = 0xAC00, kLead = 0x1100, kVowel = 0x1161, kTrail = 0x11A7;
constexpr char32_t kVowels = 21, kTrails = 28, kSyllables = 19 * kVowels * kTrails;

struct Character {
  char32_t value;
  std::uint8_t combining_class;
};

class Normalization {
 public:
  explicit Normalization(NormalForm form)
      : compose_(form == NormalForm::kNfc || form == NormalForm::kNfkc),
        compatible_(form == NormalForm::kNfkc || form == NormalForm::kNfkd) {}

  void append(std::string_view text, std::string& out) {
    characters_.clear();
    for_each_code_point(text, [this](char32_t c, std::string_view) { decompose(c); });
    order();
    if (compose_) compose();
    for (const Character& c : characters_) append_utf8(out, c.value);
  }

 private:
  void add(char32_t c) { characters_.push_back({c, tables_.combining_class(c)}); }

  void decompose(char32_t c) {
    if (c >= kHangul && c < kHangul + kSyllables) {
      const char32_t index = c - kHangul;
      add(kLead + index / (kVowels * kTrails));
      add(kVowel + index % (kVowels * kTrails) / kTrails);
      if (index % kTrails != 0) add(kTrail + index % kTrails);
      return;
    }
    const char* const to = compatible_ ? tables_.compatible(c) : tables_.canonical(c);
    if (to == nullptr) {
      add(c);
    } else {
      for_each_code_point(to, [this](char32_t part, std::string_view) { add(part); });
    }
  }

  // Marks between two characters of class 0 go by their classes.
  void order() {
    const auto is_mark = [](const Character& c) { return c.combining_class != 0; };
    for (auto first = characters_.begin(); first != characters_.end();) {
      first = std::find_if(first, characters_.end(), is_mark);
      const auto last = std::find_if_not(first, characters_.end(), is_mark);
      std::stable_sort(first, last, [](const Character& a, const Character& b) {
        return a.combining_class < b.combining_class;
      });
      first = last;
    }
  }

  static char32_t composed(char32_t first, char32_t second) {
    if (first >= kLead && first < kLead + 19 && second >= kVowel && second < kVowel + kVowels)
      return kHangul + ((first - kLead) * kVowels + (second - kVowel)) * kTrails;
    if (first >= kHangul && first < kHangul + kSyllables && (first - kHangul) % kTrails == 0 &&
        second > kTrail && second < kTrail + kTrails)
      return first + (second - kTrail);
    static const std::vector<Composition> sorted = [] {
      std::vector<Composition> pairs(std::begin(kPairs), std::end(kPairs));
      std::ranges::sort(pairs, before);
      return pairs;
    }();
    const Composition wanted{first, second, 0};
    const auto found = std::ranges::lower_bound(sorted, wanted, before);
    return found != sorted.end() && !before(wanted, *found) ? found->composed : 0;
  }
  static bool before(const Composition& a, const Composition& b) {
    return a.first != b.first ? a.first < b.first : a.second < b.second;
  }

  // A character joins the last one of class 0 unless one between them keeps it away.
  void compose() {
    std::size_t kept = 0;
    std::size_t starter = characters_.size();  // none yet
    for (std::size_t i = 0; i < characters_.size(); ++i) {
      const Character c = characters_[i];
      if (starter < kept) {
        const bool adjacent = starter + 1 == kept;
        const bool free = adjacent || characters_[kept - 1].combining_class < c.combining_class;
        const char32_t joined = free ? composed(characters_[starter].value, c.value) : 0;
        if (joined != 0) {
          characters_[starter].value = joined;
          continue;
        }
      }
      if (c.combining_class == 0) starter = kept;
      characters_[kept++] = c;
    }
    characters_.resize(kept);
  }

  bool compose_, compatible_;
  const Tables& tables_ = Tables::get();
  std::vector<Character> characters_;
};

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

}  // namespace

// Nothing reaches over the front of an ASCII character, so only the runs of others (and the ASCII
// character before each, which a mark may join) are worked on.
std::string normal_form(std::string_view text, NormalForm form) {
  std::string out;
  out.reserve(text.size());
  Normalization normalization(form);
  while (!text.empty()) {
    const auto other = std::ranges::find_if_not(text, is_ascii);
    if (other == text.end()) break;
    auto plain = static_cast<std::size_t>(other - text.begin());
    if (plain > 0) --plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    const auto first_other = std::ranges::find_if_not(text, is_ascii);
    const auto end = std::find_if(first_other, text.end(), is_ascii);
    const auto length = static_cast<std::size_t>(end - text.begin());
    normalization.append(text.substr(0, length), out);
    text.remove_prefix(length);
  }
  out += text;
  return out;
}

std::string small_letters(std::string_view text) {
  const Tables& tables = Tables::get();
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](char32_t c, std::string_view bytes) {
    if (c < 0x80) {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    } else if (const char* const lower = tables.lower(c)) {
      out += lower;
    } else {
      out += bytes;
    }
  });
  return out;
}

unsigned script_of(char32_t c) { return Tables::get().script(c); }

}  // namespace dsprep
