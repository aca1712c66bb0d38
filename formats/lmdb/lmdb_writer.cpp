#include "formats/lmdb/lmdb_writer.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "formats/common/file.h"
#include "formats/common/member.h"
#include "formats/common/pending_shard.h"
#include "formats/common/whole_value_writer.h"
#include "formats/lmdb/lmdb_handles.h"

namespace dsprep {
namespace {

constexpr const char* kSuffix = ".lmdb";
constexpr const char* kKeyExtension = "key";
constexpr std::uint64_t kCommitBytes =
    16 << 20;                              // part of the format: another number gives other bytes
constexpr std::size_t kForgetEvery = 512;  // values
constexpr std::uint64_t kMapReserveBytes = 1 << 20;
constexpr std::uint64_t kNumberBytes = 13;  // of a key: twelve digits and a point
constexpr std::uint64_t kEntryBytes =
    32;  // counted for each entry beside key and value: its head and its slot in a page
constexpr std::uint64_t kMostValueBytes = 0xFFFFFFFF;  // liblmdb's own limit

// Room for entries that count `bytes`: twice as much, since a page may stay half empty (a long
// value ends in a page of its own, short ones do not always fit behind one another); pages for the
// tree and for what a transaction copies; then up to a power of two.
std::uint64_t map_bytes_for(std::uint64_t bytes) {
  return std::bit_ceil(kMapReserveBytes + 2 * bytes + bytes / 4);
}

// One value as it is put: a field, or the sample's key.
struct Entry {
  std::string_view extension;
  Bytes prefix, body;
  std::uint32_t field = 0;
  std::uint64_t size() const noexcept { return prefix.size() + body.size(); }
};
constexpr std::uint32_t kNoField =
    0xFFFFFFFF;  // the sample's key: its bytes stand in the footer too

// What is kept of an entry until its place in the file is known.
struct Pending {
  std::uint32_t field = 0;
  std::uint32_t prefix_bytes = 0;
};

std::string entry_key(std::uint64_t sample, std::string_view extension) {
  std::array<char, 24> number{};
  const int digits = std::snprintf(number.data(), number.size(), "%012llu.",
                                   static_cast<unsigned long long>(sample));
  return std::string(number.data(), static_cast<std::size_t>(digits)).append(extension);
}

// One thread. Memory: one transaction (16 MiB and one sample), what the footer needs, and 8 bytes a
// value.
class LmdbWriter final : public WholeValueWriter {
 public:
  LmdbWriter(const std::filesystem::path& stem, ShardHeader header)
      : WholeValueWriter(std::move(header)), files_(stem), path_(files_.add(kSuffix)) {
    OutputFile(path_).close();  // it must be new; liblmdb takes an empty file as a new one
    environment_ = open_environment(path_, MDB_NOSYNC);  // publish() syncs
    grow_map(kCommitBytes);
  }

  std::unique_ptr<PendingShard> finish() override;

 private:
  void append_whole(const Record& record) override;
  void collect_entries(const Record& record);
  void make_room(std::uint64_t bytes);
  void put(const Entry& entry);
  void commit();
  void grow_map(std::uint64_t bytes);
  void find_offsets();
  ShardFile append_footer();

  TemporaryFiles files_;
  std::filesystem::path path_;
  Environment environment_;
  Transaction transaction_;  // empty between transactions; declared behind its environment
  MDB_dbi database_ = 0;     // valid in transaction_
  std::uint64_t map_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;  // put since the start: keys and values, and kEntryBytes for each
  std::uint64_t transaction_bytes_ = 0;  // the same since the last commit
  std::vector<Member> members_;          // of one record; reused
  std::vector<Entry> entries_;           // of one record, in the order of their keys; reused
  std::vector<Pending> pending_;         // of all records, in the order of their keys
};

void LmdbWriter::collect_entries(const Record& record) {
  const std::vector<Field>& fields = schema().fields;
  members_.resize(fields.size());
  entries_.assign(
      1,
      {.extension = kKeyExtension, .prefix = {}, .body = as_bytes(record.key), .field = kNoField});
  for (std::size_t i = 0; i < fields.size(); ++i) {
    make_member(fields[i], record.fields[i], members_[i]);
    entries_.push_back({members_[i].extension, members_[i].prefix, members_[i].body,
                        static_cast<std::uint32_t>(i)});
  }
  std::ranges::sort(entries_, {}, &Entry::extension);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i > 0 && entries_[i].extension == entries_[i - 1].extension) {
      throw Error(ErrorCode::kUsage,
                  "two fields of a sample have the extension " + std::string(entries_[i].extension),
                  {.file = path_.string(), .sample = samples()}, "give one of them another name");
    }
    if (entries_[i].size() <= kMostValueBytes) continue;
    throw Error(
        ErrorCode::kTooLarge, "a value of 4 GiB or more does not fit into LMDB",
        {.file = path_.string(), .sample = samples(), .field = std::string(entries_[i].extension)},
        "use the memmap or the wds container");
  }
}

// A larger map is set between transactions only; its size, which the file records, follows from
// what was put alone.
void LmdbWriter::make_room(std::uint64_t bytes) {
  if (transaction_bytes_ + bytes > kCommitBytes) commit();
  if (!transaction_) {
    grow_map(std::max(bytes, kCommitBytes));
    transaction_ = begin_transaction(environment_.get(), 0, path_);
    database_ = main_database(transaction_.get(), path_);
  }
  total_bytes_ += bytes;
  transaction_bytes_ += bytes;
}

void LmdbWriter::append_whole(const Record& record) {
  collect_entries(record);
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries_)
    bytes += kNumberBytes + entry.extension.size() + entry.size() + kEntryBytes;
  make_room(bytes);
  for (const Entry& entry : entries_) put(entry);
  builder_.append(record);
}

void LmdbWriter::put(const Entry& entry) {
  std::string name = entry_key(samples(), entry.extension);
  MDB_val key{name.size(), name.data()};
  MDB_val value{entry.size(), nullptr};
  // Reserved, then filled: prefix and body need not be joined first.
  check_lmdb(mdb_put(transaction_.get(), database_, &key, &value, MDB_APPEND | MDB_RESERVE),
             "cannot be written", path_);
  auto* out = static_cast<std::byte*>(value.mv_data);
  std::ranges::copy(entry.body, std::ranges::copy(entry.prefix, out).out);
  pending_.push_back({entry.field, static_cast<std::uint32_t>(entry.prefix.size())});
}

void LmdbWriter::commit() {
  if (!transaction_) return;
  check_fault(FileOp::kWrite, path_, "cannot be written");
  check_lmdb(mdb_txn_commit(transaction_.release()), "cannot be written", path_);
  transaction_bytes_ = 0;
}

void LmdbWriter::grow_map(std::uint64_t bytes) {
  const std::uint64_t needed = map_bytes_for(total_bytes_ + bytes);
  if (needed <= map_bytes_) return;
  check_lmdb(mdb_env_set_mapsize(environment_.get(), needed), "cannot be mapped", path_);
  map_bytes_ = needed;
}

// Values are contiguous in the file, also those of many pages. The walk touches the tree's pages in
// the map, and with each the system maps its neighbours: they are given back now and then.
void LmdbWriter::find_offsets() {
  const Transaction transaction = begin_transaction(environment_.get(), MDB_RDONLY, path_);
  const Cursor cursor =
      open_cursor(transaction.get(), main_database(transaction.get(), path_), path_);
  const std::size_t entries = schema().fields.size() + 1;
  std::size_t found = 0;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    MDB_val key{}, value{};
    check_lmdb(mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT), "cannot be read back", path_);
    const Pending& entry = pending_[i];
    if (entry.field == kNoField || !builder_.has_ranges(entry.field)) continue;
    const std::uintptr_t map = map_address(environment_.get(), key);
    const std::uint64_t offset = reinterpret_cast<std::uintptr_t>(value.mv_data) - map;
    builder_.set_offset(i / entries, entry.field, offset + entry.prefix_bytes);
    if (++found % kForgetEvery == 0)
      ::madvise(reinterpret_cast<void*>(map), map_bytes_, MADV_DONTNEED);
  }
}

ShardFile LmdbWriter::append_footer() {
  OutputFile file = OutputFile::adopt(path_);
  Hasher128 hasher = hasher_of(path_);
  const std::vector<std::byte> footer = builder_.encode(
      {.suffix = kSuffix, .bytes = file.size(), .hash = hasher.value()}, kSectionAlignment);
  file.append(footer);
  hasher.update(footer);
  file.close();
  return {.suffix = kSuffix, .bytes = file.size(), .hash = hasher.value()};
}

std::unique_ptr<PendingShard> LmdbWriter::finish() {
  commit();
  find_offsets();
  environment_.reset();
  ShardSummary summary{.digest = builder_.digest(), .files = {append_footer()}};
  return make_pending_shard(std::move(files_), std::move(summary));
}

}  // namespace

std::unique_ptr<ShardWriter> create_lmdb_shard(const std::filesystem::path& stem,
                                               ShardHeader header) {
  return std::make_unique<LmdbWriter>(stem, std::move(header));
}

}  // namespace dsprep
