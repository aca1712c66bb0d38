// BMP, PNM, GIF and TIFF by hand, for tests: what the formats' documents say, without our code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dsprep/image.h"

namespace dsprep::test {

inline void put(std::string& out, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) out += static_cast<char>(value >> (8 * i) & 255);
}

inline std::vector<std::byte> to_bytes(const std::string& text) {
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// 24 bits, from the bottom, or from the top where asked for.
inline std::vector<std::byte> bmp_of(const Image& image, bool top_down = false) {
  const std::uint32_t stride = (image.width * 3 + 3) / 4 * 4;
  std::string out = "BM";
  for (const std::uint32_t value : {54 + stride * image.height, 0U, 54U, 40U, image.width}) {
    put(out, value, 4);
  }
  put(out, top_down ? 0U - image.height : image.height, 4);
  put(out, 1, 2);
  put(out, 24, 2);
  out.resize(54);
  for (std::uint32_t y = 0; y < image.height; ++y) {
    const std::uint8_t* row = image.row(top_down ? y : image.height - 1 - y);
    for (std::uint32_t x = 0; x < image.width; ++x) {
      for (int c = 2; c >= 0; --c) out += static_cast<char>(row[x * 3 + static_cast<unsigned>(c)]);
    }
    out.resize(54 + stride * (y + 1));
  }
  return to_bytes(out);
}

inline std::vector<std::byte> ppm_of(const Image& image) {
  std::string out = "P6\n# made by hand\n" + std::to_string(image.width) + " " +
                    std::to_string(image.height) + "\n255\n";
  out.append(reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size());
  return to_bytes(out);
}

/// A GIF of `indexes` into `palette` (a power of two of colours), each index as a code of its own:
/// the table is cleared before it can grow. No trailer.
inline std::vector<std::byte> gif_of(const std::vector<std::uint8_t>& indexes, std::uint32_t width,
                                     std::uint32_t height, const std::vector<Rgb>& palette,
                                     int transparent = -1) {
  unsigned bits = 1;
  while (1U << bits < palette.size()) ++bits;
  std::string out = "GIF89a";
  put(out, width, 2);
  put(out, height, 2);
  put(out, 0x80 | (bits - 1), 3);
  for (const Rgb& color : palette) out.append(reinterpret_cast<const char*>(color.data()), 3);
  if (transparent >= 0) {
    out += std::string("\x21\xf9\4\1\0\0", 6) + static_cast<char>(transparent) + '\0';
  }
  out += std::string("\x2c\0\0\0\0", 5);
  put(out, width, 2);
  put(out, height, 2);
  const unsigned root = bits < 2 ? 2 : bits;
  out += '\0';
  out += static_cast<char>(root);
  std::string data;
  std::uint32_t have = 0, held = 0;
  const auto code = [&](std::uint32_t value) {
    held |= value << have;
    for (have += root + 1; have >= 8; have -= 8, held >>= 8) data += static_cast<char>(held & 255);
  };
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (i % ((1U << root) - 2) == 0) code(1U << root);
    code(indexes[i]);
  }
  code((1U << root) + 1);
  if (have > 0) data += static_cast<char>(held & 255);
  for (std::size_t at = 0; at < data.size(); at += 255) {
    const std::string block = data.substr(at, 255);
    out += static_cast<char>(block.size()) + block;
  }
  return to_bytes(out + '\0');
}

struct TiffTag {
  std::uint32_t tag;
  std::uint32_t type;  // 3: 16 bits, 4: 32 bits
  std::uint32_t value;
};

/// One uncompressed strip of RGB behind its directory; `more` replaces tags or adds to them (in
/// ascending order).
inline std::vector<std::byte> tiff_of(const Image& image, const std::vector<TiffTag>& more = {}) {
  std::vector<TiffTag> tags = {{256, 4, image.width},
                               {257, 4, image.height},
                               {258, 3, 8},
                               {259, 3, 1},
                               {262, 3, 2},
                               {273, 4, 0},
                               {277, 3, 3},
                               {278, 4, image.height},
                               {279, 4, 0}};
  for (const TiffTag& extra : more) {
    bool found = false;
    for (TiffTag& tag : tags) {
      if (tag.tag == extra.tag) tag = extra, found = true;
    }
    if (!found) tags.push_back(extra);
  }
  std::string out("II*\0\10\0\0\0", 8);
  put(out, static_cast<std::uint32_t>(tags.size()), 2);
  const std::size_t pixels_at = 8 + 2 + tags.size() * 12 + 4;
  for (const TiffTag& tag : tags) {
    put(out, tag.tag, 2);
    put(out, tag.type, 2);
    put(out, 1, 4);
    const bool strip = tag.tag == 273, size = tag.tag == 279;
    put(out,
        strip  ? static_cast<std::uint32_t>(pixels_at)
        : size ? static_cast<std::uint32_t>(image.pixels.size())
               : tag.value,
        4);
  }
  put(out, 0, 4);
  out.append(reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size());
  return to_bytes(out);
}

}  // namespace dsprep::test
