#include "formats/memmap/memmap_writer.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include "formats/common/npy.h"
#include "formats/common/sample_index.h"
#include "formats/memmap/memmap_column.h"

namespace dsprep {
namespace {

constexpr const char* kKeySuffix = ".key.npy";

class MemmapWriter final : public ShardWriter {
 public:
  MemmapWriter(const std::filesystem::path& stem, ShardHeader header)
      : files_(stem), index_(stem), key_lengths_(stem), key_bytes_(stem) {
    header_.shard = std::move(header);
    for (const Field& field : header_.shard.schema.fields) columns_.emplace_back(field, files_);
  }

  std::uint64_t samples() const noexcept override { return index_.digest().count(); }
  void append(const Record& record) override;
  void append_part(std::size_t field, Bytes bytes) override {
    check_part(header_.shard.schema, field, bytes);
    columns_[field].append_part(bytes);
    in_parts_ = true;
  }
  std::unique_ptr<PendingShard> finish() override;

 private:
  NpyStream write_keys();

  TemporaryFiles files_;
  FooterHeader header_;
  SampleIndex index_;
  std::deque<MemmapColumn> columns_;
  bool in_parts_ = false;          // some value of the next sample has begun
  std::vector<FieldValue> whole_;  // of such a sample; reused
  // The width of a key in the file is that of the longest, so they wait.
  Spool key_lengths_;
  Spool key_bytes_;
  std::uint64_t longest_key_ = 1;
};

void MemmapWriter::append(const Record& record) {
  check_record(header_.shard.schema, record);
  Record whole = record;
  if (std::exchange(in_parts_, false)) {
    whole_.clear();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      whole_.push_back(columns_[i].whole(record.fields[i]));
    whole.fields = whole_;
  }
  const std::span<const FieldValue> values = index_.append(header_.shard.schema, whole);
  for (std::size_t i = 0; i < values.size(); ++i) columns_[i].append(values[i]);
  const std::uint64_t length = record.key.size();
  key_lengths_.append(std::as_bytes(std::span(&length, 1)));
  key_bytes_.append(as_bytes(record.key));
  longest_key_ = std::max<std::uint64_t>(longest_key_, record.key.size());
}

NpyStream MemmapWriter::write_keys() {
  NpyStream keys(files_.add(kKeySuffix), npy_descr("|S" + std::to_string(longest_key_)), {},
                 row_block_bytes(longest_key_));
  std::vector<std::byte> rows;  // a block of them: a call for each would cost more than its bytes
  SpoolReader lengths(key_lengths_), bytes(key_bytes_);
  for (std::uint64_t i = 0; i < samples(); ++i) {
    std::uint64_t length = 0;
    std::memcpy(&length, lengths.next(sizeof length).data(), sizeof length);
    const std::size_t begin = rows.size();
    rows.resize(begin + longest_key_);
    std::ranges::copy(bytes.next(length), rows.begin() + static_cast<std::ptrdiff_t>(begin));
    if (rows.size() < keys.block_bytes()) continue;
    keys.append(rows);
    rows.clear();
  }
  keys.append(rows);
  keys.finish(samples());
  return keys;
}

std::unique_ptr<PendingShard> MemmapWriter::finish() {
  std::vector<Section> sections = {index_.sources()};
  header_.columns.push_back({.name = "key", .layout = Layout::kRows});
  for (MemmapColumn& column : columns_) column.finish(header_, sections);
  ShardSummary summary{index_.digest(), {}};
  for (const BodyFile& file : header_.files)
    summary.files.push_back({file.suffix, file.bytes, file.hash});

  NpyStream keys = write_keys();
  OutputFile& file = keys.file();
  file.append_zeros(round_up(file.size(), kSectionAlignment) - file.size());
  Column& column = header_.columns[0];
  column.file = static_cast<std::uint32_t>(header_.files.size());
  column.data_offset = keys.data_offset();
  column.row_bytes = longest_key_;
  column.block_bytes = keys.block_bytes();
  sections.push_back(make_section("key.xxh3", keys.checksums()));
  file.flush();
  Hasher128 hasher = hasher_of(file.path());
  header_.files.push_back({kKeySuffix, file.size(), hasher.value()});
  header_.digest = index_.digest();
  write_footer(header_, sections, file.size(), kSectionAlignment, [&](Bytes bytes) {
    file.append(bytes);
    hasher.update(bytes);
  });
  summary.files.push_back({kKeySuffix, file.size(), hasher.value()});
  file.close();
  return make_pending_shard(std::move(files_), std::move(summary));
}

}  // namespace

std::unique_ptr<ShardWriter> create_memmap_shard(const std::filesystem::path& stem,
                                                 ShardHeader header) {
  return std::make_unique<MemmapWriter>(stem, std::move(header));
}

}  // namespace dsprep
