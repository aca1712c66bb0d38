// The front of a .npy file (NumPy format 1.0 and 2.0, numpy.lib.format).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dsprep {

/// The bytes before the data of a C-order array. `descr` is the dtype as numpy's dict has it, with its quotes or brackets:
/// "'<u2'", "[('a', '<u4'), …]". The size is a multiple of 64 and does not depend on shape[0] (there is room for 20
/// digits, as numpy leaves it), so that the header can be written again when the number of rows is known.
std::vector<std::byte> npy_header(std::string_view descr, std::span<const std::uint64_t> shape);

/// numpy's descr of a plain dtype, quoted: "'<u2'".
std::string npy_descr(std::string_view descr);

}  // namespace dsprep
