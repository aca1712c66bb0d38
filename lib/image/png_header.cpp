// Header check of PNG: IHDR with its checksum, then from chunk to chunk up to IEND without touching
// what they hold.
#include <array>
#include <cstring>

#include "lib/image/codec.h"
#include "lib/image/orient.h"

namespace dsprep {
namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kChunkExtra = 12;  // length, type, checksum
constexpr std::uint32_t kMaxNumber = 0x7fffffff;
constexpr std::uint32_t kHeaderBytes = 13;

[[noreturn]] void fail(ErrorCode code, std::string what, std::size_t offset) {
  throw Error(code, "PNG: " + std::move(what), {.offset = offset});
}

std::uint32_t big_endian(Bytes bytes) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

// CRC-32 of PNG. Bit by bit: it is used for two tiny chunks only.
std::uint32_t crc32(Bytes bytes) noexcept {
  std::uint32_t crc = 0xffffffff;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
  }
  return ~crc;
}

struct Chunk {
  std::string_view type;
  Bytes content;
  Bytes checked;  // what the checksum covers: type and content
  std::uint32_t checksum = 0;
  std::size_t offset = 0;
};

Chunk chunk_at(Bytes bytes, std::size_t offset) {
  const Bytes rest = bytes.subspan(offset);
  if (rest.size() < kChunkExtra)
    fail(ErrorCode::kTruncated, "the file ends before IEND", bytes.size());
  const std::uint32_t length = big_endian(rest);
  if (length > kMaxNumber) fail(ErrorCode::kCorrupt, "a chunk of impossible length", offset);
  const std::string_view type(reinterpret_cast<const char*>(rest.data()) + 4, 4);
  for (const char letter : type) {
    const int lower = letter | 0x20;
    if (lower < 'a' || lower > 'z')
      fail(ErrorCode::kCorrupt, "a chunk type that is no word", offset);
  }
  if (length > rest.size() - kChunkExtra) {
    fail(ErrorCode::kTruncated, "the file ends inside a chunk", bytes.size());
  }
  return {type, rest.subspan(8, length), rest.subspan(4, 4 + length),
          big_endian(rest.subspan(8 + length)), offset};
}

void check_sum(const Chunk& chunk) {
  if (crc32(chunk.checked) == chunk.checksum) return;
  fail(ErrorCode::kCorrupt, "the checksum of " + std::string(chunk.type) + " is wrong",
       chunk.offset);
}

ImageInfo read_header(const Chunk& chunk) {
  if (chunk.type != "IHDR" || chunk.content.size() != kHeaderBytes) {
    fail(ErrorCode::kCorrupt, "the first chunk is not IHDR", chunk.offset);
  }
  check_sum(chunk);
  ImageInfo info;
  info.width = big_endian(chunk.content);
  info.height = big_endian(chunk.content.subspan(4));
  if (info.width == 0 || info.height == 0 || info.width > kMaxNumber || info.height > kMaxNumber) {
    fail(ErrorCode::kCorrupt, "an impossible size", chunk.offset);
  }
  return info;
}

}  // namespace

ImageInfo inspect_png(Bytes bytes, const ImageLimits& limits) {
  std::size_t offset = kSignatureBytes;
  Chunk chunk = chunk_at(bytes, offset);
  ImageInfo info = read_header(chunk);
  require_size(info.width, info.height, limits);
  bool pixels = false;
  while (chunk.type != "IEND") {
    offset += kChunkExtra + chunk.content.size();
    chunk = chunk_at(bytes, offset);
    pixels = pixels || chunk.type == "IDAT";
    if (chunk.type == "eXIf") info.orientation = exif_orientation(chunk.content);
  }
  if (!pixels) fail(ErrorCode::kCorrupt, "no pixels before IEND", offset);
  check_sum(chunk);
  return info;
}

}  // namespace dsprep
