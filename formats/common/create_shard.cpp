#include <nlohmann/json.hpp>

#include "formats/lmdb/lmdb_writer.h"
#include "formats/memmap/memmap_writer.h"
#include "formats/wds/wds_writer.h"

namespace dsprep {

std::unique_ptr<ShardWriter> create_shard(const std::filesystem::path& stem, ShardHeader header) {
  header.schema.validate();
  if (!header.options.empty() && !nlohmann::json::accept(header.options)) {
    throw Error(ErrorCode::kUsage, "the options of a shard are JSON");
  }
  switch (header.container) {
    case Container::kMemmap:
      return create_memmap_shard(stem, std::move(header));
    case Container::kLmdb:
      return create_lmdb_shard(stem, std::move(header));
    case Container::kWds:
      return create_wds_shard(stem, std::move(header));
  }
  throw Error(ErrorCode::kUsage, "no such container");
}

}  // namespace dsprep
