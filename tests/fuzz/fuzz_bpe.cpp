// libFuzzer: any bytes as text for the splitters: the hand-written ones agree with PCRE2, and
// DeepSeek's windows with its scan.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dsprep/error.h"
#include "lib/text/split.h"
#include "lib/text/split_deepseek.h"
#include "lib/text/utf8.h"

namespace {

using namespace dsprep;

std::vector<std::uint32_t> ends_of(const Splitter& splitter, std::string_view text) {
  const auto state = splitter.make_state();
  PieceEnds ends;
  for (std::size_t at = 0; at < text.size();) splitter.split(text, at, ends, state.get());
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < ends.size(); ++i) out.push_back(ends[i]);
  return out;
}

// Character by character, as the windows must have it.
std::vector<std::uint32_t> scanned_deepseek(std::string_view text) {
  std::vector<std::uint32_t> out;
  const auto* const start = reinterpret_cast<const scan::Byte*>(text.data());
  for (const auto* p = start; p < start + text.size();) {
    p = scan::deepseek(p, start + text.size());
    out.push_back(static_cast<std::uint32_t>(p - start));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = replace_invalid_utf8({reinterpret_cast<const char*>(data), size});
  if (first_invalid_utf8(text) != text.size()) std::abort();
  for (const char* name : {"gpt2", "cl100k", "qwen", "llama3", "o200k"}) {
    const std::string_view pattern = pattern_named(name);
    const auto known = known_splitter(pattern);
    const auto slow = make_regex_splitter(pattern, Unmatched::kDropped, RegexEngine::kPcre2);
    const auto automaton = make_regex_splitter(pattern, Unmatched::kDropped);
    if (ends_of(*known, text) != ends_of(*slow, text)) std::abort();
    if (ends_of(*automaton, text) != ends_of(*slow, text)) std::abort();
  }
  if (ends_of(*make_deepseek_splitter(), text) != scanned_deepseek(text)) std::abort();
  return 0;
}
