// libjpeg's errors as dsprep's. libjpeg leaves through longjmp, so the frames that it crosses hold
// nothing with a destructor.
#pragma once

#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>

// jpeglib.h names FILE and size_t without including what declares them, so it comes last.
#include <jpeglib.h>  // NOLINT

#include "dsprep/error.h"
#include "dsprep/image.h"

namespace dsprep {

/// Error manager: the first fault that loses pixels ends the work; harmless warnings are counted;
/// nothing is printed.
struct JpegErrors {
  jpeg_error_mgr manager;  // first: libjpeg hands its address back
  std::jmp_buf escape;
  ErrorCode code = ErrorCode::kCorrupt;
  char text[JMSG_LENGTH_MAX] = {};
  bool lenient = false;        ///< lost pixels are counted, too
  std::uint32_t warnings = 0;  ///< harmless ones
  std::uint32_t losses = 0;

  JpegErrors();
  [[noreturn]] void raise() const { throw Error(code, std::string("JPEG: ") + text); }
  void count_into(ImageInfo& info) const noexcept {
    info.warnings += warnings;
    info.losses += losses;
  }
};

/// Runs `work`, which calls libjpeg and holds only trivially destructible objects. Throws what
/// libjpeg complained about.
template <class Work>
void guard_jpeg(JpegErrors& errors, Work work) {
  static_assert(std::is_trivially_destructible_v<Work>);
  if (setjmp(errors.escape) != 0) errors.raise();
  work();
}

}  // namespace dsprep
