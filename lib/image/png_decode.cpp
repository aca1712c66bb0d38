// PNG to pixels through libpng.
#include <cstring>

#include "lib/image/codec.h"
#include "lib/image/png_errors.h"
#include "lib/image/row_converter.h"
#include "lib/image/row_source.h"

namespace dsprep {

void PngErrors::on_error(png_structp png, png_const_charp text) {
  auto* errors = static_cast<PngErrors*>(png_get_error_ptr(png));
  std::strncpy(errors->text, text, sizeof errors->text - 1);
  std::longjmp(errors->escape, 1);
}

namespace {

// Owns libpng's reader.
class Reader {
 public:
  explicit Reader(Bytes bytes) : left_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors_, PngErrors::on_error,
                                  PngErrors::on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png_, this, give);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  template <class Work>
  void guard(Work work) {
    guard_png(errors_, work);
  }
  png_structp png() const noexcept { return png_; }
  png_infop info() const noexcept { return info_; }

 private:
  static void give(png_structp png, png_bytep out, std::size_t count) {
    auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
    if (count > reader->left_.size()) {
      reader->errors_.code = ErrorCode::kTruncated;
      png_error(png, "the file ends too early");
    }
    std::memcpy(out, reader->left_.data(), count);
    reader->left_ = reader->left_.subspan(count);
  }

  PngErrors errors_;
  Bytes left_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// How the rows come out of libpng after its own conversions: 8 bits, RGB or gray, with or without
// alpha.
struct Rows {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t channels = 0;  // with alpha
  int passes = 1;
  std::size_t bytes() const noexcept { return std::size_t{width} * channels; }
};

void read_header(png_structp png, png_infop info, Rows& rows) {
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the size has been checked already
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_benign_errors(png, 1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // no texts, no profiles
  png_read_info(png, info);
  png_set_expand(png);    // palettes, fewer than 8 bits, transparent colours
  png_set_scale_16(png);  // round(v * 255 / 65535)
  rows.passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  rows.width = png_get_image_width(png, info);
  rows.height = png_get_image_height(png, info);
  rows.channels = png_get_channels(png, info);
}

// Interlaced pictures come in passes that each touch all rows, so that all of them must stand in
// memory.
void read_interlaced(Reader& reader, const Rows& rows, const RowConverter& converter, Image& out) {
  std::vector<std::uint8_t> memory;
  if (!converter.copies()) memory.resize(rows.bytes() * rows.height);
  std::uint8_t* const first = memory.empty() ? out.pixels.data() : memory.data();
  reader.guard([&reader, &rows, first] {
    for (int pass = 0; pass < rows.passes; ++pass) {
      for (std::uint32_t y = 0; y < rows.height; ++y) {
        png_read_row(reader.png(), first + y * rows.bytes(), nullptr);
      }
    }
    png_read_end(reader.png(), nullptr);  // and the checksums of what follows
  });
  if (memory.empty()) return;
  for (std::uint32_t y = 0; y < rows.height; ++y) {
    converter.convert(first + y * rows.bytes(), out.row(y));
  }
}

Rows start(Reader& reader, const ImageInfo& info) {
  Rows rows;
  reader.guard([&reader, &rows] { read_header(reader.png(), reader.info(), rows); });
  if (rows.width != info.width || rows.height != info.height) {
    throw Error(ErrorCode::kCorrupt, "PNG: the decoder sees another size than the header check");
  }
  return rows;
}

class PngRows final : public RowSource {
 public:
  PngRows(Bytes bytes, const DecodeOptions& options, const ImageInfo& info)
      : reader_(bytes),
        rows_(start(reader_, info)),
        converter_(options, rows_.width, rows_.channels) {
    if (!converter_.copies()) row_.resize(rows_.bytes());
  }
  bool interlaced() const noexcept { return rows_.passes > 1; }

  void read(std::uint8_t* out, std::size_t stride, std::uint32_t count) override {
    for (std::uint32_t y = 0; y < count; ++y, out += stride) {
      std::uint8_t* const row = row_.empty() ? out : row_.data();
      reader_.guard([this, row] { png_read_row(reader_.png(), row, nullptr); });
      if (row != out) converter_.convert(row, out);
    }
  }
  void finish(ImageInfo&) override {
    reader_.guard([this] { png_read_end(reader_.png(), nullptr); });
  }
  void read_whole(Image& out) { read_interlaced(reader_, rows_, converter_, out); }

 private:
  Reader reader_;
  Rows rows_;
  RowConverter converter_;
  std::vector<std::uint8_t> row_;  // before its conversion
};

}  // namespace

void decode_png(Bytes bytes, const DecodeOptions& options, ImageInfo& info, Image& out) {
  PngRows rows(bytes, options, info);
  out.reshape(info.width, info.height, options.color == ColorMode::kGray ? 1 : 3);
  if (rows.interlaced()) return rows.read_whole(out);
  rows.read(out.pixels.data(), out.row_bytes(), info.height);
  rows.finish(info);
}

std::unique_ptr<RowSource> open_png_rows(Bytes bytes, const DecodeOptions& options,
                                         const ImageInfo& info) {
  auto rows = std::make_unique<PngRows>(bytes, options, info);
  if (rows->interlaced()) return nullptr;
  return rows;
}

std::string png_version() { return std::string("libpng ") + png_get_libpng_ver(nullptr); }

}  // namespace dsprep
