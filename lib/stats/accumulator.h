// Accumulator: what one thread counts of one field; merged at the end. All counts are integers: no
// order matters.
#pragma once

#include <memory>

#include "dsprep/sample.h"
#include "dsprep/stats.h"

namespace dsprep {

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void add(const Tensor& tensor) = 0;
  /// Requires: `other` was made for the same field and options.
  virtual void merge(const Accumulator& other) = 0;
  virtual void report(FieldStats& out) const = 0;
};

/// Throws kUsage where the field has no statistics of this kind. `per` is not kAuto for pictures
/// and arrays.
std::unique_ptr<Accumulator> make_accumulator(const Field& field, StatsPer per);

/// True for encoded pictures, and for raw uint8 arrays (height, width, 1 to 4 channels).
bool is_picture(const Field& field);

}  // namespace dsprep
