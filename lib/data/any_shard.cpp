#include "lib/data/any_shard.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/foreign.h"

namespace dsprep {
namespace {

constexpr std::string_view kPipe = "pipe:";
constexpr std::string_view kGzipped = "_gz";  // how ".gz" of a tar's names ends in a field's name
constexpr std::uint64_t kMostFieldBytes = std::uint64_t{4} << 30;

std::optional<SpoolFile> spool_of(const std::string& name) {
  if (name.starts_with(kPipe)) return spool_command(name.substr(kPipe.size()));
  if (is_compressed(InputFile(name))) return spool_file(name);
  return std::nullopt;
}

}  // namespace

template <class Action>
auto AnyShard::named(Action action) const {
  if (!spool_) return action();
  try {
    return action();
  } catch (const Error& error) {
    Where where = error.where();
    where.file = name_;
    throw Error(error.code(), error.message(), std::move(where), error.remedy());
  }
}

AnyShard::AnyShard(std::string name, Verify verify, Io io)
    : name_(std::move(name)), spool_(spool_of(name_)) {
  named([&] {
    reader_ = open_shard(spool_ ? spool_->path() : std::filesystem::path(name_), verify, io);
  });
  name_fields();
}

// Only other software's tars have such fields.
void AnyShard::name_fields() {
  schema_ = reader_->header().schema;
  packed_.assign(schema_.fields.size(), 0);
  for (std::size_t i = 0; i < schema_.fields.size() && reader_->foreign(); ++i) {
    Field& field = schema_.fields[i];
    if (!field.name.ends_with(kGzipped)) continue;
    const std::string inner = field.name.substr(0, field.name.size() - kGzipped.size());
    if (inner.empty() || inner == "key" || schema_.find(inner)) continue;
    packed_[i] = 1;
    field.name = inner;
    const Encoding encoding = encoding_of_extension(inner.substr(inner.rfind('_') + 1));
    if (encoding != Encoding::kClass) field.encoding = encoding;
  }
}

std::string AnyShard::key(std::uint64_t position, ReadBuffer& buffer) const {
  return named([&] { return std::string(reader_->key(position, buffer)); });
}

FieldValue AnyShard::unpacked(std::uint64_t position, std::size_t field, Buffer& buffer) const {
  if (buffer.position != position) {
    buffer.position.reset();
    const FieldValue raw = reader_->view(position, field, buffer.raw);
    buffer.unpacked.clear();
    try {
      if (!raw.bytes.empty()) gunzip(raw.bytes, kMostFieldBytes, buffer.unpacked);
    } catch (const Error& error) {
      throw Error(error.code(), error.message(),
                  {.file = name_, .sample = position, .field = schema_.fields[field].name});
    }
    buffer.position = position;
  }
  return {.bytes = buffer.unpacked, .shape = {buffer.unpacked.size()}};
}

Shape AnyShard::shape(std::uint64_t position, std::size_t field, Buffer& buffer) const {
  return named([&] {
    return packed_[field] ? unpacked(position, field, buffer).shape
                          : reader_->shape(position, field);
  });
}

FieldValue AnyShard::view(std::uint64_t position, std::size_t field, Buffer& buffer) const {
  return named([&] {
    return packed_[field] ? unpacked(position, field, buffer)
                          : reader_->view(position, field, buffer.raw);
  });
}

void AnyShard::read_into(std::uint64_t position, std::size_t field, std::span<std::byte> out,
                         Buffer& buffer) const {
  if (!packed_[field]) return named([&] { reader_->read_into(position, field, out); });
  const FieldValue value = view(position, field, buffer);
  if (value.bytes.size() != out.size())
    throw Error(ErrorCode::kUsage, "the room is not the value's", {.file = name_});
  std::ranges::copy(value.bytes, out.begin());
}

}  // namespace dsprep
