// AnyShard: a shard however it comes: a file that is read at random, a compressed one, or the
// output of a command; and its fields that are compressed each by itself. Const members may be
// called by any number of threads, each with its own buffers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dsprep/shard.h"
#include "lib/data/spool.h"

namespace dsprep {

class AnyShard {
 public:
  /// What a value is read into. One thread at a time.
  struct Buffer {
    ReadBuffer raw;
    std::vector<std::byte> unpacked;
    std::optional<std::uint64_t> position = {};  ///< whose value `unpacked` is
  };

  /// `name`: a path, or "pipe:COMMAND". What cannot be read at random is written to a temporary
  /// file first. Throws kNotFound, kIo, kCorrupt, kTruncated, with the name.
  explicit AnyShard(std::string name, Verify verify = Verify::kFirst, Io io = Io::kAuto);

  const std::string& name() const noexcept { return name_; }
  std::uint64_t size() const noexcept { return reader_->size(); }
  /// NAME for a field that stands as NAME.gz in the tar.
  const Schema& schema() const noexcept { return schema_; }
  std::string key(std::uint64_t position, ReadBuffer& buffer) const;
  /// A compressed value is unpacked to know its shape; what its view() then takes is kept.
  Shape shape(std::uint64_t position, std::size_t field, Buffer& buffer) const;
  /// Valid until the buffer is used again; a field each its own.
  FieldValue view(std::uint64_t position, std::size_t field, Buffer& buffer) const;
  void read_into(std::uint64_t position, std::size_t field, std::span<std::byte> out,
                 Buffer& buffer) const;
  void will_read(std::uint64_t position, std::size_t field) const {
    reader_->will_read(position, field);
  }

 private:
  template <class Action>
  auto named(Action action) const;  // a temporary file's name means nothing to anybody
  void name_fields();
  FieldValue unpacked(std::uint64_t position, std::size_t field, Buffer& buffer) const;

  std::string name_;
  std::optional<SpoolFile> spool_;
  std::unique_ptr<ShardReader> reader_;
  Schema schema_;
  std::vector<char> packed_;  // by field
};

}  // namespace dsprep
