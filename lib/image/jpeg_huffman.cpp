#include "lib/image/jpeg_huffman.h"

#include <bit>
#include <cstring>

// libjpeg's inner interfaces: the decoder of one MCU is a function that may be replaced.
#define JPEG_INTERNALS
#include <jerror.h>
#include <jpegint.h>

namespace dsprep {
namespace {

constexpr unsigned kBits = HuffmanLookup::kBits;
constexpr int kWholeWord = 56;  // bits that a fill leaves at least; never all 64
// A code has 16 bits at most, a number behind it 15.
constexpr int kMostOfSymbol = 32;

// Entries of a lookup. Bits 0 to 7: code and number together, 0 where they do not fit.
//   They fit: bits 8 to 15: zeros before the number (kEndOfBlock: the block ends) · 16 to 31: the
//   number. They do not: bits 8 to 15: bits of the code, 0 where not even that fits · 16 to 23: the
//   symbol.
constexpr unsigned kEndOfBlock = 64;

constexpr std::array<std::uint8_t, 80> kZigzag = {
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    // damaged runs may lead up to 15 places behind the end
    63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63};

// The number that `size` bits mean: the upper half is positive, the lower negative.
constexpr int number_of(unsigned bits, unsigned size) noexcept {
  if (size == 0) return 0;
  const int value = static_cast<int>(bits);
  return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

// What the bits `next` (kBits of them) begin with: a code of `length` bits for `symbol`.
std::uint32_t entry_of(unsigned next, unsigned length, unsigned symbol) noexcept {
  const unsigned run = symbol >> 4;
  const unsigned size = symbol & 15;
  const unsigned whole = length + size;
  if (whole > kBits) return length << 8 | symbol << 16;
  const unsigned bits = next >> (kBits - whole) & ((1U << size) - 1);
  const auto number = static_cast<std::uint16_t>(number_of(bits, size));
  const unsigned zeros = size == 0 && run != 15 ? kEndOfBlock : run;
  return whole | zeros << 8 | std::uint32_t{number} << 16;
}

std::uint64_t load_big_endian(const JOCTET* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  return word;
}

bool has_ff(std::uint64_t word) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  return ((~word - kOnes) & word & (kOnes << 7)) != 0;
}

// Handed around by value, so that the compiler keeps it in registers.
using Place = JpegHuffman::Place;

// Byte by byte: 0xff 0 stands for 0xff, everything else behind 0xff is a marker, before which we
// stop.
[[gnu::noinline]] Place fill_bytes(Place place) noexcept {
  while (place.count < kWholeWord && place.end - place.next >= 2) {
    const int taken = place.next[0] == 0xff ? 2 : 1;
    if (taken == 2 && place.next[1] != 0) break;
    place.buffer |= std::uint64_t{place.next[0]} << (kWholeWord - place.count);
    place.count += 8;
    place.next += taken;
  }
  return place;
}

// At least kWholeWord bits; false where the source ends, or a marker comes, before.
[[gnu::always_inline]] inline bool fill(Place& place) noexcept {
  if (place.end - place.next >= 8) {
    const std::uint64_t word = load_big_endian(place.next);
    if (!has_ff(word)) {
      place.buffer |= word >> place.count;
      place.next += (63 - place.count) >> 3;
      place.count |= kWholeWord;
      return true;
    }
  }
  place = fill_bytes(place);
  return place.count >= kWholeWord;
}

[[gnu::always_inline]] inline void drop(Place& place, unsigned bits) noexcept {
  place.buffer <<= bits;
  place.count -= static_cast<int>(bits);
}

struct LongSymbol {
  int symbol = -1;  // -1: there is no such code
  unsigned length = 0;
};

// A code that is longer than kBits.
[[gnu::noinline]] LongSymbol search(std::uint64_t buffer, const HuffmanLookup& table) noexcept {
  const auto next = static_cast<std::uint32_t>(buffer >> 48);
  for (unsigned length = kBits + 1; length <= HuffmanLookup::kLongest; ++length) {
    if (next >= table.limit[length]) continue;
    const auto code = static_cast<std::int32_t>(next >> (16 - length));
    return {table.symbols[static_cast<std::size_t>(code + table.place[length]) & 255], length};
  }
  return {};
}

// What a symbol says: zeros, and the number behind them. kEndOfBlock zeros: the block ends;
// kNoSymbol: it cannot be read.
struct Step {
  unsigned zeros = 0;
  int number = 0;
};
constexpr unsigned kNoSymbol = 255;

// A symbol that does not fit into the lookup with its number. Leaves a whole word for those behind
// it.
[[gnu::always_inline]] inline Step long_step(Place& place, const HuffmanLookup& table,
                                             std::uint32_t entry) noexcept {
  if (place.count < kMostOfSymbol && !fill(place)) return {kNoSymbol, 0};
  LongSymbol found{static_cast<int>(entry >> 16), entry >> 8 & 0xff};
  if (found.length == 0) found = search(place.buffer, table);
  if (found.symbol < 0) return {kNoSymbol, 0};
  drop(place, found.length);
  const unsigned size = static_cast<unsigned>(found.symbol) & 15;
  Step result{static_cast<unsigned>(found.symbol) >> 4, 0};
  if (size == 0) {
    if (found.symbol != 0xf0) result.zeros = kEndOfBlock;
  } else {
    result.number = number_of(static_cast<unsigned>(place.buffer >> (64 - size)), size);
    drop(place, size);
  }
  if (!fill(place)) result.zeros = kNoSymbol;
  return result;
}

// Requires: kBits bits, if all of the symbol fits into them.
[[gnu::always_inline]] inline Step step(Place& place, const HuffmanLookup& table) noexcept {
  const std::uint32_t entry = table.entries[place.buffer >> (64 - kBits)];
  const unsigned whole = entry & 0xff;
  if (whole == 0) [[unlikely]]
    return long_step(place, table, entry);
  drop(place, whole);
  return {entry >> 8 & 0xff, static_cast<std::int16_t>(entry >> 16)};
}

// One block: the difference of its first coefficient, and the others into `block`. A full word is
// enough for five symbols of the lookup.
[[gnu::always_inline]] inline bool fast_block(Place& place, const HuffmanLookup& dc,
                                              const HuffmanLookup& ac, int& difference,
                                              JCOEF* block) noexcept {
  if (!fill(place)) return false;
  const Step first = step(place, dc);
  if (first.zeros == kNoSymbol) return false;
  difference = first.number;
  for (unsigned k = 1;;) {
#ifdef __clang__
#pragma unroll 4
#else
#pragma GCC unroll 4
#endif
    for (int i = 0; i < 4; ++i) {
      const Step next = step(place, ac);
      if (next.zeros >= kEndOfBlock) return next.zeros == kEndOfBlock;
      k += next.zeros;
      block[kZigzag[k]] = static_cast<JCOEF>(next.number);
      if (++k >= DCTSIZE2) return true;
    }
    if (!fill(place)) return false;
  }
}
static_assert(kWholeWord >= 5 * static_cast<int>(kBits));

// The end of data: bits that are wanted and not there are 0, with one warning.
class CarefulBits {
 public:
  CarefulBits(jpeg_decompress_struct& jpeg, std::uint64_t& buffer, int& count) noexcept
      : jpeg_(jpeg), buffer_(buffer), count_(count) {}

  unsigned take(unsigned bits) {
    if (bits == 0) return 0;
    if (count_ < static_cast<int>(bits)) fill(static_cast<int>(bits));
    const auto value = static_cast<unsigned>(buffer_ >> (64 - bits));
    buffer_ <<= bits;
    count_ -= static_cast<int>(bits);
    return value;
  }

  unsigned symbol(const HuffmanLookup& table) {
    std::uint32_t code = 0;
    for (unsigned length = 1; length <= HuffmanLookup::kLongest; ++length) {
      code = code << 1 | take(1);
      if (code << (16 - length) >= table.limit[length]) continue;
      return table
          .symbols[static_cast<std::size_t>(static_cast<std::int32_t>(code) + table.place[length]) &
                   255];
    }
    (void)take(1);  // as libjpeg, which sees by the seventeenth that it is none
    WARNMS(&jpeg_, JWRN_HUFF_BAD_CODE);
    return 0;
  }

 private:
  unsigned byte() {
    jpeg_source_mgr& source = *jpeg_.src;
    if (source.bytes_in_buffer == 0 && !source.fill_input_buffer(&jpeg_))
      ERREXIT(&jpeg_, JERR_CANT_SUSPEND);
    --source.bytes_in_buffer;
    return *source.next_input_byte++;
  }

  // The next byte of data; -1 at a marker, which waits in unread_marker from then on.
  int data() {
    if (jpeg_.unread_marker != 0) return -1;
    unsigned value = byte();
    if (value != 0xff) return static_cast<int>(value);
    while (value == 0xff) value = byte();
    if (value == 0) return 0xff;
    jpeg_.unread_marker = static_cast<int>(value);
    return -1;
  }

  void fill(int wanted) {
    // what a fast fill left behind the counted bits comes again
    buffer_ = count_ == 0 ? 0 : buffer_ & ~std::uint64_t{0} << (64 - count_);
    while (count_ < kWholeWord) {
      const int value = data();
      if (value < 0) break;
      buffer_ |= static_cast<std::uint64_t>(value) << (kWholeWord - count_);
      count_ += 8;
    }
    if (count_ >= wanted) return;
    if (!jpeg_.entropy->insufficient_data) {
      jpeg_.entropy->insufficient_data = TRUE;
      WARNMS(&jpeg_, JWRN_HIT_MARKER);
    }
    count_ = kWholeWord + 1;  // as many as libjpeg puts there
  }

  jpeg_decompress_struct& jpeg_;
  std::uint64_t& buffer_;
  int& count_;
};

}  // namespace

HuffmanLookup::HuffmanLookup(const JHUFF_TBL& table) {
  std::memcpy(symbols.data(), table.huffval, symbols.size());
  std::uint32_t code = 0;  // of `length` bits
  std::uint32_t first = 0;
  for (unsigned length = 1; length <= kLongest; ++length, code <<= 1) {
    const std::uint32_t codes = table.bits[length];
    place[length] = static_cast<std::int32_t>(first) - static_cast<std::int32_t>(code);
    for (std::uint32_t i = 0; i < codes && length <= kBits; ++i) {
      const std::uint32_t begin = (code + i) << (kBits - length);
      for (std::uint32_t next = begin; next < begin + (1U << (kBits - length)); ++next) {
        entries[next] = entry_of(next, length, symbols[first + i]);
      }
    }
    code += codes;
    first += codes;
    limit[length] = codes == 0 ? 0 : code << (kLongest - length);
  }
}

void JpegHuffman::attach(jpeg_decompress_struct& jpeg) {
  if (jpeg.progressive_mode || jpeg.arith_code || jpeg.inputctl->has_multiple_scans) return;
  tables_.clear();
  tables_.reserve(2 * NUM_HUFF_TBLS);
  std::array<const HuffmanLookup*, NUM_HUFF_TBLS> dc{};
  std::array<const HuffmanLookup*, NUM_HUFF_TBLS> ac{};
  const auto lookup = [this](const HuffmanLookup*& made, const JHUFF_TBL* table) {
    if (made == nullptr) made = &tables_.emplace_back(*table);
    return made;
  };
  blocks_in_mcu_ = jpeg.blocks_in_MCU;
  for (int i = 0; i < blocks_in_mcu_; ++i) {
    const int number = jpeg.MCU_membership[i];
    const jpeg_component_info& component = *jpeg.cur_comp_info[number];
    const int d = component.dc_tbl_no;
    const int a = component.ac_tbl_no;
    blocks_[i] = {lookup(dc[d], jpeg.dc_huff_tbl_ptrs[d]), lookup(ac[a], jpeg.ac_huff_tbl_ptrs[a]),
                  number, component.component_needed && component.DCT_scaled_size > 1};
  }
  restarts_to_go_ = jpeg.restart_interval;
  buffer_ = 0;
  count_ = 0;
  last_dc_ = {};
  jpeg.client_data = this;
  jpeg.entropy->decode_mcu = decode_mcu;
}

bool JpegHuffman::decode_fast(jpeg_decompress_struct& jpeg, JBLOCKROW* blocks) {
  jpeg_source_mgr& source = *jpeg.src;
  Place place{source.next_input_byte, source.next_input_byte + source.bytes_in_buffer, buffer_,
              count_};
  std::array<int, MAX_COMPS_IN_SCAN> last_dc = last_dc_;
  for (int i = 0; i < blocks_in_mcu_; ++i) {
    const Block& block = blocks_[i];
    int difference = 0;
    JCOEF* const to = blocks != nullptr && block.wants_ac ? *blocks[i] : unwanted_;
    if (!fast_block(place, *block.dc, *block.ac, difference, to)) return false;
    int& last = last_dc[block.component];
    if (__builtin_add_overflow(last, difference, &last)) return false;
    if (blocks != nullptr) (*blocks[i])[0] = static_cast<JCOEF>(last);
  }
  source.bytes_in_buffer = static_cast<std::size_t>(place.end - place.next);
  source.next_input_byte = place.next;
  buffer_ = place.buffer;
  count_ = place.count;
  last_dc_ = last_dc;
  return true;
}

void JpegHuffman::decode_careful(jpeg_decompress_struct& jpeg, JBLOCKROW* blocks) {
  CarefulBits bits(jpeg, buffer_, count_);
  for (int i = 0; i < blocks_in_mcu_; ++i) {
    const Block& block = blocks_[i];
    const unsigned dc_size = bits.symbol(*block.dc);
    int& last = last_dc_[block.component];
    if (__builtin_add_overflow(last, number_of(bits.take(dc_size), dc_size), &last)) {
      ERREXIT(&jpeg, JERR_BAD_DCT_COEF);
    }
    if (blocks != nullptr) (*blocks[i])[0] = static_cast<JCOEF>(last);
    for (unsigned k = 1; k < DCTSIZE2; ++k) {
      const unsigned symbol = bits.symbol(*block.ac);
      const unsigned size = symbol & 15;
      if (size == 0 && symbol != 0xf0) break;
      k += symbol >> 4;
      const auto number = static_cast<JCOEF>(number_of(bits.take(size), size));
      if (blocks != nullptr && block.wants_ac) (*blocks[i])[kZigzag[k]] = number;
    }
  }
}

bool JpegHuffman::restart(jpeg_decompress_struct& jpeg) {
  jpeg.marker->discarded_bytes += static_cast<unsigned>(count_) / 8;
  buffer_ = 0;
  count_ = 0;
  if (!jpeg.marker->read_restart_marker(&jpeg)) return false;
  last_dc_ = {};
  restarts_to_go_ = jpeg.restart_interval;
  if (jpeg.unread_marker == 0) jpeg.entropy->insufficient_data = FALSE;
  return true;
}

boolean JpegHuffman::decode_mcu(j_decompress_ptr jpeg, JBLOCKROW* blocks) {
  auto& self = *static_cast<JpegHuffman*>(jpeg->client_data);
  if (jpeg->restart_interval != 0 && self.restarts_to_go_ == 0 && !self.restart(*jpeg))
    return FALSE;
  if (!jpeg->entropy->insufficient_data) {
    // Where it fails, what was decoded already comes out once more.
    const bool done = jpeg->unread_marker == 0 && self.decode_fast(*jpeg, blocks);
    if (!done) self.decode_careful(*jpeg, blocks);
  }
  --self.restarts_to_go_;
  return TRUE;
}

}  // namespace dsprep
