// libFuzzer: any bytes as text for the splitters: the hand-written ones and PCRE2
// agree.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "dsprep/error.h"
#include "lib/text/split.h"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = replace_invalid_utf8({reinterpret_cast<const char*>(data), size});
  if (first_invalid_utf8(text) != text.size()) std::abort();
  for (const char* name : {"gpt2", "cl100k", "qwen", "llama3", "o200k"}) {
    const std::string_view pattern = pattern_named(name);
    const auto known = known_splitter(pattern);
    const auto slow = make_regex_splitter(pattern, Unmatched::kDropped);
    if (ends_of(*known, text) != ends_of(*slow, text)) std::abort();
  }
  const auto deepseek = ends_of(*make_deepseek_splitter(), text);
  if (!text.empty() && deepseek.back() != text.size()) std::abort();
  return 0;
}
