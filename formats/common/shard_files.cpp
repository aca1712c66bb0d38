#include "formats/common/shard_files.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace dsprep {
namespace fs = std::filesystem;
namespace {

// From here on a copy by the kernel costs less than the page faults of a mapping that nobody has
// read.
constexpr std::uint64_t kLargeValue = 16 << 10;

constexpr const char* kRemedy = "run `dsprep verify`, and build the shard again";

// "out/train-00000" of "out/train-00000.tar". A shard of one file may bear any name.
fs::path stem_of(const fs::path& path, const FooterHeader& header) {
  const std::string name = path.string();
  const std::string& suffix = header.files.back().suffix;
  if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  if (header.files.size() == 1) return path;
  throw Error(ErrorCode::kUsage, "the file was renamed, so the shard's other files cannot be found",
              {.file = name}, "give it back its name, which ends in " + suffix);
}

}  // namespace

ShardFiles::ShardFiles(const fs::path& path, Io io)
    : footer_file_(path), footer_(footer_file_), io_(io) {
  const FooterHeader& header = footer_.header();
  // Names come from the footer only where they are the ones that a writer would have chosen: a
  // hostile footer opens no other file.
  const bool as_written =
      std::ranges::equal(shard_suffixes(header.shard.container, header.shard.schema), header.files,
                         {}, {}, &BodyFile::suffix);
  if (!as_written) corrupt("the footer's files are not those of its container and schema");
  if (header.files.back().bytes != footer_.body_bytes())
    corrupt("the footer says another size of the body before it");
  // Every sample has a source hash in the footer, so this bounds all sizes that are computed from
  // the number of samples.
  if (samples() > footer_file_.size() / sizeof(Hash128))
    corrupt("the footer says more samples than it has room for");
  stem_ = stem_of(path, header);
  name_ = stem_.filename().string();
  opened_.resize(header.files.size());
  mappings_.resize(header.files.size());
  if (io_ == Io::kAuto && !is_local(footer_file_)) io_ = Io::kPread;
}

fs::path ShardFiles::path(std::size_t index) const {
  if (index + 1 == opened_.size()) return footer_file_.path();
  fs::path path = stem_;
  path += header().files[index].suffix;
  return path;
}

const InputFile& ShardFiles::file(std::size_t index) const {
  if (index + 1 == opened_.size()) return footer_file_;
  return opened_[index].get([&] {
    InputFile file(path(index));
    if (file.size() != body_bytes(index)) {
      throw Error(ErrorCode::kCorrupt,
                  "the file has " + std::to_string(file.size()) +
                      " bytes, the shard's footer says " + std::to_string(body_bytes(index)),
                  {.file = file.path().string(), .shard = name_}, kRemedy);
    }
    return file;
  });
}

std::uint64_t ShardFiles::most_mapped() const noexcept {
  if (io_ == Io::kPread) return 0;
  return io_ == Io::kAuto ? kLargeValue - 1 : ~std::uint64_t{0};
}

Bytes ShardFiles::mapped(std::size_t index, std::uint64_t value_bytes) const {
  if (io_ == Io::kPread || value_bytes > most_mapped()) return {};
  return mappings_[index].get([&] { return Mapping(file(index)); }).bytes();
}

void ShardFiles::load(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const {
  if (io_ == Io::kPread || out.empty()) return file(index).read_at(offset, out);
  const Mapping& mapping = mappings_[index].get([&] { return Mapping(file(index)); });
  const Bytes bytes = mapping.bytes();
  const bool inside = offset <= bytes.size() && out.size() <= bytes.size() - offset;
  // To ask costs 1.5 us, a tenth of the copy of 110 KB: values are trusted where all of late were
  // in memory. One that is not then comes by a page fault, as small values always do.
  const bool large = io_ == Io::kAuto && out.size() >= kLargeValue && warm_.doubts();
  const bool resident = inside && (!large || mapping.resident(offset, out.size()));
  if (inside && large) warm_.note(resident);
  if (!resident) return file(index).read_at(offset, out);
  std::memcpy(out.data(), bytes.data() + offset, out.size());
}

void ShardFiles::will_read(std::size_t index, std::uint64_t offset, std::uint64_t bytes) const {
  constexpr std::uint64_t kLine = 64, kMostLines = 64;
  const Bytes mapping = mapped(index, bytes);
  if (mapping.size() < offset || mapping.size() - offset < bytes || mapping.empty()) {
    if (warm_.warm()) return;
    (void)::posix_fadvise(file(index).descriptor(), static_cast<off_t>(offset),
                          static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
    return;
  }
  const std::byte* first = mapping.data() + offset;
  for (std::uint64_t at = 0; at < std::min(bytes, kLine * kMostLines); at += kLine)
    __builtin_prefetch(first + at);
}

void ShardFiles::corrupt(std::size_t index, std::uint64_t offset, const std::string& what) const {
  throw Error(ErrorCode::kCorrupt, what,
              {.file = path(index).string(), .shard = name_, .offset = offset}, kRemedy);
}

void ShardFiles::corrupt(const std::string& what) const {
  throw Error(ErrorCode::kCorrupt, what, {.file = footer_file_.path().string(), .shard = name_},
              kRemedy);
}

Error shard_error(const Error& error, Where where) {
  const ErrorCode code = error.code() == ErrorCode::kTruncated ? ErrorCode::kCorrupt : error.code();
  return Error(code, error.message(), std::move(where), error.remedy());
}

}  // namespace dsprep
