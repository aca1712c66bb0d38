#include "lib/image/tiff_file.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>

namespace dsprep {
namespace {

constexpr tmsize_t kMaxAllocation = tmsize_t{1} << 30;  // of libtiff at once

tmsize_t write_nothing(thandle_t, void*, tmsize_t) { return 0; }
int close_nothing(thandle_t) { return 0; }
void unmap_nothing(thandle_t, void*, toff_t) {}

// libtiff calls a file that ends before its directory damaged.
void check_directory_offset(Bytes bytes) {
  const bool large = bytes.size() > 2 && (bytes[2] == std::byte{43} || bytes[3] == std::byte{43});
  const std::size_t size = large ? 8 : 4;
  std::uint64_t offset = 0;
  if (bytes.size() >= 2 * size) {
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t at = size + (bytes[0] == std::byte{'M'} ? i : size - 1 - i);
      offset = offset << 8 | std::to_integer<unsigned>(bytes[at]);
    }
    if (offset < bytes.size() - 2) return;
  }
  throw Error(ErrorCode::kTruncated, "TIFF: the file ends before its directory",
              {.offset = bytes.size()});
}

}  // namespace

TiffFile::TiffFile(Bytes bytes) : bytes_(bytes) {
  check_directory_offset(bytes);
  struct Free {
    void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
  };
  const std::unique_ptr<TIFFOpenOptions, Free> options(TIFFOpenOptionsAlloc());
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAllocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, this);
  tiff_.reset(TIFFClientOpenExt(
      "TIFF", "r", this, read, write_nothing, seek, close_nothing,
      [](thandle_t self) { return toff_t{static_cast<TiffFile*>(self)->bytes_.size()}; }, map,
      unmap_nothing, options.get()));
  if (!tiff_) check(false, false);
  if (!fault_.empty()) ++warnings_;  // a tag that is not used as it should be
  fault_.clear();
  losses_ = 0;
}

std::uint16_t TiffFile::number(std::uint32_t tag) const {
  std::uint16_t value = 0;
  if (TIFFGetFieldDefaulted(tiff_.get(), tag, &value) != 1) return 0;
  return value;
}

void TiffFile::check(bool done, bool lenient) {
  if (done && fault_.empty()) return;
  if (!done || !lenient) fail(ErrorCode::kCorrupt, fault_.empty() ? "damaged" : fault_);
  fault_.clear();
}

void TiffFile::count_into(ImageInfo& info) const noexcept {
  info.warnings += warnings_;
  info.losses += losses_;
}

void TiffFile::fail(ErrorCode code, const std::string& what) const {
  throw Error(code, "TIFF: " + what);
}

int TiffFile::on_error(TIFF*, void* self, const char* module, const char* format, va_list values) {
  auto* file = static_cast<TiffFile*>(self);
  char text[256];
  std::vsnprintf(text, sizeof text, format, values);
  ++file->losses_;
  if (file->fault_.empty()) file->fault_ = std::string(module ? module : "") + ": " + text;
  return 1;
}

int TiffFile::on_warning(TIFF* tiff, void* self, const char* module, const char* format,
                         va_list values) {
  auto* file = static_cast<TiffFile*>(self);
  if (file->reads_pixels_) return on_error(tiff, self, module, format, values);
  ++file->warnings_;
  return 1;
}

tmsize_t TiffFile::read(thandle_t self, void* out, tmsize_t size) {
  auto* file = static_cast<TiffFile*>(self);
  const std::uint64_t left =
      file->bytes_.size() - std::min<std::uint64_t>(file->at_, file->bytes_.size());
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(left, static_cast<std::uint64_t>(size)));
  if (count > 0) std::memcpy(out, file->bytes_.data() + file->at_, count);
  file->at_ += count;
  return static_cast<tmsize_t>(count);
}

std::uint64_t TiffFile::seek(thandle_t self, std::uint64_t offset, int whence) {
  auto* file = static_cast<TiffFile*>(self);
  const std::uint64_t base = whence == SEEK_CUR   ? file->at_
                             : whence == SEEK_END ? file->bytes_.size()
                                                  : 0;
  return file->at_ = base + offset;
}

// libtiff only reads what it maps.
int TiffFile::map(thandle_t self, void** base, toff_t* size) {
  const Bytes bytes = static_cast<TiffFile*>(self)->bytes_;
  *base = const_cast<std::byte*>(bytes.data());
  *size = bytes.size();
  return 1;
}

}  // namespace dsprep
