// Pixels to PNG through libpng.
#include <new>

#include "lib/image/codec.h"
#include "lib/image/png_errors.h"

namespace dsprep {
namespace {

constexpr int kCompressionLevel = 6;
constexpr int kBits = 8;

// Owns libpng's writer.
class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors_, PngErrors::on_error,
                                   PngErrors::on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_write_struct(&png_, nullptr);
      throw std::bad_alloc();
    }
    png_set_write_fn(png_, &out, take, flush);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { png_destroy_write_struct(&png_, &info_); }

  template <class Work>
  void guard(Work work) {
    guard_png(errors_, work);
  }
  png_structp png() const noexcept { return png_; }
  png_infop info() const noexcept { return info_; }

 private:
  static void take(png_structp png, png_bytep bytes, std::size_t count) {
    auto* out = static_cast<std::vector<std::byte>*>(png_get_io_ptr(png));
    bool done = false;
    try {
      const auto* from = reinterpret_cast<const std::byte*>(bytes);
      out->insert(out->end(), from, from + count);
      done = true;
    } catch (const std::bad_alloc&) {  // must not pass through libpng; reported below
    }
    if (!done) png_error(png, "not enough memory");
  }
  static void flush(png_structp) {}

  PngErrors errors_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

void encode_png(const Image& image, std::vector<std::byte>& out) {
  require_pixels(image);
  out.clear();
  Writer writer(out);
  writer.guard([&writer, &image] {
    png_structp png = writer.png();
    const int color = image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, writer.info(), image.width, image.height, kBits, color, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, kCompressionLevel);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    png_write_info(png, writer.info());
    for (std::uint32_t y = 0; y < image.height; ++y) png_write_row(png, image.row(y));
    png_write_end(png, nullptr);
  });
}

}  // namespace dsprep
