// Accumulator: what one thread counts of one field in one pass; merged at the end. All counts are
// integers: no order matters. (Numbers, which take several passes, are NumberFit's.)
#pragma once

#include <memory>

#include "dsprep/sample.h"
#include "dsprep/stats.h"

namespace dsprep {

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void add(const Tensor& tensor) = 0;
  /// Requires: `other` was made for the same field and options. It is left empty.
  virtual void merge(Accumulator& other) = 0;
  virtual void report(FieldStats& out) = 0;
};

/// For kPixel, kImage and kCategory, and for classes: kAuto. Requires: stats_refusal() is empty.
std::unique_ptr<Accumulator> make_accumulator(const Field& field, StatsPer per,
                                              const StatsOptions& options);

/// True for encoded pictures, and for raw uint8 arrays (height, width, 1 to 4 channels).
bool is_picture(const Field& field);

}  // namespace dsprep
