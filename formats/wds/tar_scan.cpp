#include "formats/wds/tar_scan.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kMaxRecordBytes = 1 << 20;  // of pax records and long names
constexpr std::size_t kChecksumOffset = 148, kChecksumBytes = 8;

std::string_view text_of(Bytes block, std::size_t offset, std::size_t bytes) {
  const std::string_view field(reinterpret_cast<const char*>(block.data()) + offset, bytes);
  return field.substr(0, std::min(field.find('\0'), bytes));
}

// Octal digits with spaces around, or (GNU) a big-endian number behind a byte 0x80.
std::optional<std::uint64_t> number_of(Bytes block, std::size_t offset, std::size_t bytes) {
  std::uint64_t value = 0;
  if (block[offset] == std::byte{0x80}) {
    for (const std::byte byte : block.subspan(offset + 1, bytes - 1)) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | std::to_integer<std::uint64_t>(byte);
    }
    return value;
  }
  std::string_view text = text_of(block, offset, bytes);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

bool is_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

// What "x", "L" and the like say of the member that follows them.
struct Override {
  std::optional<std::string> name;
  std::optional<std::uint64_t> size;
};

class Scan {
 public:
  Scan(const InputFile& file, const std::function<void(TarMember&&)>& found, TarOrigin origin)
      : file_(file), found_(found), origin_(origin) {}
  void run() {
    while (step()) {
    }
    if (!ours_) check_end();
  }

 private:
  [[noreturn]] void fail(ErrorCode code, const std::string& what, std::uint64_t offset) const {
    throw Error(code, what, {.file = file_.path().string(), .offset = offset});
  }
  bool step();
  void check_end() const;
  std::string data(std::uint64_t size) const;
  void read_records(std::string_view records, bool global);
  void skip(std::uint64_t size);
  std::string name_of(Bytes block);

  const InputFile& file_;
  const std::function<void(TarMember&&)>& found_;
  TarOrigin origin_;
  bool ours_ = false;
  std::uint64_t at_ = 0;  // of the header block
  TarBlock block_{};
  Override next_;
};

// The bytes behind the header, for members that describe others.
std::string Scan::data(std::uint64_t size) const {
  if (size > kMaxRecordBytes) fail(ErrorCode::kCorrupt, "a record larger than 1 MiB", at_);
  std::string text(size, '\0');
  file_.read_at(at_ + kTarBlock, std::as_writable_bytes(std::span(text)));
  return text;
}

// "LENGTH KEYWORD=VALUE\n" one after another.
void Scan::read_records(std::string_view records, bool global) {
  while (!records.empty() && records.front() != '\0') {
    const std::size_t space = records.find(' ');
    const auto length = parse_u64(records.substr(0, std::min(space, records.size())));
    if (space == records.npos || !length || *length <= space + 1 || *length > records.size()) {
      fail(ErrorCode::kCorrupt, "a pax record that is not as it must be", at_);
    }
    std::string_view pair = records.substr(space + 1, *length - space - 2);
    records.remove_prefix(*length);
    const std::string_view keyword = pair.substr(0, pair.find('='));
    if (keyword.size() == pair.size())
      fail(ErrorCode::kCorrupt, "a pax record without a value", at_);
    const std::string_view value = pair.substr(keyword.size() + 1);
    if (keyword.starts_with("DSPREP.")) {
      ours_ = true;
      if (origin_ == TarOrigin::kAny) continue;
      fail(ErrorCode::kCorrupt, "a shard of dsprep whose footer is gone: it was cut or damaged",
           file_.size());
    }
    if (global) continue;
    if (keyword.starts_with("GNU.sparse."))
      fail(ErrorCode::kUnsupportedFormat, "a sparse member", at_);
    if (keyword == "path") next_.name = value;
    if (keyword == "size") {
      next_.size = parse_u64(value);
      if (!next_.size) fail(ErrorCode::kCorrupt, "a pax size that is no number", at_);
    }
  }
}

std::string Scan::name_of(Bytes block) {
  if (next_.name) return std::move(*next_.name);
  std::string name(text_of(block, 0, 100));
  const bool posix =
      text_of(block, 257, 6) == "ustar";  // GNU's own headers have times where the prefix is
  const std::string_view prefix = posix ? text_of(block, 345, 155) : std::string_view();
  return prefix.empty() ? name : std::string(prefix) + "/" + name;
}

void Scan::skip(std::uint64_t size) {
  const std::uint64_t start = at_ + kTarBlock;
  if (size > file_.size() || start > file_.size() - size)
    fail(ErrorCode::kTruncated, "a member ends behind the file", at_);
  at_ = start + size + tar_padding(size);
}

// One header and what belongs to it; false at the end-of-archive block.
bool Scan::step() {
  if (file_.read_some(at_, block_) != block_.size()) {
    fail(ErrorCode::kTruncated, "the archive ends without its last blocks: it was cut",
         std::min(at_, file_.size()));
  }
  if (is_zero(block_)) return false;
  if (!is_tar_header(block_)) fail(ErrorCode::kCorrupt, "no tar header where one must be", at_);
  const Bytes block(block_);
  const char type = static_cast<char>(block_[156]);
  const auto stored = number_of(block, 124, 12);
  if (!stored) fail(ErrorCode::kCorrupt, "the size of a member is no number", at_);
  if (type == 'x' || type == 'g') {
    read_records(data(*stored), type == 'g');
    skip(*stored);
    return true;
  }
  if (type == 'L' || type == 'K') {  // GNU's long names: of the member, and of what it links to
    const std::string name = data(*stored);
    if (type == 'L') next_.name = name.substr(0, name.find('\0'));
    skip(*stored);
    return true;
  }
  if (type == 'S') fail(ErrorCode::kUnsupportedFormat, "a sparse member", at_);
  TarMember member{name_of(block), at_, at_ + kTarBlock, next_.size.value_or(*stored)};
  const bool without_data = type >= '1' && type <= '6';  // links, devices, folders
  skip(without_data ? 0 : member.length);
  const bool folder =
      type == '\0' && member.name.ends_with('/');  // as archives before POSIX have them
  next_ = {};
  if (!folder && (type == '0' || type == '\0' || type == '7')) found_(std::move(member));
  return true;
}

// Zeros in the middle look like the end: peers then lose what follows without a word.
void Scan::check_end() const {
  std::vector<std::byte> rest(64 << 10);
  for (std::uint64_t offset = at_; offset < file_.size();) {
    const std::size_t got = file_.read_some(offset, rest);
    if (got == 0) break;
    if (!is_zero(Bytes(rest).first(got))) {
      fail(ErrorCode::kCorrupt,
           "bytes behind the end of the archive: a part of it was zeroed, or archives were joined",
           at_);
    }
    offset += got;
  }
}

}  // namespace

bool is_tar_header(Bytes bytes) noexcept {
  if (bytes.size() < kTarBlock || is_zero(bytes.first(kTarBlock))) return false;
  // The checksum's own bytes count as spaces. Old programs added signed bytes.
  std::uint64_t sum = kChecksumBytes * ' ';
  std::int64_t signed_sum = kChecksumBytes * ' ';
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    if (i >= kChecksumOffset && i < kChecksumOffset + kChecksumBytes) continue;
    sum += std::to_integer<unsigned char>(bytes[i]);
    signed_sum += static_cast<signed char>(bytes[i]);
  }
  const auto stored = number_of(bytes, kChecksumOffset, kChecksumBytes);
  return stored && (*stored == sum || *stored == static_cast<std::uint64_t>(signed_sum));
}

void scan_tar(const InputFile& file, const std::function<void(TarMember&&)>& found,
              TarOrigin origin) {
  Scan(file, found, origin).run();
}

}  // namespace dsprep
