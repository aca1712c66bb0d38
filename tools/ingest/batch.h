// Batch: what the transformation of one piece of input gives: samples ready to be written, and what
// was refused.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dsprep/digest.h"
#include "dsprep/error.h"
#include "dsprep/record.h"
#include "tools/ingest/left_out.h"
#include "tools/ingest/pixel_counts.h"

namespace dsprep {

/// Memory for many values of one batch, given back all at once and used again. Pointers stay valid
/// until reset().
class Arena {
 public:
  std::span<std::byte> allocate(std::size_t bytes);  ///< not initialised, 16-byte aligned
  Bytes copy(Bytes bytes);
  void reset() noexcept;

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept { std::free(memory); }
  };
  struct Chunk {
    std::unique_ptr<std::byte, Free> memory;
    std::size_t size = 0;
  };
  static Chunk make_chunk(std::size_t size);

  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
};

/// An input that gave no sample, as rejects.jsonl lists it.
struct Reject {
  std::string path;  ///< key of the input, with `:line` where it is one of many in a file
  ErrorCode code = ErrorCode::kCorrupt;
  std::string reason;
  std::uint32_t segment = 0;  ///< as in PreparedSample
  std::uint64_t line = 0;
};

/// A run of bytes of one entry that a piece covers.
struct Segment {
  std::uint64_t entry = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t lines = 0;  ///< that begin in it, blank ones too; 0 where a file is one sample
};

/// What the first field of a sample holds: a value that comes in parts is spread over several samples,
/// one behind the other, that are the same one but for it.
enum class ValuePart : std::uint8_t { kWhole, kMore, kLast };

/// A sample, with its values in the batch's arena.
struct PreparedSample {
  std::string_view key;
  std::uint32_t segment = 0;  ///< index into Batch::segments
  std::uint64_t line =
      0;  ///< 0, or the number of the line within the segment, from 1: the key becomes `key:number`
  std::string_view suffix = {};  ///< behind key and number, in the batch's arena: "@512"
  std::uint32_t split = 0;
  bool ambiguous_stem = false;
  ValuePart part = ValuePart::kWhole;
  Hash128 source = {};
};

struct Batch {
  Arena arena;
  std::vector<PreparedSample> samples;
  std::vector<FieldValue> values;  ///< fields of sample 0, then of sample 1, …
  std::vector<Reject> rejects;
  std::vector<Segment> segments;
  LeftOut left_out;
  std::uint64_t bytes = 0;  ///< input bytes
  Digest inputs;            ///< of the hashes of all inputs, in order, rejected ones too
  Digest stats;  ///< of size, time and inode of the files, to see later whether they changed
  PixelCounts pixels;

  void reset() noexcept;
};

}  // namespace dsprep
