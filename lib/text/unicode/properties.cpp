#include "lib/text/unicode/properties.h"

#include <vector>

namespace dsprep {
namespace {

struct Run {
  char32_t first, last;
  std::uint16_t bits;
};
constexpr Run kRuns[] = {
#include "lib/text/unicode/properties_data.inc"
};

std::vector<std::uint16_t> expand() {
  std::vector<std::uint16_t> bits(0x110000, 0);
  for (const Run& run : kRuns) {
    for (char32_t c = run.first; c <= run.last; ++c) bits[c] = run.bits;
  }
  return bits;
}

}  // namespace

const std::uint16_t* properties() {
  static const std::vector<std::uint16_t> bits = expand();
  return bits.data();
}

}  // namespace dsprep
