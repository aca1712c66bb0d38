// What the collates share: which field is the sequence, and how all others are laid out. Pure
// functions; no allocation, except in errors.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "dsprep/collate.h"
#include "dsprep/error.h"

namespace dsprep {

inline constexpr std::int64_t kIgnoredTarget = -100;  // what cross_entropy leaves out by default

/// The field called `name`; without a name the only ragged array. Throws kUsage.
std::size_t sequence_field(std::span<const Field> fields, const std::string& name);
/// "input_ids" for tokens, else the field's name.
std::string_view sequence_name(const Field& field, const std::string& name);
/// Elements of one step of a sequence: the product of the extents behind the first.
std::uint64_t step_elements(const Field& field);
/// int64 where integers are widened, else the field's own.
DType sequence_dtype(const Field& field, bool widen);
/// (rows, length) and the extents of one step.
Shape sequence_shape(const Field& field, std::uint64_t rows, std::uint64_t length);

/// Lays out one field as stack() does, in the layout's order of samples.
void stack_layout(std::size_t field, const BatchShapes& shapes, BatchLayout& layout);
/// Writes its offsets and shapes. `tensor` is the field's first one; gives the number behind its
/// last.
std::size_t stack_begin(std::size_t field, std::size_t tensor, const BatchShapes& shapes,
                        const BatchMemory& memory);

/// `count` elements of the dtype, all `value`, from `element` on.
void fill_elements(const BatchMemory& memory, std::size_t tensor, DType dtype,
                   std::uint64_t element, std::uint64_t count, std::int64_t value);

}  // namespace dsprep
