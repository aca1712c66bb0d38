// LMDB files that other software wrote. liblmdb reads them; see SPEC.md for what that cannot
// promise.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "formats/common/bytes.h"
#include "formats/common/foreign.h"
#include "formats/lmdb/lmdb_handles.h"

namespace dsprep {
namespace {

constexpr std::string_view kOurFirstNumber = "000000000000.";
constexpr std::string_view kOurFirstKey = "000000000000.key";
constexpr std::uint32_t kMagic = 0xBEEFC0DE;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kLeastPage = 512, kLargestPage = 64 << 10;

// A meta page as liblmdb 0.9 lays it out on 64-bit machines.
struct Meta {
  std::uint32_t page_bytes = 0;
  std::uint64_t last_page = 0;
  std::uint64_t transaction = 0;
};

std::optional<Meta> read_meta(const InputFile& file, std::uint64_t offset) {
  std::array<std::byte, 152> bytes{};
  if (file.read_some(offset, bytes) != bytes.size() || get<std::uint32_t>(bytes, 16) != kMagic)
    return std::nullopt;
  if (const auto version = get<std::uint32_t>(bytes, 20); version != kVersion) {
    throw Error(ErrorCode::kVersion,
                "LMDB data format " + std::to_string(version) + ", this program reads 1",
                {.file = file.path().string()});
  }
  return Meta{get<std::uint32_t>(bytes, 40), get<std::uint64_t>(bytes, 136),
              get<std::uint64_t>(bytes, 144)};
}

// A file that ends before its last page ends the process when that page is touched.
void check_size(const InputFile& file) {
  const Where where{.file = file.path().string()};
  const auto first = read_meta(file, 0);
  if (!first || first->page_bytes < kLeastPage || first->page_bytes > kLargestPage) {
    throw Error(ErrorCode::kCorrupt, "the first page is not LMDB's", where);
  }
  const auto second = read_meta(file, first->page_bytes);
  if (!second || second->page_bytes != first->page_bytes)
    throw Error(ErrorCode::kCorrupt, "the second page is not LMDB's", where);
  const Meta& newest = second->transaction > first->transaction ? *second : *first;
  if (newest.last_page < file.size() / newest.page_bytes) return;
  throw Error(ErrorCode::kTruncated, "ends before its last page: it was cut",
              {.file = where.file, .offset = file.size()},
              "if it is whole, `mdb_copy -c` makes a file that can be read");
}

std::string_view text_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

class ForeignLmdb final : public ForeignReader {
 public:
  explicit ForeignLmdb(const InputFile& file) : ForeignReader(file.path(), Container::kLmdb) {
    check_size(file);
    header_.schema.fields = {{"value", DType::kUint8, {-1}, Encoding::kBytes}};
    header_.split = file.path().stem().string();
    environment_ = open_environment(path_, MDB_RDONLY | MDB_NORDAHEAD);
    transaction_ = begin_transaction(environment_.get(), MDB_RDONLY, path_);
    index();
  }

  std::uint64_t size() const noexcept override { return entries_.size(); }
  std::string_view key(std::uint64_t position, ReadBuffer& buffer) const override {
    check_position(position);
    return buffer.key = text_of(entries_[position].key);
  }

 private:
  struct Entry {
    MDB_val key, value;  // in the map, as long as the transaction lives
  };

  void index();
  Place place(std::uint64_t position, std::size_t) const override {
    const MDB_val& value = entries_[position].value;
    return {reinterpret_cast<std::uintptr_t>(value.mv_data) - map_, value.mv_size};
  }
  void load(const Place& place, std::span<std::byte> out) const override {
    if (!out.empty())
      std::memcpy(out.data(), reinterpret_cast<const void*>(map_ + place.offset), out.size());
  }

  Environment environment_;
  Transaction transaction_;
  std::vector<Entry> entries_;
  std::uintptr_t map_ = 0;  // address of the file's first byte
};

void ForeignLmdb::index() {
  const Cursor cursor =
      open_cursor(transaction_.get(), main_database(transaction_.get(), path_), path_);
  Entry entry{};
  int code = MDB_SUCCESS;
  while ((code = mdb_cursor_get(cursor.get(), &entry.key, &entry.value, MDB_NEXT)) == MDB_SUCCESS)
    entries_.push_back(entry);
  if (code != MDB_NOTFOUND) check_lmdb(code, "cannot be read", path_);
  if (!entries_.empty()) map_ = map_address(environment_.get(), entries_[0].key);
  const bool ours =
      !entries_.empty() && text_of(entries_[0].key).starts_with(kOurFirstNumber) &&
      std::ranges::any_of(entries_, [](const Entry& e) { return text_of(e.key) == kOurFirstKey; });
  if (ours) {
    throw Error(ErrorCode::kCorrupt,
                "a shard of dsprep whose footer is gone: it was cut or damaged",
                {.file = path_.string()}, "build the shard again");
  }
}

}  // namespace

std::unique_ptr<ShardReader> open_foreign_lmdb(const InputFile& file) {
  return std::make_unique<ForeignLmdb>(file);
}

}  // namespace dsprep
