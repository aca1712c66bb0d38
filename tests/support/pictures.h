// Pictures for tests, made by libjpeg and libpng themselves, so that our decoder is not checked by
// our encoder.
#pragma once

// jpeglib.h needs what cstdio declares, so it stands first.
#include <cstdio>

#include <jpeglib.h>
#include <png.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/image.h"

namespace dsprep::test {

inline constexpr Rgb kRed = {255, 0, 0}, kGreen = {0, 255, 0}, kBlue = {0, 0, 255},
                     kWhite = {255, 255, 255};

/// Red, green / blue, white: one colour a quadrant.
inline Image quadrants(std::uint32_t width = 64, std::uint32_t height = 48) {
  Image image;
  image.reshape(width, height, 3);
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const bool right = x >= width / 2, low = y >= height / 2;
      const Rgb& color = low ? (right ? kWhite : kBlue) : (right ? kGreen : kRed);
      std::memcpy(image.row(y) + x * 3, color.data(), 3);
    }
  }
  return image;
}

/// Pseudo-random bytes, the same in every run.
inline Image noise(std::uint32_t width, std::uint32_t height, std::uint32_t channels,
                   std::uint32_t seed = 1) {
  Image image;
  image.reshape(width, height, channels);
  for (std::uint8_t& value : image.pixels) {
    seed = seed * 1664525 + 1013904223;
    value = static_cast<std::uint8_t>(seed >> 24);
  }
  return image;
}

inline Rgb pixel(const Image& image, std::uint32_t x, std::uint32_t y) {
  const std::uint8_t* at = image.row(y) + x * image.channels;
  return image.channels == 1 ? Rgb{at[0], at[0], at[0]} : Rgb{at[0], at[1], at[2]};
}

inline int distance(const Rgb& a, const Rgb& b) {
  int most = 0;
  for (std::size_t c = 0; c < 3; ++c) most = std::max(most, std::abs(a[c] - b[c]));
  return most;
}

/// The largest difference of the quadrants' centres from the four colours.
inline int quadrant_error(const Image& image,
                          const std::vector<Rgb>& colors = {kRed, kGreen, kBlue, kWhite}) {
  const std::uint32_t left = image.width / 4, top = image.height / 4;
  const std::uint32_t right = image.width - 1 - left, low = image.height - 1 - top;
  return std::max({distance(pixel(image, left, top), colors[0]),
                   distance(pixel(image, right, top), colors[1]),
                   distance(pixel(image, left, low), colors[2]),
                   distance(pixel(image, right, low), colors[3])});
}

inline int largest_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 256;
  int most = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return most;
}

struct JpegSpec {
  J_COLOR_SPACE in = JCS_RGB;
  J_COLOR_SPACE stored = JCS_YCbCr;
  int h = 2, v = 2;  // sampling of the first component; the others have 1
  bool progressive = false;
  unsigned restart = 0;  // MCUs
  int quality = 95;
  bool optimize = false;  // Huffman tables of its own
  bool adobe = true;     // marker, where libjpeg writes one
  std::string app1 = {};
};

/// Row bytes of `samples` are width x components of spec.in.
inline std::vector<std::byte> jpeg_of(const std::uint8_t* samples, std::uint32_t width,
                                      std::uint32_t height, int components, const JpegSpec& spec) {
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &memory, &size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = components;
  jpeg.in_color_space = spec.in;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, spec.stored);
  jpeg_set_quality(&jpeg, spec.quality, TRUE);
  jpeg.optimize_coding = spec.optimize ? TRUE : FALSE;
  jpeg.comp_info[0].h_samp_factor = components == 1 ? 1 : spec.h;
  jpeg.comp_info[0].v_samp_factor = components == 1 ? 1 : spec.v;
  if (components == 4) {
    jpeg.comp_info[3].h_samp_factor = spec.h;
    jpeg.comp_info[3].v_samp_factor = spec.v;
  }
  if (spec.progressive) jpeg_simple_progression(&jpeg);
  jpeg.restart_interval = spec.restart;
  if (!spec.adobe) jpeg.write_Adobe_marker = FALSE;
  jpeg_start_compress(&jpeg, TRUE);
  if (!spec.app1.empty()) {
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(spec.app1.data()),
                      static_cast<unsigned>(spec.app1.size()));
  }
  while (jpeg.next_scanline < height) {
    auto* row =
        const_cast<JSAMPROW>(samples + std::size_t{jpeg.next_scanline} * width * components);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  const auto* bytes = reinterpret_cast<const std::byte*>(memory);
  std::vector<std::byte> out(bytes, bytes + size);
  std::free(memory);
  return out;
}

inline std::vector<std::byte> jpeg_of(const Image& image, JpegSpec spec = {}) {
  if (image.channels == 1) spec.in = spec.stored = JCS_GRAYSCALE;
  return jpeg_of(image.pixels.data(), image.width, image.height, static_cast<int>(image.channels),
                 spec);
}

/// An EXIF block (content of APP1) that says only the orientation.
inline std::string exif_block(unsigned orientation, bool big_endian = false) {
  std::string tiff = big_endian ? std::string("MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1", 18)
                                : std::string("II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0", 18);
  const char low = static_cast<char>(orientation & 255), high = static_cast<char>(orientation >> 8);
  tiff += big_endian ? std::string{high, low} : std::string{low, high};
  return std::string("Exif\0\0", 6) + tiff + std::string(6, '\0');
}

struct PngSpec {
  int bits = 8;
  int color = PNG_COLOR_TYPE_RGB;
  bool interlaced = false;
  std::vector<png_color> palette = {};
  std::vector<std::uint8_t> palette_alpha = {};
  std::function<void(png_structp, png_infop)> more = {};
};

/// `rows` is what libpng takes: packed bits, 16-bit numbers with the high byte first.
inline std::vector<std::byte> png_of(const std::vector<std::uint8_t>& rows, std::uint32_t width,
                                     std::uint32_t height, const PngSpec& spec) {
  std::vector<std::byte> out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp writer, png_bytep bytes, std::size_t count) {
        auto* to = static_cast<std::vector<std::byte>*>(png_get_io_ptr(writer));
        const auto* from = reinterpret_cast<const std::byte*>(bytes);
        to->insert(to->end(), from, from + count);
      },
      nullptr);
  png_set_IHDR(png, info, width, height, spec.bits, spec.color,
               spec.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  if (!spec.palette.empty()) {
    png_set_PLTE(png, info, spec.palette.data(), static_cast<int>(spec.palette.size()));
  }
  if (!spec.palette_alpha.empty()) {
    png_set_tRNS(png, info, spec.palette_alpha.data(), static_cast<int>(spec.palette_alpha.size()),
                 nullptr);
  }
  if (spec.more) spec.more(png, info);
  png_write_info(png, info);
  std::vector<png_bytep> pointers(height);
  for (std::uint32_t y = 0; y < height; ++y) {
    pointers[y] = const_cast<png_bytep>(rows.data()) + rows.size() / height * y;
  }
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return out;
}

inline std::vector<std::byte> png_of(const Image& image, PngSpec spec = {}) {
  if (image.channels == 1) spec.color = PNG_COLOR_TYPE_GRAY;
  return png_of(image.pixels, image.width, image.height, spec);
}

/// The class of the Error that `work` throws, by name; "none" where it returns.
inline std::string class_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return std::string(error_class_name(error.code()));
  }
  return "none";
}

}  // namespace dsprep::test
