#include "formats/common/image_magic.h"

#include <cstddef>

namespace dsprep {
namespace {

using namespace std::string_view_literals;

bool has_at(std::string_view text, std::size_t offset, std::string_view part) noexcept {
  return text.size() >= offset && text.substr(offset, part.size()) == part;
}

// A BMP file: 'B' 'M', and the size of the header behind the file header is one that exists.
bool is_bmp(std::string_view text) noexcept {
  if (!has_at(text, 0, "BM"sv) || text.size() < 18) return false;
  const auto header = static_cast<unsigned char>(text[14]);
  return (header == 12 || (header >= 16 && header <= 124)) && has_at(text, 15, "\0\0\0"sv);
}

// P1 … P6 and white space or a comment: the magic alone would be too short to tell it from text.
bool is_pnm(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != 'P' || text[1] < '1' || text[1] > '6') return false;
  return " \t\r\n#"sv.find(text[2]) != std::string_view::npos;
}

}  // namespace

std::string_view image_extension(Bytes bytes) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (has_at(text, 0, "\xff\xd8\xff"sv)) return "jpg";
  if (has_at(text, 0, "\x89PNG\r\n\x1a\n"sv)) return "png";
  if (has_at(text, 0, "RIFF"sv) && has_at(text, 8, "WEBP"sv)) return "webp";
  if (has_at(text, 0, "GIF87a"sv) || has_at(text, 0, "GIF89a"sv)) return "gif";
  if (has_at(text, 0, "II*\0"sv) || has_at(text, 0, "MM\0*"sv)) return "tif";
  if (has_at(text, 0, "II+\0"sv) || has_at(text, 0, "MM\0+"sv)) return "tif";  // BigTIFF
  if (is_bmp(text)) return "bmp";
  if (is_pnm(text)) return "pnm";
  return {};
}

}  // namespace dsprep
