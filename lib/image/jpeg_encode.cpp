// Pixels to JPEG through libjpeg-turbo.
#include <jerror.h>

#include <algorithm>
#include <new>

#include "lib/image/codec.h"
#include "lib/image/jpeg_coefficients.h"
#include "lib/image/jpeg_errors.h"

namespace dsprep {
namespace {

constexpr std::size_t kFirstBytes = 64 << 10;
constexpr std::uint32_t kRowsAtOnce = 16;

// Where libjpeg's output goes: a vector that grows. The manager comes first, since libjpeg hands
// its address back.
struct Destination {
  jpeg_destination_mgr manager{};
  std::vector<std::byte>* out = nullptr;

  void offer(std::size_t used) noexcept {
    manager.next_output_byte = reinterpret_cast<JOCTET*>(out->data() + used);
    manager.free_in_buffer = out->size() - used;
  }
};

void start(j_compress_ptr jpeg) { reinterpret_cast<Destination*>(jpeg->dest)->offer(0); }

boolean grow(j_compress_ptr jpeg) {
  auto* destination = reinterpret_cast<Destination*>(jpeg->dest);
  const std::size_t used = destination->out->size();
  bool done = false;
  try {
    destination->out->resize(used * 2);
    done = true;
  } catch (const std::bad_alloc&) {  // must not pass through libjpeg; reported below, outside the
                                     // handler
  }
  if (!done) ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
  destination->offer(used);
  return TRUE;
}

void finish(j_compress_ptr jpeg) {
  auto* destination = reinterpret_cast<Destination*>(jpeg->dest);
  destination->out->resize(destination->out->size() - destination->manager.free_in_buffer);
}

// Owns libjpeg's compressor.
class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) {
    out.resize(std::max(out.capacity(), kFirstBytes));
    destination_.out = &out;
    destination_.manager.init_destination = start;
    destination_.manager.empty_output_buffer = grow;
    destination_.manager.term_destination = finish;
    jpeg_.err = &errors_.manager;
    guard([this] {
      jpeg_create_compress(&jpeg_);
      jpeg_.dest = &destination_.manager;
    });
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { jpeg_destroy_compress(&jpeg_); }

  template <class Work>
  void guard(Work work) {
    guard_jpeg(errors_, work);
  }
  jpeg_compress_struct& jpeg() noexcept { return jpeg_; }

 private:
  JpegErrors errors_;
  Destination destination_;
  jpeg_compress_struct jpeg_{};
};

void configure(jpeg_compress_struct& jpeg, const Image& image, const JpegOptions& options) {
  jpeg.image_width = image.width;
  jpeg.image_height = image.height;
  jpeg.input_components = static_cast<int>(image.channels);
  jpeg.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);  // 4:2:0, standard tables, JFIF without anything else
  jpeg_set_quality(&jpeg, options.quality, TRUE);
  jpeg.dct_method = JDCT_ISLOW;
  if (image.channels == 3 && options.subsampling == Subsampling::k444) {
    jpeg.comp_info[0].h_samp_factor = 1;
    jpeg.comp_info[0].v_samp_factor = 1;
  }
}

void write_rows(jpeg_compress_struct& jpeg, const Image& image) {
  while (jpeg.next_scanline < image.height) {
    JSAMPROW rows[kRowsAtOnce];
    const std::uint32_t count = std::min(kRowsAtOnce, image.height - jpeg.next_scanline);
    for (std::uint32_t i = 0; i < count; ++i) {
      rows[i] = const_cast<JSAMPROW>(image.row(jpeg.next_scanline + i));  // libjpeg only reads them
    }
    jpeg_write_scanlines(&jpeg, rows, count);
  }
}

void encode(const Image& image, const JpegOptions& options, std::vector<std::byte>& out,
            JpegCoefficients* kept) {
  require_pixels(image);
  if (options.quality < 1 || options.quality > 100) {
    throw Error(ErrorCode::kUsage,
                "JPEG quality " + std::to_string(options.quality) + " is not between 1 and 100");
  }
  if (image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION) {
    throw Error(ErrorCode::kUsage, "JPEG cannot hold a side of more than 65500 pixels", {},
                "resize the picture or encode it as PNG");
  }
  Writer writer(out);
  jpeg_compress_struct& jpeg = writer.jpeg();
  writer.guard([&jpeg, &image, &options, kept] {
    configure(jpeg, image, options);
    jpeg_start_compress(&jpeg, TRUE);
    if (kept != nullptr) kept->keep_from(jpeg);
    write_rows(jpeg, image);
    jpeg_finish_compress(&jpeg);
  });
}

}  // namespace

void encode_jpeg(const Image& image, const JpegOptions& options, std::vector<std::byte>& out) {
  encode(image, options, out, nullptr);
}

void encode_jpeg(const Image& image, const JpegOptions& options, std::vector<std::byte>& out,
                 JpegCoefficients& kept) {
  encode(image, options, out, &kept);
}

}  // namespace dsprep
