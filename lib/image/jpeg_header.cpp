// Header check of JPEG: walks the markers up to the frame header and the first scan, then looks for
// the end marker from behind.
#include <cstring>

#include "lib/image/codec.h"
#include "lib/image/orient.h"

namespace dsprep {
namespace {

constexpr unsigned kEoi = 0xd9;
constexpr unsigned kSos = 0xda;
constexpr unsigned kApp1 = 0xe1;

[[noreturn]] void fail(ErrorCode code, std::string what, std::size_t offset) {
  throw Error(code, "JPEG: " + std::move(what), {.offset = offset});
}

bool has_length(unsigned marker) noexcept {
  return marker != 0x01 && !(marker >= 0xd0 && marker <= 0xd8);  // TEM, RSTn and SOI stand alone
}

// SOF0 to SOF15 without DHT, JPG and DAC, which lie between them; and SOF55 of JPEG-LS.
bool is_frame(unsigned marker) noexcept {
  if (marker == 0xf7) return true;
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// Sequential and progressive, Huffman or arithmetic: what libjpeg-turbo decodes.
bool is_supported_frame(unsigned marker) noexcept {
  return marker <= 0xc2 || marker == 0xc9 || marker == 0xca;
}

class Markers {
 public:
  explicit Markers(Bytes bytes) : bytes_(bytes) {}

  // The next marker, as libjpeg finds it: bytes before it are skipped, and so are fill bytes.
  unsigned next() {
    for (;;) {
      while (byte_at(at_) != 0xff) ++at_;
      while (byte_at(at_) == 0xff) ++at_;
      const unsigned marker = byte_at(at_++);
      if (marker != 0) return marker;
    }
  }

  // What stands in the segment of the marker found last; moves behind it.
  Bytes segment() {
    const std::size_t length = byte_at(at_) << 8 | byte_at(at_ + 1);
    if (length < 2) fail(ErrorCode::kCorrupt, "a segment of impossible length", at_);
    if (length > bytes_.size() - at_) {
      fail(ErrorCode::kTruncated, "the file ends inside its headers", bytes_.size());
    }
    const Bytes content = bytes_.subspan(at_ + 2, length - 2);
    at_ += length;
    return content;
  }

  std::size_t offset() const noexcept { return at_; }

 private:
  unsigned byte_at(std::size_t offset) const {
    if (offset >= bytes_.size()) {
      fail(ErrorCode::kTruncated, "the file ends inside its headers", bytes_.size());
    }
    return std::to_integer<unsigned>(bytes_[offset]);
  }

  Bytes bytes_;
  std::size_t at_ = 2;  // behind SOI
};

void read_frame(unsigned marker, Bytes content, std::size_t offset, ImageInfo& info) {
  const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(content[i]); };
  if (!is_supported_frame(marker)) {
    fail(ErrorCode::kUnsupportedFormat, "a lossless or hierarchical process", offset);
  }
  if (info.width != 0) fail(ErrorCode::kCorrupt, "two frame headers", offset);
  if (content.size() < 6) fail(ErrorCode::kCorrupt, "a frame header that is too short", offset);
  const unsigned components = byte(5);
  if (content.size() != 6 + 3 * components) {
    fail(ErrorCode::kCorrupt, "a frame header of the wrong length", offset);
  }
  if (byte(0) != 8) {
    fail(ErrorCode::kUnsupportedFormat, std::to_string(byte(0)) + "-bit samples", offset);
  }
  if (components != 1 && components != 3 && components != 4) {
    fail(ErrorCode::kUnsupportedFormat, std::to_string(components) + " components", offset);
  }
  info.height = byte(1) << 8 | byte(2);
  info.width = byte(3) << 8 | byte(4);
  if (info.height == 0) {
    fail(ErrorCode::kUnsupportedFormat, "the height is not in the frame header", offset);
  }
  if (info.width == 0) fail(ErrorCode::kCorrupt, "a width of 0", offset);
}

void read_app1(Bytes content, ImageInfo& info) {
  constexpr char kExif[] = "Exif\0";  // two zeros with the implicit one
  if (info.orientation != 1 || content.size() < sizeof kExif) return;
  if (std::memcmp(content.data(), kExif, sizeof kExif) != 0) return;
  info.orientation = exif_orientation(content.subspan(sizeof kExif));
}

// FF D9 cannot stand inside entropy-coded data, so searching from behind finds the end at once in a
// sound file, whatever a camera has put behind it, and in a cut one reaches the scan's start
// without a hit.
bool has_end(Bytes scan) noexcept {
  for (std::size_t size = scan.size(); size >= 2;) {
    const void* hit = memrchr(scan.data() + 1, static_cast<int>(kEoi), size - 1);
    if (hit == nullptr) return false;
    const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(hit) - scan.data());
    if (scan[at - 1] == std::byte{0xff}) return true;
    size = at;
  }
  return false;
}

}  // namespace

ImageInfo inspect_jpeg(Bytes bytes, const ImageLimits& limits) {
  ImageInfo info;
  Markers markers(bytes);
  for (;;) {
    const unsigned marker = markers.next();
    const std::size_t offset = markers.offset();
    if (marker == kEoi)
      fail(ErrorCode::kCorrupt, "the end marker stands before any pixels", offset);
    if (!has_length(marker)) continue;
    const Bytes content = markers.segment();
    if (is_frame(marker)) {
      read_frame(marker, content, offset, info);
      require_size(info.width, info.height, limits);
    }
    if (marker == kApp1) read_app1(content, info);
    if (marker != kSos) continue;
    if (info.width == 0) fail(ErrorCode::kCorrupt, "no frame header before the first scan", offset);
    if (!limits.lenient && !has_end(bytes.subspan(markers.offset()))) {
      fail(ErrorCode::kTruncated, "the end marker is missing", bytes.size());
    }
    return info;
  }
}

}  // namespace dsprep
