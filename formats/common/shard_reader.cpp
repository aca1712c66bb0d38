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

// Reads a shard of any container by its footer. The columns refer to files_, so it stays where it
// is.
class FooterReader final : public ShardReader {
 public:
  FooterReader(const std::filesystem::path& path, Verify verify)
      : files_(path), keys_(files_, verify) {
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

 private:
  // Runs `action`, and says in its errors which sample and field they are about.
  template <class Action>
  auto placed(std::uint64_t position, const std::string& field, Action action) const;
  void check_position(std::uint64_t position) const;
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
  std::vector<ValueRef> refs(columns_.size());
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    refs[i] = locate(position, i);
    total += round_up(refs[i].bytes, kValueAlignment);
  }
  if (buffer.bytes.size() < total) buffer.bytes.resize(total);
  buffer.fields.resize(refs.size());
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    buffer.fields[i] =
        load(position, i, refs[i], std::span(buffer.bytes).subspan(at, refs[i].bytes));
    at += round_up(refs[i].bytes, kValueAlignment);
  }
  return {.key = key(position, buffer), .fields = buffer.fields, .source = source(position)};
}

std::string_view FooterReader::key(std::uint64_t position, ReadBuffer& buffer) const {
  check_position(position);
  return placed(position, "key", [&] { return keys_.read(position, buffer.key); });
}

FieldValue FooterReader::read_field(std::uint64_t position, std::size_t field,
                                    ReadBuffer& buffer) const {
  check_position(position);
  if (field >= columns_.size())
    throw Error(ErrorCode::kUsage, "no field has the number " + std::to_string(field));
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

}  // namespace

std::unique_ptr<ShardReader> open_shard(const std::filesystem::path& file, Verify verify) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(file, ignored);  // LMDB's other form
  if (folder || !has_footer(InputFile(file))) return open_foreign(file);
  return std::make_unique<FooterReader>(file, verify);
}

}  // namespace dsprep
