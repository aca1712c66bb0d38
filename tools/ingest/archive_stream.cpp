#include "tools/ingest/archive_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>

#include "dsprep/error.h"
#include "formats/common/file.h"

namespace dsprep {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::uint64_t kFreeBytes = 1ULL << 30;  // what any archive may unpack to
constexpr std::uint64_t kMostRatio = 200;         // above it: unpacked to packed bytes
constexpr std::uint64_t kHeaderBytes = 1024;      // counted for a member itself

// libarchive converts names by the thread's locale: in "C" it has none for bytes above 0x7F.
class Utf8Names {
 public:
  Utf8Names() : before_(::uselocale(utf8())) {}
  ~Utf8Names() { ::uselocale(before_); }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  static locale_t utf8() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;  // null, where the system lacks it: nothing changes
  }
  locale_t before_;
};

std::string name_of(archive_entry* entry) {
  if (const char* name = ::archive_entry_pathname(entry)) return name;
  if (const char* name = ::archive_entry_pathname_utf8(entry)) return name;
  return "";
}

}  // namespace

void ArchiveStream::Close::operator()(::archive* handle) const noexcept {
  ::archive_read_free(handle);
}

ArchiveStream::~ArchiveStream() = default;

// Errors must not pass through libarchive: they wait until it has returned.
long ArchiveStream::read_gzip(::archive* handle, void* self, const void** bytes) {
  auto& stream = *static_cast<ArchiveStream*>(self);
  try {
    const Bytes some = stream.gzip_->read();
    *bytes = some.data();
    return static_cast<long>(some.size());
  } catch (...) {
    stream.gzip_error_ = std::current_exception();
    ::archive_set_error(handle, EIO, "gzip");
    return ARCHIVE_FATAL;
  }
}

void ArchiveStream::fail(const char* what) const {
  if (gzip_error_) std::rethrow_exception(gzip_error_);
  const char* text = ::archive_error_string(handle_.get());
  const std::string reason = text == nullptr ? "" : text;
  const bool cut = reason.find("runcated") != reason.npos ||
                   reason.find("end of file") != reason.npos ||
                   reason.find("end-of-file") != reason.npos;
  throw Error(cut ? ErrorCode::kTruncated : ErrorCode::kCorrupt,
              std::string(what) + (reason.empty() ? "" : ": " + reason), {.file = path_.string()});
}

ArchiveStream::ArchiveStream(const std::filesystem::path& path)
    : path_(path), handle_(::archive_read_new()) {
  const InputFile file(path);  // also: what it is and whether it may be read
  file_bytes_ = file.size();
  if (file_bytes_ == 0)
    throw Error(ErrorCode::kEmptyFile, "the file has 0 bytes", {.file = path.string()});
  ::archive* handle = handle_.get();
  ::archive_read_support_filter_bzip2(handle);
  ::archive_read_support_filter_xz(handle);
  ::archive_read_support_filter_lzma(handle);
  ::archive_read_support_filter_zstd(handle);
  ::archive_read_support_filter_lz4(handle);
  ::archive_read_support_filter_compress(handle);
  ::archive_read_support_format_tar(handle);
  ::archive_read_support_format_zip(handle);
  // Read on to the end of the file: a zeroed block in the middle would pass for the end, and the
  // packer's checksum may come last.
  ::archive_read_set_format_option(handle, "tar", "read_concatenated_archives", "1");
  const Utf8Names names;
  if (is_gzip(file)) gzip_ = std::make_unique<GzipReader>(path);
  const int result = gzip_ ? ::archive_read_open(handle, this, nullptr, read_gzip, nullptr)
                           : ::archive_read_open_filename(handle, path.c_str(), kReadBytes);
  if (result != ARCHIVE_OK) fail("the archive cannot be opened");
}

// A few bytes can unpack to more than any disk holds.
void ArchiveStream::check_unpacked(std::uint64_t more) {
  const std::uint64_t most = kFreeBytes + kMostRatio * file_bytes_;
  if (more > most || unpacked_ + more > most) {
    throw Error(ErrorCode::kTooLarge,
                "the archive unpacks to more than " + std::to_string(kMostRatio) +
                    " times its size and 1 GiB",
                {.file = path_.string()}, "unpack it yourself if it is meant");
  }
  unpacked_ += more;
}

bool ArchiveStream::next(ArchiveMember& member) {
  const Utf8Names names;
  while (true) {
    archive_entry* entry = nullptr;
    const int result = ::archive_read_next_header(handle_.get(), &entry);
    if (result == ARCHIVE_EOF) return false;
    if (result == ARCHIVE_RETRY) continue;
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) fail("the archive cannot be read");
    const std::uint64_t number = headers_++;
    check_unpacked(kHeaderBytes);
    if (::archive_entry_filetype(entry) != AE_IFREG || ::archive_entry_hardlink(entry) != nullptr)
      continue;
    if (::archive_entry_is_encrypted(entry) != 0) {
      throw Error(ErrorCode::kUnsupportedFormat, "the archive is encrypted",
                  {.file = path_.string()}, "unpack it yourself");
    }
    if (::archive_entry_size_is_set(entry) == 0 || ::archive_entry_size(entry) < 0) {
      throw Error(ErrorCode::kUnsupportedFormat, "a member of the archive has no stated size",
                  {.file = path_.string()}, "pack it again");
    }
    member = {name_of(entry), number, static_cast<std::uint64_t>(::archive_entry_size(entry))};
    check_unpacked(member.bytes);
    return true;
  }
}

void ArchiveStream::read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const la_ssize_t got = ::archive_read_data(handle_.get(), out.data() + done, out.size() - done);
    if (got < 0) fail("a member of the archive cannot be unpacked");
    if (got == 0) {
      throw Error(ErrorCode::kTruncated, "a member of the archive ends too early",
                  {.file = path_.string()});
    }
    done += static_cast<std::size_t>(got);
  }
  // The end of the member brings its checksum (zip).
  std::byte none{};
  const la_ssize_t got = ::archive_read_data(handle_.get(), &none, 1);
  if (got < 0) fail("a member of the archive cannot be unpacked");
  if (got > 0) {
    throw Error(ErrorCode::kCorrupt, "a member of the archive is longer than it says",
                {.file = path_.string()});
  }
}

void ArchiveStream::seek(const ArchiveMember& wanted) {
  ArchiveMember member;
  while (next(member)) {
    if (member.position < wanted.position) continue;
    if (member.position == wanted.position && member.bytes == wanted.bytes &&
        (wanted.name.empty() || wanted.name == member.name)) {
      return;
    }
    break;
  }
  throw Error(ErrorCode::kIo, "has changed since the build was planned", {.file = path_.string()},
              "run the command again when nobody writes to it");
}

}  // namespace dsprep
