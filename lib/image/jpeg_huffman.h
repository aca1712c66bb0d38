// Decodes Huffman-coded data of sequential JPEGs in libjpeg's place: the same coefficients,
// warnings and errors, faster. libjpeg goes on with them (inverse DCT,
// upsampling, colours), and keeps all other kinds of scans.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

// jpeglib.h names FILE and size_t without including what declares them, so it comes last.
#include <jpeglib.h>  // NOLINT

namespace dsprep {

/// One Huffman table, to be looked up by the next bits. Decodes a symbol and, if both fit kBits,
/// the number behind it at once.
struct HuffmanLookup {
  static constexpr unsigned kBits = 10;
  static constexpr unsigned kLongest = 16;

  /// Requires: a table that libjpeg has checked.
  explicit HuffmanLookup(const JHUFF_TBL& table);

  std::array<std::uint32_t, 1U << kBits> entries{};  // see jpeg_huffman.cpp
  // Of the codes of each length: one more than the last, left-aligned in 16 bits; and what to add
  // to a code to find its place among the symbols.
  std::array<std::uint32_t, kLongest + 1> limit{};
  std::array<std::int32_t, kLongest + 1> place{};
  std::array<std::uint8_t, 256> symbols{};
};

/// One picture. Lives as long as the decompressor decodes; one thread at a time.
class JpegHuffman {
 public:
  JpegHuffman() = default;
  JpegHuffman(const JpegHuffman&) = delete;
  JpegHuffman& operator=(const JpegHuffman&) = delete;

  /// Requires: jpeg_start_decompress() has returned, nothing is read yet. Takes over the entropy
  /// decoding, and client_data, of a picture that is one sequential Huffman scan; else does
  /// nothing.
  void attach(jpeg_decompress_struct& jpeg);

  /// A place in the data: `buffer` holds `count` bits, left-aligned, that are taken from the
  /// source.
  struct Place {
    const JOCTET* next = nullptr;
    const JOCTET* end = nullptr;
    std::uint64_t buffer = 0;
    int count = 0;
  };

 private:
  struct Block {
    const HuffmanLookup* dc = nullptr;
    const HuffmanLookup* ac = nullptr;
    int component = 0;
    bool wants_ac = true;
  };

  static boolean decode_mcu(j_decompress_ptr jpeg, JBLOCKROW* blocks);
  bool decode_fast(jpeg_decompress_struct& jpeg, JBLOCKROW* blocks);
  void decode_careful(jpeg_decompress_struct& jpeg, JBLOCKROW* blocks);
  bool restart(jpeg_decompress_struct& jpeg);

  std::vector<HuffmanLookup> tables_;
  std::array<Block, D_MAX_BLOCKS_IN_MCU> blocks_{};
  int blocks_in_mcu_ = 0;
  unsigned restarts_to_go_ = 0;
  std::uint64_t buffer_ = 0;
  int count_ = 0;
  std::array<int, MAX_COMPS_IN_SCAN> last_dc_{};
  JBLOCK unwanted_{};  // where coefficients go that nobody asks for
};

}  // namespace dsprep
