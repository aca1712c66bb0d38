// libtiff on a file in memory, with RAII: what its handlers hear becomes dsprep's errors. One
// thread at a time; files share nothing.
#pragma once

#include <tiffio.h>

#include <memory>
#include <string>

#include "lib/image/codec.h"

namespace dsprep {

class TiffFile {
 public:
  /// Opens the first directory. `bytes` must outlive the file.
  explicit TiffFile(Bytes bytes);
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  TIFF* get() const noexcept { return tiff_.get(); }
  Bytes bytes() const noexcept { return bytes_; }

  /// A tag, its default where it is missing.
  std::uint16_t number(std::uint32_t tag) const;
  /// Call after what reads pixels: throws what libtiff complained about, unless `lenient`, where
  /// all that it could go on behind counts as a loss. `done`: it went on.
  void check(bool done, bool lenient);
  /// From here on, warnings tell of lost pixels.
  void reads_pixels() noexcept { reads_pixels_ = true; }
  void count_into(ImageInfo& info) const noexcept;
  [[noreturn]] void fail(ErrorCode code, const std::string& what) const;

 private:
  static int on_error(TIFF*, void* self, const char* module, const char* format, va_list values);
  static int on_warning(TIFF*, void* self, const char* module, const char* format, va_list values);
  static tmsize_t read(thandle_t self, void* out, tmsize_t size);
  static std::uint64_t seek(thandle_t self, std::uint64_t offset, int whence);
  static int map(thandle_t self, void** base, toff_t* size);

  struct Close {
    void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
  };

  Bytes bytes_;
  std::uint64_t at_ = 0;
  bool reads_pixels_ = false;
  std::string fault_;  // the first one since the last check
  std::uint32_t warnings_ = 0;
  std::uint32_t losses_ = 0;
  std::unique_ptr<TIFF, Close> tiff_;
};

}  // namespace dsprep
