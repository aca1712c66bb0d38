// The patterns that are known by heart: names, the forms that tokenizer files write them in, and
// their splitters.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "lib/text/split.h"
#include "lib/text/split_deepseek.h"
#include "lib/text/split_window.h"

namespace dsprep {
namespace {

using scan::Byte;

// Vector windows, in a copy where the text ends before them; the scan for what they leave.
template <class Rules>
class WindowSplitter final : public Splitter {
 public:
  bool cuts_before_space() const noexcept override { return true; }

  void split(std::string_view text, std::size_t& position, PieceEnds& ends,
             SplitState*) const override {
    fast_ ? split_fast(text, position, ends) : split_here(text, position, ends);
  }

 private:
#if defined(__x86_64__)
  // All that is called is compiled for bit instructions, too.
  __attribute__((target("avx2,bmi,bmi2,lzcnt"), flatten)) void split_fast(std::string_view text,
                                                                          std::size_t& position,
                                                                          PieceEnds& ends) const {
    split_here(text, position, ends);
  }
  bool fast_ = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#else
  void split_fast(std::string_view text, std::size_t& position, PieceEnds& ends) const {
    split_here(text, position, ends);
  }
  bool fast_ = false;
#endif

  void split_here(std::string_view text, std::size_t& position, PieceEnds& ends) const {
    const auto* const start = reinterpret_cast<const Byte*>(text.data());
    const Byte* const end = start + text.size();
    const Byte* p = start + position;
    const Byte* const stop = text.size() - position > kStride ? p + kStride : end;
    while (p < stop) {
      ends.reserve(64);
      if (const window::Bits settled = borders_at(p, end); settled != 0) {
        p += write(settled, static_cast<std::uint32_t>(p - start), ends);
        continue;
      }
      p = Rules::next(p, end);
      *ends.next() = static_cast<std::uint32_t>(p - start);
      ends.added(1);
    }
    position = static_cast<std::size_t>(p - start);
  }

  window::Bits borders_at(const Byte* p, const Byte* end) const {
    const auto left = static_cast<std::size_t>(end - p);
    if (left >= kWindow) return borders_in(p, kWindow);
    if (left < kWorthCopying) return 0;
    std::array<Byte, kWindow> copy{};
    std::memcpy(copy.data(), p, left);
    return borders_in(copy.data(), static_cast<unsigned>(left));
  }
  // Of a window of which the first `size` bytes are text.
  window::Bits borders_in(const Byte* text, unsigned size) const {
    window::Classes classes = Rules::sort(text, sort_bytes_);
    classes.limit = std::min(classes.limit, size - window::kAhead);
    const window::Bits borders = Rules::borders(text, classes);
    return window::settled(borders, classes);
  }

  // The last border's offset in the window.
  static unsigned write(window::Bits borders, std::uint32_t base, PieceEnds& ends) noexcept {
    std::uint32_t* const begin = ends.next();
    std::uint32_t* out = begin;
    const auto last = static_cast<unsigned>(63 - std::countl_zero(borders));
    for (; borders != 0; borders &= borders - 1)
      *out++ = base + static_cast<std::uint32_t>(std::countr_zero(borders));
    ends.added(static_cast<std::size_t>(out - begin));
    return last;
  }

  static constexpr unsigned kWindow = 64;
  static constexpr std::size_t kWorthCopying = 12;
  SortBytes sort_bytes_ = best_sort_bytes();
};

template <class Rules>
std::unique_ptr<Splitter> make() {
  return std::make_unique<WindowSplitter<Rules>>();
}
struct Known {
  std::string_view pattern;
  std::unique_ptr<Splitter> (*make)();
};

constexpr std::string_view kGpt2 =
    R"('(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s)";
constexpr std::string_view kCl100k =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kO200k =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr Known kKnown[] = {
    {kGpt2, make<window::Gpt2>},
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
     make<window::Gpt2>},
    {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
     make<window::Gpt2>},
    {kCl100k, make<window::Cl100k<3, true>>},
    {kLlama3, make<window::Cl100k<3, false>>},
    {R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)",
     make<window::Cl100k<3, false>>},
    {kQwen, make<window::Cl100k<1, false>>},
    {kO200k, make<window::O200k<3, true>>},
    {R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     make<window::O200k<1, false>>},
};

struct Name {
  std::string_view name, pattern;
};
constexpr Name kNames[] = {
    {"gpt2", kGpt2},        {"r50k", kGpt2},           {"r50k_base", kGpt2},
    {"p50k", kGpt2},        {"p50k_base", kGpt2},      {"p50k_edit", kGpt2},
    {"cl100k", kCl100k},    {"cl100k_base", kCl100k},  {"o200k", kO200k},
    {"o200k_base", kO200k}, {"o200k_harmony", kO200k}, {"llama3", kLlama3},
    {"qwen", kQwen},        {"qwen2", kQwen},
};

}  // namespace

std::unique_ptr<Splitter> make_deepseek_splitter() { return make<window::DeepSeek>(); }

std::unique_ptr<Splitter> known_splitter(std::string_view pattern) {
  for (const Known& known : kKnown)
    if (known.pattern == pattern) return known.make();
  return nullptr;
}

std::string_view pattern_named(std::string_view name) noexcept {
  for (const Name& known : kNames)
    if (known.name == name) return known.pattern;
  return {};
}

}  // namespace dsprep
