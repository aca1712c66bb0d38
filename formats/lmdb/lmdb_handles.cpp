#include "formats/lmdb/lmdb_handles.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "dsprep/error.h"
#include "formats/common/file.h"

namespace dsprep {
namespace {

constexpr unsigned kMode = 0644;

ErrorCode class_of(int code) {
  switch (code) {
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return ErrorCode::kCorrupt;
    case MDB_VERSION_MISMATCH:
      return ErrorCode::kVersion;
    case MDB_BAD_VALSIZE:
      return ErrorCode::kTooLarge;
    case MDB_KEYEXIST:
      return ErrorCode::kUsage;
    default:
      return ErrorCode::kInternal;
  }
}

}  // namespace

void check_lmdb(int code, const char* what, const std::filesystem::path& file) {
  if (code == MDB_SUCCESS) return;
  // liblmdb says EIO where the system wrote less than it was asked to: most often a full disk.
  if (code == EIO) {
    throw Error(ErrorCode::kIo, std::string(what) + ": " + mdb_strerror(code),
                {.file = file.string()},
                "the disk may be full or failing; with space on it, run the command again");
  }
  if (code > 0) throw_errno(code, what, file);
  throw Error(class_of(code), std::string(what) + ": " + mdb_strerror(code),
              {.file = file.string()});
}

Environment open_environment(const std::filesystem::path& file, unsigned flags) {
  MDB_env* raw = nullptr;
  check_lmdb(mdb_env_create(&raw), "cannot be opened", file);
  Environment environment(raw);
  check_lmdb(mdb_env_open(raw, file.c_str(), flags | MDB_NOSUBDIR | MDB_NOLOCK, kMode),
             "cannot be opened", file);
  return environment;
}

Transaction begin_transaction(MDB_env* environment, unsigned flags,
                              const std::filesystem::path& file) {
  MDB_txn* raw = nullptr;
  check_lmdb(mdb_txn_begin(environment, nullptr, flags, &raw), "no transaction", file);
  return Transaction(raw);
}

MDB_dbi main_database(MDB_txn* transaction, const std::filesystem::path& file) {
  MDB_dbi database = 0;
  check_lmdb(mdb_dbi_open(transaction, nullptr, 0, &database), "no database", file);
  return database;
}

Cursor open_cursor(MDB_txn* transaction, MDB_dbi database, const std::filesystem::path& file) {
  MDB_cursor* raw = nullptr;
  check_lmdb(mdb_cursor_open(transaction, database, &raw), "no cursor", file);
  return Cursor(raw);
}

std::uintptr_t map_address(MDB_env* environment, const MDB_val& key) noexcept {
  MDB_stat stat{};
  mdb_env_stat(environment, &stat);  // fails for null only
  const auto address = reinterpret_cast<std::uintptr_t>(key.mv_data);
  const std::uintptr_t page = address - address % stat.ms_psize;
  std::uint64_t number = 0;
  std::memcpy(&number, reinterpret_cast<const void*>(page), sizeof(number));
  return page - number * stat.ms_psize;
}

}  // namespace dsprep
