#include "lib/image/orient.h"

#include <cstring>

namespace dsprep {
namespace {

constexpr std::size_t kTiffHeader = 8;
constexpr std::size_t kEntry = 12;
constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3;

// Numbers of a TIFF structure in the byte order that it states.
class TiffNumbers {
 public:
  TiffNumbers(Bytes bytes, bool big) : bytes_(bytes), big_(big) {}

  std::uint32_t get(std::size_t offset, std::size_t size) const noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t at = offset + (big_ ? i : size - 1 - i);
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[at]);
    }
    return value;
  }

 private:
  Bytes bytes_;
  bool big_;
};

// Where the pixel of the upright picture at (x, y) stands in the stored one: origin + x * across +
// y * down, in pixels.
struct Walk {
  std::ptrdiff_t origin;
  std::ptrdiff_t across;
  std::ptrdiff_t down;
};

Walk walk_of(std::uint8_t orientation, std::ptrdiff_t width, std::ptrdiff_t height) noexcept {
  const std::ptrdiff_t right = width - 1;
  const std::ptrdiff_t bottom = (height - 1) * width;
  switch (orientation) {
    case 2:
      return {right, -1, width};
    case 3:
      return {bottom + right, -1, -width};
    case 4:
      return {bottom, 1, -width};
    case 5:
      return {0, width, 1};
    case 6:
      return {bottom, -width, 1};
    case 7:
      return {bottom + right, -width, -1};
    case 8:
      return {right, width, -1};
    default:
      return {0, 1, width};
  }
}

template <std::size_t Channels>
void copy_walk(const Image& in, const Walk& walk, Image& out) {
  const auto channels = static_cast<std::ptrdiff_t>(Channels);
  for (std::uint32_t y = 0; y < out.height; ++y) {
    std::uint8_t* to = out.row(y);
    const std::uint8_t* from = in.pixels.data() + (walk.origin + y * walk.down) * channels;
    for (std::uint32_t x = 0; x < out.width; ++x, to += Channels) {
      std::memcpy(to, from + x * walk.across * channels, Channels);
    }
  }
}

}  // namespace

std::uint8_t exif_orientation(Bytes tiff) noexcept {
  if (tiff.size() < kTiffHeader) return 1;
  const bool big = tiff[0] == std::byte{'M'} && tiff[1] == std::byte{'M'};
  if (!big && !(tiff[0] == std::byte{'I'} && tiff[1] == std::byte{'I'})) return 1;
  const TiffNumbers numbers(tiff, big);
  if (numbers.get(2, 2) != 42) return 1;
  const std::size_t directory = numbers.get(4, 4);
  if (directory < kTiffHeader || directory > tiff.size() - 2) return 1;
  const std::size_t entries = numbers.get(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntry;
    if (at + kEntry > tiff.size()) return 1;
    if (numbers.get(at, 2) != kOrientationTag) continue;
    const std::uint32_t value = numbers.get(at + 8, 2);
    const bool valid = numbers.get(at + 2, 2) == kShort && numbers.get(at + 4, 4) == 1;
    return valid && value >= 1 && value <= 8 ? static_cast<std::uint8_t>(value) : 1;
  }
  return 1;
}

void orient(const Image& in, std::uint8_t orientation, Image& out) {
  const bool swap = orientation >= 5;
  out.reshape(swap ? in.height : in.width, swap ? in.width : in.height, in.channels);
  const Walk walk = walk_of(orientation, in.width, in.height);
  in.channels == 1 ? copy_walk<1>(in, walk, out) : copy_walk<3>(in, walk, out);
}

}  // namespace dsprep
