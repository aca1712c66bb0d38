#include "formats/common/npy.h"

#include "formats/common/bytes.h"

namespace dsprep {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMostDigits = 20;  // of a 64-bit number

}  // namespace

std::string npy_descr(std::string_view descr) { return "'" + std::string(descr) + "'"; }

std::vector<std::byte> npy_header(std::string_view descr, std::span<const std::uint64_t> shape) {
  std::string dict = "{'descr': " + std::string(descr) + ", 'fortran_order': False, 'shape': (";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    dict += (axis == 0 ? "" : " ") + std::to_string(shape[axis]) + (axis + 1 < shape.size() || shape.size() == 1 ? "," : "");
  }
  dict += "), }";
  const std::size_t growth = shape.empty() ? 0 : kMostDigits - std::to_string(shape[0]).size();
  const bool wide = dict.size() + growth + kAlignment > 0xFFFF;
  const std::size_t prefix = wide ? 12 : 10;
  const std::size_t total = round_up(prefix + dict.size() + growth + 1, kAlignment);
  dict.resize(total - prefix - 1, ' ');
  dict += '\n';

  std::vector<std::byte> out;
  out.reserve(total);
  put_bytes(out, as_bytes("\x93NUMPY"));
  put(out, std::uint8_t{static_cast<std::uint8_t>(wide ? 2 : 1)});
  put(out, std::uint8_t{0});
  if (wide) {
    put_u32(out, static_cast<std::uint32_t>(dict.size()));
  } else {
    put(out, static_cast<std::uint16_t>(dict.size()));
  }
  put_bytes(out, as_bytes(dict));
  return out;
}

}  // namespace dsprep
