#include "lib/image/jpeg_errors.h"

#include <jerror.h>

namespace dsprep {
namespace {

constexpr unsigned kEoi = 0xd9;

ErrorCode class_of(j_common_ptr common) noexcept {
  switch (common->err->msg_code) {
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
    case JWRN_JPEG_EOF:
      return ErrorCode::kTruncated;
    case JWRN_HIT_MARKER: {  // data of a scan end early: at the end marker it is a truncated
                             // picture, else damage
      const bool at_end = reinterpret_cast<j_decompress_ptr>(common)->unread_marker == kEoi;
      return at_end ? ErrorCode::kTruncated : ErrorCode::kCorrupt;
    }
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW:
      return ErrorCode::kTooLarge;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
      return ErrorCode::kUnsupportedFormat;
    default:
      return ErrorCode::kCorrupt;
  }
}

// Warnings after which every pixel is still what was encoded.
bool is_harmless(int message) noexcept {
  return message == JWRN_EXTRANEOUS_DATA || message == JWRN_ADOBE_XFORM ||
         message == JWRN_NOT_SEQUENTIAL || message == JWRN_BOGUS_ICC;
}

[[noreturn]] void leave(j_common_ptr common) {
  auto* errors = reinterpret_cast<JpegErrors*>(common->err);
  errors->code = class_of(common);
  common->err->format_message(common, errors->text);
  std::longjmp(errors->escape, 1);
}

void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;  // traces
  auto* errors = reinterpret_cast<JpegErrors*>(common->err);
  if (is_harmless(common->err->msg_code)) {
    ++errors->warnings;
  } else if (errors->lenient) {
    ++errors->losses;
  } else {
    leave(common);
  }
}

void print_nothing(j_common_ptr) {}

}  // namespace

JpegErrors::JpegErrors() {
  jpeg_std_error(&manager);
  manager.error_exit = leave;
  manager.emit_message = on_message;
  manager.output_message = print_nothing;
}

}  // namespace dsprep
