// Packer: documents behind one another, cut into rows of equal length: one stream a slice and
// split, so that rows depend neither on threads nor on tasks.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/shard.h"
#include "tools/ingest/options.h"

namespace dsprep {

/// The fields of a packed row: "tokens"; "starts", the places in the row where a document or the
/// rest of one begins; with Tail::kPad "length", the ids before the padding. Its key is its first
/// document's, `@` and the index of its first id in that document; its source is the XXH3-128 of
/// its documents' source hashes.
void add_row_fields(Schema& schema, DType tokens, const WindowOptions& options);

/// One thread at a time.
class Packer {
 public:
  /// Rows go to what `writer` gives, which is asked for each; ids are of `dtype` (uint16 or
  /// uint32).
  Packer(const WindowOptions& options, DType dtype, std::function<ShardWriter&()> writer);

  /// Appends a document's ids (little-endian, of the dtype); `more` of them come with the next
  /// call.
  void add(std::string_view key, Bytes ids, const Hash128& source, bool more = false);
  /// The last row, where it is not full, as the tail policy says. Returns the ids that were left
  /// out.
  std::uint64_t finish();

 private:
  void begin_row(std::string_view key, std::uint64_t start);
  void write_row();

  WindowOptions options_;
  std::size_t width_;
  std::function<ShardWriter&()> writer_;
  std::uint64_t begun_ = 0;  // ids of the document that are in already
  std::string key_;
  std::vector<std::byte> row_;
  std::vector<std::uint32_t> starts_;
  std::vector<Hash128> sources_;
};

}  // namespace dsprep
