// Owners of liblmdb's handles, and its errors as ours. Move-only; threads as liblmdb demands with
// MDB_NOLOCK: one at a time for an environment that is written, any number for one that is read,
// each with a transaction of its own.
#pragma once

#include <lmdb.h>

#include <cstdint>
#include <filesystem>
#include <memory>

namespace dsprep {

struct CloseEnvironment {
  void operator()(MDB_env* environment) const noexcept { mdb_env_close(environment); }
};
using Environment = std::unique_ptr<MDB_env, CloseEnvironment>;

struct AbortTransaction {
  void operator()(MDB_txn* transaction) const noexcept { mdb_txn_abort(transaction); }
};
using Transaction = std::unique_ptr<MDB_txn, AbortTransaction>;

struct CloseCursor {
  void operator()(MDB_cursor* cursor) const noexcept { mdb_cursor_close(cursor); }
};
using Cursor = std::unique_ptr<MDB_cursor, CloseCursor>;

/// Throws where `code` is not MDB_SUCCESS: kIo for the system's errors (with what to do where the
/// disk is full), kVersion, kCorrupt for what is wrong with the file, kTooLarge and kUsage for what
/// does not fit, else kInternal.
void check_lmdb(int code, const char* what, const std::filesystem::path& file);

/// Opens `file` (not a folder) without lock file. Throws as check_lmdb().
Environment open_environment(const std::filesystem::path& file, unsigned flags);
/// `flags` as mdb_txn_begin has them.
Transaction begin_transaction(MDB_env* environment, unsigned flags,
                              const std::filesystem::path& file);
/// The one database without a name.
MDB_dbi main_database(MDB_txn* transaction, const std::filesystem::path& file);
Cursor open_cursor(MDB_txn* transaction, MDB_dbi database, const std::filesystem::path& file);

/// The address of the file's first byte in memory, told from a key that a read transaction gave:
/// liblmdb does not say it, but each page begins with its own number, and keys never stand in the
/// middle of a long value.
std::uintptr_t map_address(MDB_env* environment, const MDB_val& key) noexcept;

}  // namespace dsprep
