#include "tools/ingest/gzip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <new>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr std::size_t kPackedBytes = 256 << 10;
constexpr std::size_t kUnpackedBytes = 1 << 20;
constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, in gzip's form, checked

}  // namespace

struct GzipReader::Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

bool is_gzip(const InputFile& file) {
  std::byte head[2] = {};
  return file.read_some(0, head) == 2 && head[0] == std::byte{0x1F} && head[1] == std::byte{0x8B};
}

GzipReader::GzipReader(const std::filesystem::path& path)
    : file_(path),
      packed_(kPackedBytes),
      unpacked_(kUnpackedBytes),
      inflater_(std::make_unique<Inflater>()) {}

GzipReader::~GzipReader() = default;

// False at the end of the file.
bool GzipReader::fill() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in != 0) return true;
  const std::size_t got = file_.read_some(offset_, packed_);
  offset_ += got;
  stream.next_in = reinterpret_cast<Bytef*>(packed_.data());
  stream.avail_in = static_cast<uInt>(got);
  return got != 0;
}

// False where nothing but zeros follows.
bool GzipReader::begin_member() {
  z_stream& stream = inflater_->stream;
  while (fill()) {
    const Bytef* end = stream.next_in + stream.avail_in;
    const Bytef* begin = std::find_if(static_cast<const Bytef*>(stream.next_in), end,
                                      [](Bytef byte) { return byte != 0; });
    stream.avail_in = static_cast<uInt>(end - begin);
    stream.next_in = const_cast<Bytef*>(begin);
    if (begin == end) continue;
    inflateReset(&stream);
    inside_ = true;
    return true;
  }
  return false;
}

Bytes GzipReader::read() {
  z_stream& stream = inflater_->stream;
  const auto fail = [&](ErrorCode code, const char* what) {
    throw Error(code, std::string("gzip: ") + what,
                {.file = file_.path().string(), .offset = offset_ - stream.avail_in});
  };
  stream.next_out = reinterpret_cast<Bytef*>(unpacked_.data());
  stream.avail_out = static_cast<uInt>(unpacked_.size());
  while (stream.avail_out == unpacked_.size()) {
    if (!inside_ && !begin_member()) return {};
    if (!fill()) fail(ErrorCode::kTruncated, "the file ends too early");
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      inside_ = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(ErrorCode::kCorrupt, stream.msg != nullptr ? stream.msg : "damaged");
    }
  }
  return Bytes(unpacked_).first(unpacked_.size() - stream.avail_out);
}

}  // namespace dsprep
