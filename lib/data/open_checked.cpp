#include "lib/data/open_checked.h"

#include <string>

#include "dsprep/error.h"
#include "formats/common/file.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRebuild =
    "build the dataset again, or take the file from the build that the manifest is of";

// A cut file is named here, before a reader looks for its footer and finds none.
void check_sizes(const fs::path& stem, const ShardRow& row, const std::string& name) {
  for (const ShardFile& file : row.files) {
    const fs::path path = stem.string() + file.suffix;
    const std::uint64_t bytes = InputFile(path).size();
    if (bytes != file.bytes) {
      throw Error(ErrorCode::kCorrupt,
                  "the file has " + std::to_string(bytes) + " bytes, the manifest says " +
                      std::to_string(file.bytes),
                  {.file = path.string(), .shard = name}, "dsprep verify tells what is damaged");
    }
  }
}

void check_header(const ShardReader& reader, const Manifest& manifest, const ShardRow& row,
                  const Where& where) {
  const ShardHeader& header = reader.header();
  if (reader.foreign()) {
    throw Error(ErrorCode::kCorrupt,
                "the file carries no footer of dsprep, but the manifest names it", where, kRebuild);
  }
  if (header.plan != manifest.plan) {
    throw Error(ErrorCode::kVersion,
                "a shard of another build: its plan is " + header.plan + ", the manifest's is " +
                    manifest.plan,
                where, kRebuild);
  }
  const auto check = [&where](bool same, const char* what) {
    if (!same)
      throw Error(ErrorCode::kCorrupt,
                  std::string("the shard's ") + what + " is not the manifest's", where, kRebuild);
  };
  check(header.container == manifest.container, "container");
  check(header.schema == manifest.schema, "schema");
  check(header.split == manifest.splits[row.split].name, "split");
  check(header.part == row.part, "part");
  check(reader.size() == row.samples(), "number of samples");
  check(reader.digest() == row.digest, "digest");
}

}  // namespace

std::shared_ptr<const ShardReader> open_checked(const fs::path& directory, const Manifest& manifest,
                                                const ShardRow& row, Verify verify, Io io) {
  const std::string name = manifest.shard_stem(row);
  const fs::path stem = directory / name;
  if (row.files.empty())
    throw Error(ErrorCode::kCorrupt, "the manifest names no file of the shard", {.shard = name});
  const fs::path file = stem.string() + row.files.back().suffix;
  try {
    check_sizes(stem, row, name);
    std::shared_ptr<const ShardReader> reader = open_shard(file, verify, io);
    check_header(*reader, manifest, row, {.file = file.string(), .shard = name});
    return reader;
  } catch (const Error& error) {
    if (!error.where().shard.empty()) throw;
    Where where = error.where();
    where.shard = name;
    throw Error(error.code(), error.message(), std::move(where), error.remedy());
  }
}

}  // namespace dsprep
