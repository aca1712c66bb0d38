// Cuts a text at white space and at characters that are words of their own, all of them ASCII: 64
// bytes at a time, by arithmetic on sets of bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/text/word_batch.h"

namespace dsprep {

enum class ByteClass : std::uint8_t { kWord, kSpace, kAlone };

/// Of 64 bytes: which are of class kSpace, and which are kAlone.
struct WordMasks {
  std::uint64_t space = 0, alone = 0;
};

/// The classes of ASCII in the form that vector code wants: bit h of [n] says whether h * 16 + n
/// belongs to the class.
struct WordTables {
  std::array<std::uint8_t, 16> space{}, alone{};
};

using MaskWords = WordMasks (*)(const char* text, const WordTables& tables);
WordMasks mask_words_portable(const char* text, const WordTables& tables);
/// The fastest of this machine.
MaskWords best_mask_words() noexcept;

/// Immutable: any number of threads.
class WordCutter {
 public:
  /// Longest text.
  static constexpr std::size_t kMaxText = std::size_t{1} << 30;

  /// Nothing is cut.
  WordCutter() = default;
  /// `classes` of the characters 0 to 127.
  explicit WordCutter(const std::array<ByteClass, 128>& classes) noexcept;

  /// Words of a text on their way: [begins[i], ends[i]) for i < count. No word is empty.
  struct Words {
    std::array<std::uint32_t, kWordBatch + 1> begins, ends;
    std::size_t count = 0;

   private:
    friend class WordCutter;
    std::size_t at = 0;                   // looked at up to here
    std::uint64_t word = 0, alone = 0;    // 1 where the byte before `at` is of that class
    std::size_t open = 0;                 // begins behind the last end: 0 or 1
  };

  /// The next words of `text`, always the same one; false where there are none.
  bool next(std::string_view text, Words& words) const;

 private:
  void cut_64(const WordMasks& masks, Words& words) const noexcept;

  WordTables tables_;
  MaskWords mask_words_ = mask_words_portable;
};

}  // namespace dsprep
