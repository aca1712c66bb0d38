#include "formats/memmap/memmap_writer.h"

#include <algorithm>
#include <deque>

#include "formats/common/npy.h"
#include "formats/common/sample_index.h"
#include "formats/memmap/memmap_column.h"

namespace dsprep {
namespace {

constexpr const char* kKeySuffix = ".key.npy";

class MemmapWriter final : public ShardWriter {
 public:
  MemmapWriter(const std::filesystem::path& stem, ShardHeader header) : files_(stem) {
    header_.shard = std::move(header);
    for (const Field& field : header_.shard.schema.fields) columns_.emplace_back(field, files_);
  }

  std::uint64_t samples() const noexcept override { return index_.digest().count(); }
  void append(const Record& record) override;
  std::unique_ptr<PendingShard> finish() override;

 private:
  NpyStream write_keys();

  TemporaryFiles files_;
  FooterHeader header_;
  SampleIndex index_;
  std::deque<MemmapColumn> columns_;
  // The width of a key in the file is that of the longest, so they wait in memory: 8 bytes and the
  // key a sample.
  std::vector<std::uint64_t> key_ends_;
  std::vector<std::byte> key_bytes_;
  std::uint64_t longest_key_ = 1;
};

void MemmapWriter::append(const Record& record) {
  check_record(header_.shard.schema, record);
  const std::span<const FieldValue> values = index_.append(header_.shard.schema, record);
  for (std::size_t i = 0; i < values.size(); ++i) columns_[i].append(values[i]);
  put_bytes(key_bytes_, as_bytes(record.key));
  key_ends_.push_back(key_bytes_.size());
  longest_key_ = std::max<std::uint64_t>(longest_key_, record.key.size());
}

NpyStream MemmapWriter::write_keys() {
  NpyStream keys(files_.add(kKeySuffix), npy_descr("|S" + std::to_string(longest_key_)), {},
                 row_block_bytes(longest_key_));
  std::vector<std::byte> row(longest_key_);
  std::uint64_t start = 0;
  for (const std::uint64_t end : key_ends_) {
    std::copy(key_bytes_.begin() + static_cast<std::ptrdiff_t>(start),
              key_bytes_.begin() + static_cast<std::ptrdiff_t>(end), row.begin());
    std::fill(row.begin() + static_cast<std::ptrdiff_t>(end - start), row.end(), std::byte{0});
    keys.append(row);
    start = end;
  }
  keys.finish(key_ends_.size());
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
  header_.files.push_back({kKeySuffix, file.size(), file.hash()});
  header_.digest = index_.digest();
  file.append(encode_footer(header_, sections, file.size()));
  summary.files.push_back({kKeySuffix, file.size(), file.hash()});
  file.close();
  return make_pending_shard(std::move(files_), std::move(summary));
}

}  // namespace

std::unique_ptr<ShardWriter> create_memmap_shard(const std::filesystem::path& stem,
                                                 ShardHeader header) {
  return std::make_unique<MemmapWriter>(stem, std::move(header));
}

}  // namespace dsprep
