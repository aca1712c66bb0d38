// TextBlocks: a file that is one text, as blocks that end where the tokenizer may cut it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dsprep/tokenizer.h"
#include "formats/common/file.h"

namespace dsprep {

/// One thread at a time. File and tokenizer outlive it.
class TextBlocks {
 public:
  TextBlocks(const InputFile& file, const Tokenizer& tokenizer)
      : file_(file), tokenizer_(tokenizer) {}

  /// How many blocks there are; those in which no place to cut at was found are empty.
  static std::uint64_t count(std::uint64_t file_bytes) noexcept {
    return (file_bytes + kBytes - 1) / kBytes;
  }

  struct Block {
    std::vector<char> memory;  ///< used again from block to block
    std::string_view text;     ///< in it
    std::uint64_t offset = 0;  ///< in the file
  };
  /// The next block; false behind the last. Throws as InputFile, and kTooLarge with the offset
  /// where the text has no place to cut at in 64 MiB (1 GiB with a tokenizer that cuts nowhere).
  bool next(Block& block);

 private:
  static constexpr std::size_t kBytes = 256 << 10;

  void find_cut(Block& block, std::size_t size);
  void check_length(std::size_t size) const;

  const InputFile& file_;
  const Tokenizer& tokenizer_;
  std::vector<char> rest_;    // read, and behind the last cut
  std::size_t try_from_ = 0;  // a shorter text is not searched once more
  std::uint64_t read_ = 0;    // bytes read from the file
  std::uint64_t blocks_ = 0;  // given so far
};

}  // namespace dsprep
