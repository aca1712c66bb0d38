// WindowWriter: the windows of a document whose ids come in parts, as samples. As cut_windows()
// cuts one that is whole.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dsprep/shard.h"
#include "tools/ingest/window_options.h"

namespace dsprep {

/// Keeps no more than a window and a part. One thread at a time.
class WindowWriter {
 public:
  /// Gives the shard; asked for each window, so that without one no shard is begun.
  using Writer = std::function<ShardWriter&()>;

  /// Ids are of `dtype` (uint16 or uint32).
  WindowWriter(const WindowOptions& options, DType dtype)
      : options_(options), dtype_(dtype), width_(dtype_size(dtype)) {}

  /// The next ids of the document, in field 0 of `part`; its key, its other fields and its source
  /// are those of the windows, but for the length that Tail::kPad has in field 1.
  void add(const Record& part, const Writer& writer);
  /// The document ends with this part. Returns the number of its ids that are in no window.
  std::uint64_t finish(const Record& last, const Writer& writer);

 private:
  void write(std::uint64_t start, std::uint64_t length, const Record& part, const Writer& writer);
  void write_tail(const Record& last, const Writer& writer);

  WindowOptions options_;
  DType dtype_;
  std::size_t width_;            // bytes of an id
  std::vector<std::byte> kept_;  // the ids from kept_from_ on
  std::uint64_t kept_from_ = 0;
  std::uint64_t ids_ = 0;   // of the document so far
  std::uint64_t next_ = 0;  // where the next window begins
  std::uint64_t covered_ = 0, covered_to_ = 0;
  std::string key_;
  std::vector<FieldValue> fields_;
  std::vector<std::byte> padded_;
};

}  // namespace dsprep
