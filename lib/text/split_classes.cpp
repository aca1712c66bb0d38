#include "lib/text/split_classes.h"

namespace dsprep {
namespace {

#include "lib/text/split_classes_data.inc"

}  // namespace

CharClass class_of(char32_t point) noexcept {
  return static_cast<CharClass>(
      kClassBlocks[std::size_t{kBlockOf[point >> 7]} * 128 + (point & 127)]);
}

}  // namespace dsprep
