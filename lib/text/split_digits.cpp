#include "lib/text/split.h"
#include "lib/text/split_scan.h"
#include "lib/text/unicode/properties.h"

namespace dsprep {
namespace {

// Hugging Face's Digits. What it calls a number is of another version of Unicode than \p{N} is.
bool is_number(const scan::Byte* p) noexcept {
  return has_property(decode_character(p).point, kNumeric);
}

class DigitsSplitter final : public Splitter {
 public:
  explicit DigitsSplitter(bool individual) : individual_(individual) {}
  bool cuts_before_space() const noexcept override { return false; }
  void split(std::string_view text, std::size_t& position, PieceEnds& ends,
             SplitState*) const override {
    const auto* const start = reinterpret_cast<const scan::Byte*>(text.data());
    const scan::Byte* const end = start + text.size();
    const scan::Byte* p = start + position;
    const bool number = is_number(p);
    do p += decode_character(p).length;
    while (p < end && !(number && individual_) && is_number(p) == number);
    ends.push(static_cast<std::uint32_t>(p - start));
    position = static_cast<std::size_t>(p - start);
  }

 private:
  bool individual_;
};

}  // namespace

std::unique_ptr<Splitter> make_digits_splitter(bool individual) {
  return std::make_unique<DigitsSplitter>(individual);
}

}  // namespace dsprep
