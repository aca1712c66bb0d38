// KeyReader: the keys of a shard, from the footer's sections or from fixed rows of a file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/common/block_columns.h"

namespace dsprep {

/// Const members may be called by any number of threads. Positions must be below the number of
/// samples.
class KeyReader {
 public:
  /// `files` must live longer. Throws kCorrupt where the layout is none that keys can have.
  KeyReader(const ShardFiles& files, Verify verify);

  /// The view is valid until `buffer` changes. Throws kCorrupt.
  std::string_view read(std::uint64_t position, std::string& buffer) const;
  /// As ColumnReader::check().
  void check(std::uint32_t file, const std::function<void(const Damage&)>& report) const;

 private:
  struct Sections {
    std::vector<std::uint64_t> offsets;
    std::vector<std::byte> bytes;
  };
  const Sections& sections() const;

  const ShardFiles& files_;
  std::uint64_t row_bytes_ = 0;
  std::optional<BlockStream> rows_;  // where the column is kRows; else the sections are used
  Lazy<Sections> sections_;
};

}  // namespace dsprep
