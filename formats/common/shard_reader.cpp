#include <algorithm>
#include <cstring>
#include <deque>

#include "formats/common/column_reader.h"
#include "formats/common/foreign.h"
#include "formats/common/key_reader.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kValueAlignment =
    16;  // of each value in a ReadBuffer: enough for every dtype and for SIMD loads

[[noreturn]] void refuse_room(std::uint64_t bytes, std::uint64_t room, const std::string& field) {
  throw Error(
      ErrorCode::kUsage,
      "the value has " + std::to_string(bytes) + " bytes, the room for it " + std::to_string(room),
      {.field = field});
}

// Reads a shard of any container by its footer. The columns refer to files_, so it stays where it
// is.
class FooterReader final : public ShardReader {
 public:
  FooterReader(const std::filesystem::path& path, Verify verify, Io io)
      : files_(path, io), keys_(files_, verify) {
    const std::vector<Column>& columns = files_.header().columns;
    for (std::size_t i = 0; i < files_.schema().fields.size(); ++i) {
      columns_.push_back(
          make_column_reader(files_, files_.schema().fields[i], columns[i + 1], verify));
    }
  }

  const ShardHeader& header() const noexcept override { return files_.header().shard; }
  std::uint64_t size() const noexcept override { return files_.samples(); }
  bool foreign() const noexcept override { return false; }
  std::optional<Digest> digest() const override { return files_.header().digest; }
  Record read(std::uint64_t position, ReadBuffer& buffer) const override;
  std::string_view key(std::uint64_t position, ReadBuffer& buffer) const override;
  FieldValue read_field(std::uint64_t position, std::size_t field,
                        ReadBuffer& buffer) const override;
  Hash128 source(std::uint64_t position) const override;
  std::vector<Extent> extents(std::uint64_t position) const override;
  Shape shape(std::uint64_t position, std::size_t field) const override;
  FieldValue view(std::uint64_t position, std::size_t field, ReadBuffer& buffer) const override;
  void read_into(std::uint64_t position, std::size_t field,
                 std::span<std::byte> out) const override;
  void will_read(std::uint64_t position, std::size_t field) const override;
  bool shapes(std::span<const std::uint64_t> positions, std::size_t field,
              std::span<Shape> out) const override;
  void views(std::span<const std::uint64_t> positions, std::size_t field,
             std::span<Bytes> out) const override;
  void streams(std::size_t field, std::span<const std::uint64_t> begins, std::uint64_t count,
               std::span<Bytes> out) const override;
  std::optional<std::uint64_t> stream_elements(std::size_t field) const override;
  Bytes stream(std::size_t field, std::uint64_t begin, std::uint64_t count,
               ReadBuffer& buffer) const override;

 private:
  // Runs `action`, and says in its errors which sample and field they are about.
  template <class Action>
  auto placed(std::uint64_t position, const std::string& field, Action action) const;
  void check_position(std::uint64_t position) const;
  bool all_inside(std::span<const std::uint64_t> positions, std::size_t field) const noexcept {
    return field < columns_.size() &&
           std::ranges::all_of(positions, [this](std::uint64_t at) { return at < size(); });
  }
  void check(std::uint64_t position, std::size_t field) const;
  ValueRef locate(std::uint64_t position, std::size_t field) const;
  FieldValue load(std::uint64_t position, std::size_t field, const ValueRef& ref,
                  std::span<std::byte> out) const;
  const std::string& field_name(std::size_t field) const {
    return files_.schema().fields[field].name;
  }

  ShardFiles files_;
  KeyReader keys_;
  std::vector<std::unique_ptr<ColumnReader>> columns_;
  Lazy<std::vector<Hash128>> sources_;
};

template <class Action>
auto FooterReader::placed(std::uint64_t position, const std::string& field, Action action) const {
  try {
    return action();
  } catch (const Error& error) {
    Where where = error.where();
    if (where.shard.empty()) where.shard = files_.shard_name();
    if (!where.sample) where.sample = position;
    if (where.field.empty()) where.field = field;
    throw shard_error(error, std::move(where));
  }
}

void FooterReader::check_position(std::uint64_t position) const {
  if (position < size()) return;
  throw Error(ErrorCode::kUsage, "the shard has " + std::to_string(size()) + " samples",
              {.shard = files_.shard_name(), .sample = position});
}

void FooterReader::check(std::uint64_t position, std::size_t field) const {
  check_position(position);
  if (field >= columns_.size())
    throw Error(ErrorCode::kUsage, "no field has the number " + std::to_string(field));
}

ValueRef FooterReader::locate(std::uint64_t position, std::size_t field) const {
  return placed(position, field_name(field), [&] { return columns_[field]->locate(position); });
}

FieldValue FooterReader::load(std::uint64_t position, std::size_t field, const ValueRef& ref,
                              std::span<std::byte> out) const {
  placed(position, field_name(field), [&] { columns_[field]->read(position, ref, out); });
  return {.bytes = out, .shape = ref.shape};
}

Record FooterReader::read(std::uint64_t position, ReadBuffer& buffer) const {
  check_position(position);
  // All values are located before the first one is read: the buffer must not move under the views.
  // Locating twice costs less than memory for the places.
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    total += round_up(locate(position, i).bytes, kValueAlignment);
  if (buffer.bytes.size() < total) buffer.bytes.resize(total);
  buffer.fields.resize(columns_.size());
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const ValueRef ref = locate(position, i);
    if (ref.bytes > total - at) files_.corrupt("the index changed while it was read");
    buffer.fields[i] = load(position, i, ref, std::span(buffer.bytes).subspan(at, ref.bytes));
    at += round_up(ref.bytes, kValueAlignment);
  }
  return {.key = key(position, buffer), .fields = buffer.fields, .source = source(position)};
}

std::string_view FooterReader::key(std::uint64_t position, ReadBuffer& buffer) const {
  check_position(position);
  return placed(position, "key", [&] { return keys_.read(position, buffer.key); });
}

FieldValue FooterReader::read_field(std::uint64_t position, std::size_t field,
                                    ReadBuffer& buffer) const {
  check(position, field);
  const ValueRef ref = locate(position, field);
  if (buffer.bytes.size() < ref.bytes) buffer.bytes.resize(ref.bytes);
  return load(position, field, ref, std::span(buffer.bytes).first(ref.bytes));
}

Hash128 FooterReader::source(std::uint64_t position) const {
  check_position(position);
  return placed(position, "", [&] {
    return sources_.get(
        [this] { return files_.section<Hash128>("source.xxh3", size()); })[position];
  });
}

std::vector<Extent> FooterReader::extents(std::uint64_t position) const {
  check_position(position);
  std::vector<Extent> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    out.push_back(placed(position, field_name(i), [&] { return columns_[i]->extent(position); }));
    out.back().field = field_name(i);
  }
  return out;
}

Shape FooterReader::shape(std::uint64_t position, std::size_t field) const {
  check(position, field);
  return locate(position, field).shape;
}

bool FooterReader::shapes(std::span<const std::uint64_t> positions, std::size_t field,
                          std::span<Shape> out) const {
  if (!all_inside(positions, field)) return false;
  try {
    return columns_[field]->shapes(positions, out);
  } catch (const Error&) {
    return false;
  }
}

void FooterReader::views(std::span<const std::uint64_t> positions, std::size_t field,
                         std::span<Bytes> out) const {
  std::ranges::fill(out, Bytes());
  if (!all_inside(positions, field)) return;
  try {
    columns_[field]->views(positions, out);
  } catch (const Error&) {
    std::ranges::fill(out, Bytes());
  }
}

void FooterReader::streams(std::size_t field, std::span<const std::uint64_t> begins,
                           std::uint64_t count, std::span<Bytes> out) const {
  std::ranges::fill(out, Bytes());
  const std::size_t item = dtype_size(files_.schema().fields[field].dtype);
  try {
    const BlockStream::Window window(*columns_[field]->stream());
    for (std::size_t i = 0; i < begins.size(); ++i)
      out[i] = window.at(begins[i] * item, count * item);
  } catch (const Error&) {
    std::ranges::fill(out, Bytes());
  }
}

FieldValue FooterReader::view(std::uint64_t position, std::size_t field, ReadBuffer& buffer) const {
  check(position, field);
  const ValueRef ref = locate(position, field);
  const Bytes bytes = placed(position, field_name(field),
                             [&] { return columns_[field]->view(position, ref, buffer.bytes); });
  return {.bytes = bytes, .shape = ref.shape};
}

void FooterReader::read_into(std::uint64_t position, std::size_t field,
                             std::span<std::byte> out) const {
  check(position, field);
  const ValueRef ref = locate(position, field);
  if (ref.bytes != out.size()) refuse_room(ref.bytes, out.size(), field_name(field));
  load(position, field, ref, out);
}

void FooterReader::will_read(std::uint64_t position, std::size_t field) const {
  check(position, field);
  columns_[field]->will_read(locate(position, field));
}

std::optional<std::uint64_t> FooterReader::stream_elements(std::size_t field) const {
  const BlockStream* stream = columns_.at(field)->stream();
  if (stream == nullptr) return std::nullopt;
  return stream->bytes() / dtype_size(files_.schema().fields[field].dtype);
}

Bytes FooterReader::stream(std::size_t field, std::uint64_t begin, std::uint64_t count,
                           ReadBuffer& buffer) const {
  const std::size_t item = dtype_size(files_.schema().fields[field].dtype);
  try {
    return columns_[field]->stream()->view(begin * item, count * item, buffer.bytes);
  } catch (const Error& error) {
    Where where = error.where();
    where.shard = files_.shard_name();
    where.field = field_name(field);
    throw shard_error(error, std::move(where));
  }
}

}  // namespace

Shape ShardReader::shape(std::uint64_t position, std::size_t field) const {
  ReadBuffer buffer;
  return read_field(position, field, buffer).shape;
}

FieldValue ShardReader::view(std::uint64_t position, std::size_t field, ReadBuffer& buffer) const {
  return read_field(position, field, buffer);
}

void ShardReader::read_into(std::uint64_t position, std::size_t field,
                            std::span<std::byte> out) const {
  ReadBuffer buffer;
  const FieldValue value = read_field(position, field, buffer);
  if (value.bytes.size() != out.size())
    refuse_room(value.bytes.size(), out.size(), header().schema.fields[field].name);
  std::ranges::copy(value.bytes, out.begin());
}

void ShardReader::will_read(std::uint64_t, std::size_t) const {}
bool ShardReader::shapes(std::span<const std::uint64_t>, std::size_t, std::span<Shape>) const {
  return false;
}
void ShardReader::views(std::span<const std::uint64_t>, std::size_t, std::span<Bytes> out) const {
  std::ranges::fill(out, Bytes());
}
void ShardReader::streams(std::size_t, std::span<const std::uint64_t>, std::uint64_t,
                          std::span<Bytes> out) const {
  std::ranges::fill(out, Bytes());
}

std::optional<std::uint64_t> ShardReader::stream_elements(std::size_t) const {
  return std::nullopt;
}

Bytes ShardReader::stream(std::size_t, std::uint64_t, std::uint64_t, ReadBuffer&) const {
  throw Error(ErrorCode::kUsage, "the values of this shard do not stand back to back");
}

std::unique_ptr<ShardReader> open_shard(const std::filesystem::path& file, Verify verify, Io io) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(file, ignored);  // LMDB's other form
  if (folder || !has_footer(InputFile(file))) return open_foreign(file);
  return std::make_unique<FooterReader>(file, verify, io);
}

}  // namespace dsprep
