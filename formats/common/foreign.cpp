#include "formats/common/foreign.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "formats/common/bytes.h"
#include "formats/wds/tar_scan.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kValueAlignment = 16;  // of each value in a ReadBuffer
constexpr std::uint32_t kLmdbMagic = 0xBEEFC0DE;
constexpr std::size_t kLmdbMagicOffset = 16;
constexpr std::size_t kClassBytes = sizeof(std::int64_t);

bool starts_with(Bytes bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::ranges::equal(bytes.first(magic.size()), as_bytes(magic));
}

[[noreturn]] void refuse(const InputFile& file, Bytes front) {
  const Where where{.file = file.path().string()};
  const std::array<std::string_view, 4> compressed = {"\x1F\x8B", "BZh", "\x28\xB5\x2F\xFD",
                                                      "\xFD"
                                                      "7zXZ"};
  if (std::ranges::any_of(compressed,
                          [&](std::string_view magic) { return starts_with(front, magic); })) {
    throw Error(ErrorCode::kUnsupportedFormat, "is compressed, and cannot be read at random", where,
                "decompress it first");
  }
  if (starts_with(front, "\x93NUMPY")) {
    throw Error(ErrorCode::kCorrupt,
                "a .npy file without dsprep's footer: it was cut, or is no shard", where,
                "a memmap shard is opened by its .key.npy");
  }
  throw Error(ErrorCode::kCorrupt, "is no shard: neither a footer of dsprep, nor tar, nor LMDB",
              where);
}

// WebDataset's classes are decimal numbers, as Python's int() reads them.
std::int64_t parse_class(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(first);
  text = text.substr(0, text.find_last_not_of(kSpace) + 1);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  throw Error(ErrorCode::kCorrupt, "a class that is not a whole number");
}

}  // namespace

ForeignReader::ForeignReader(fs::path path, Container container) : path_(std::move(path)) {
  header_.container = container;
  header_.options = "{}";
}

void ForeignReader::check_position(std::uint64_t position) const {
  if (position < size()) return;
  throw Error(ErrorCode::kUsage, "the shard has " + std::to_string(size()) + " samples",
              {.file = path_.string(), .sample = position});
}

void ForeignReader::check(std::uint64_t position, std::size_t field) const {
  check_position(position);
  if (field >= header_.schema.fields.size())
    throw Error(ErrorCode::kUsage, "no field has the number " + std::to_string(field));
}

Shape ForeignReader::shape(std::uint64_t position, std::size_t field) const {
  check(position, field);
  if (header_.schema.fields[field].encoding == Encoding::kClass) return {};
  return {place(position, field).length};
}

void ForeignReader::read_into(std::uint64_t position, std::size_t field,
                              std::span<std::byte> out) const {
  check(position, field);
  const Place here = place(position, field);
  const bool as_it_stands = header_.schema.fields[field].encoding != Encoding::kClass;
  if (as_it_stands && here.length == out.size()) {
    value_at(position, field, here, out);
    return;
  }
  ShardReader::read_into(position, field, out);
}

// A class needs room for its number, which may be longer than its digits.
FieldValue ForeignReader::value_at(std::uint64_t position, std::size_t field, const Place& place,
                                   std::span<std::byte> out) const {
  const Field& about = header_.schema.fields[field];
  const std::span<std::byte> raw = out.first(place.length);
  try {
    load(place, raw);
    if (about.encoding != Encoding::kClass) return {.bytes = raw, .shape = {place.length}};
    const std::int64_t number =
        parse_class({reinterpret_cast<const char*>(raw.data()), raw.size()});
    std::memcpy(out.data(), &number, sizeof(number));
    return {.bytes = out.first(sizeof(number)), .shape = {}};
  } catch (const Error& error) {
    throw Error(
        error.code(), error.message(),
        {.file = path_.string(), .sample = position, .field = about.name, .offset = place.offset});
  }
}

Record ForeignReader::read(std::uint64_t position, ReadBuffer& buffer) const {
  check_position(position);
  const std::size_t fields = header_.schema.fields.size();
  const auto room = [](const Place& place) {
    return round_up(std::max(place.length, std::uint64_t{kClassBytes}), kValueAlignment);
  };
  // All sizes are known before the first value is read: the buffer must not move under the views.
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < fields; ++i) total += room(place(position, i));
  if (buffer.bytes.size() < total) buffer.bytes.resize(total);
  buffer.fields.resize(fields);
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < fields; ++i) {
    const Place here = place(position, i);
    buffer.fields[i] = value_at(position, i, here, std::span(buffer.bytes).subspan(at, room(here)));
    at += room(here);
  }
  return {.key = key(position, buffer), .fields = buffer.fields, .source = {}};
}

FieldValue ForeignReader::read_field(std::uint64_t position, std::size_t field,
                                     ReadBuffer& buffer) const {
  check(position, field);
  const Place here = place(position, field);
  const std::uint64_t room = std::max(here.length, std::uint64_t{kClassBytes});
  if (buffer.bytes.size() < room) buffer.bytes.resize(room);
  return value_at(position, field, here, buffer.bytes);
}

std::vector<Extent> ForeignReader::extents(std::uint64_t position) const {
  check_position(position);
  std::vector<Extent> out;
  for (std::size_t i = 0; i < header_.schema.fields.size(); ++i) {
    const Place here = place(position, i);
    out.push_back(
        {header_.schema.fields[i].name, path_.filename().string(), here.offset, here.length, 0});
  }
  return out;
}

std::unique_ptr<ShardReader> open_foreign(const fs::path& path) {
  std::error_code ignored;
  InputFile file(fs::is_directory(path, ignored) ? path / "data.mdb" : path);
  std::vector<std::byte> front(kTarBlock);
  front.resize(file.read_some(0, front));
  if (is_tar_header(front)) return open_foreign_tar(std::move(file));
  const bool lmdb = front.size() >= kLmdbMagicOffset + sizeof(kLmdbMagic) &&
                    get<std::uint32_t>(front, kLmdbMagicOffset) == kLmdbMagic;
  if (lmdb) return open_foreign_lmdb(file);
  refuse(file, front);
}

}  // namespace dsprep
