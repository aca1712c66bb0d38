// PCRE2 as split patterns use it: owned objects, and one way to compile.
#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "dsprep/error.h"

namespace dsprep::pcre2 {

struct Free {
  void operator()(pcre2_code* p) const noexcept { pcre2_code_free(p); }
  void operator()(pcre2_compile_context* p) const noexcept { pcre2_compile_context_free(p); }
  void operator()(pcre2_match_data* p) const noexcept { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context* p) const noexcept { pcre2_match_context_free(p); }
  void operator()(pcre2_jit_stack* p) const noexcept { pcre2_jit_stack_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// Throws kUsage: `what`, and the reason.
[[noreturn]] inline void refuse(int error, const std::string& what) {
  PCRE2_UCHAR text[256] = {};
  pcre2_get_error_message(error, text, sizeof text);
  throw Error(ErrorCode::kUsage, what + ": " + reinterpret_cast<const char*>(text));
}

/// What PCRE2 10.42 concludes about the first character where a look begins the pattern is wrong:
/// "(?=a)(?:b|as)*a" does not find the "a" in "Sa1".
constexpr std::uint32_t kNoGuess = PCRE2_NO_START_OPTIMIZE;

/// In the dialect of tiktoken's patterns. Throws kUsage for a pattern that is none.
inline Owned<pcre2_code> compile(std::string_view pattern, std::uint32_t more_options = 0) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const Owned<pcre2_compile_context> context(pcre2_compile_context_create(nullptr));
  if (context == nullptr) throw std::bad_alloc();
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  Owned<pcre2_code> code(pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
          kNoGuess | more_options,
      &error, &offset, context.get()));
  if (code == nullptr) refuse(error, "the pattern fails at " + std::to_string(offset));
  return code;
}

}  // namespace dsprep::pcre2
