// Elements from one dtype to another. Pure functions; any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dsprep/schema.h"

namespace dsprep {

/// True where convert_elements() can: to the same dtype, or an integer (or bool) to a wider integer
/// that holds all its values.
bool can_convert(DType from, DType to) noexcept;

/// `count` elements of `source`, aligned to nothing, to `target`, aligned to its dtype. Requires:
/// can_convert(). Every SIMD path gives the same bytes.
void convert_elements(DType from, const std::byte* source, DType to, std::byte* target,
                      std::size_t count) noexcept;

}  // namespace dsprep
