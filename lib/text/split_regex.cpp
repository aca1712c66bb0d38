// Any pattern, through PCRE2 with its compiler to machine code.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <string>

#include "dsprep/error.h"
#include "lib/text/split.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(int error, const std::string& what) {
  PCRE2_UCHAR text[256] = {};
  pcre2_get_error_message(error, text, sizeof text);
  throw Error(ErrorCode::kUsage, what + ": " + reinterpret_cast<const char*>(text));
}

struct Free {
  void operator()(pcre2_code* p) const noexcept { pcre2_code_free(p); }
  void operator()(pcre2_match_data* p) const noexcept { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context* p) const noexcept { pcre2_match_context_free(p); }
  void operator()(pcre2_jit_stack* p) const noexcept { pcre2_jit_stack_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

constexpr std::size_t kStackStart = 32 * 1024, kStackMost = 64 * 1024 * 1024;

struct RegexState final : SplitState {
  explicit RegexState(const pcre2_code* code)
      : match(pcre2_match_data_create_from_pattern(code, nullptr)),
        context(pcre2_match_context_create(nullptr)),
        stack(pcre2_jit_stack_create(kStackStart, kStackMost, nullptr)) {
    if (match == nullptr || context == nullptr) throw std::bad_alloc();
    if (stack != nullptr) pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  }
  Owned<pcre2_match_data> match;
  Owned<pcre2_match_context> context;
  Owned<pcre2_jit_stack> stack;
};

class RegexSplitter final : public Splitter {
 public:
  RegexSplitter(std::string_view pattern, Unmatched unmatched)
      : gap_mark_(unmatched == Unmatched::kDropped ? PieceEnds::kDropped : 0) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_.reset(
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C,
                      &error, &offset, nullptr));
    if (code_ == nullptr) refuse(error, "the pattern fails at " + std::to_string(offset));
    pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);  // without it the interpreter does the work
  }

  std::unique_ptr<SplitState> make_state() const override {
    return std::make_unique<RegexState>(code_.get());
  }
  bool cuts_before_space() const noexcept override { return false; }

  void split(std::string_view text, std::size_t& position, PieceEnds& ends,
             SplitState* state) const override {
    auto& regex = static_cast<RegexState&>(*state);
    const std::size_t stop = text.size() - position > kStride ? position + kStride : text.size();
    std::size_t from = position;
    while (position < stop) {
      const int found =
          pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                      PCRE2_NO_UTF_CHECK, regex.match.get(), regex.context.get());
      if (found == PCRE2_ERROR_NOMATCH) {
        ends.push(static_cast<std::uint32_t>(text.size()) | gap_mark_);
        position = text.size();
        return;
      }
      if (found < 0) refuse(found, "the pattern cannot be matched at " + std::to_string(from));
      const PCRE2_SIZE* const range = pcre2_get_ovector_pointer(regex.match.get());
      const std::size_t begin = range[0], end = range[1];
      if (end <= begin) {  // an empty match cuts nothing: look on behind the next character
        from = begin + 1;
        while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80)
          ++from;
        continue;
      }
      if (begin > position) ends.push(static_cast<std::uint32_t>(begin) | gap_mark_);
      ends.push(static_cast<std::uint32_t>(end));
      position = from = end;
    }
  }

 private:
  Owned<pcre2_code> code_;
  std::uint32_t gap_mark_;
};

}  // namespace

std::unique_ptr<Splitter> make_regex_splitter(std::string_view pattern, Unmatched unmatched) {
  return std::make_unique<RegexSplitter>(pattern, unmatched);
}

}  // namespace dsprep
