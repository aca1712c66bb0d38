// libpng's errors as dsprep's. libpng leaves through longjmp, so the frames that it crosses hold
// nothing with a destructor.
#pragma once

#include <png.h>

#include <csetjmp>
#include <type_traits>

#include "dsprep/error.h"

namespace dsprep {

/// What libpng complained about. Its warnings are silent.
struct PngErrors {
  std::jmp_buf escape;
  ErrorCode code = ErrorCode::kCorrupt;
  char text[128] = {};

  [[noreturn]] void raise() const { throw Error(code, std::string("PNG: ") + text); }
  static void on_error(png_structp png, png_const_charp text);
  static void on_warning(png_structp, png_const_charp) {}
};

/// Runs `work`, which calls libpng and holds only trivially destructible objects. Throws what
/// libpng complained about.
template <class Work>
void guard_png(PngErrors& errors, Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  if (setjmp(errors.escape) != 0) errors.raise();
  work();
}

}  // namespace dsprep
