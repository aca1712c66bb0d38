// NumberFit: statistics of C features from rows of C elements, in passes over the same rows. add()
// from several threads, each with its own number; the rest from one.
#pragma once

#include <optional>
#include <vector>

#include "dsprep/stats.h"
#include "lib/stats/bin_counter.h"
#include "lib/stats/rank_filter.h"
#include "lib/stats/rank_search.h"

namespace dsprep {

struct NumberFitOptions {
  DType dtype = DType::kFloat32;
  std::size_t features = 1;
  std::vector<double> quantiles = {};
  std::size_t bins = 0;
  unsigned jobs = 1;
};

class NumberFit {
 public:
  /// Throws kUsage: quantiles that are none, or over 100.
  explicit NumberFit(NumberFitOptions options);

  unsigned passes() const noexcept { return passes_; }
  /// Whole rows, aligned to nothing. Requires: worker < jobs; in every pass the same rows in all.
  void add(unsigned worker, Bytes rows);
  void end_pass();
  /// By feature. Requires: end_pass() was called passes() times.
  std::vector<NumberStats> report() const;

 private:
  struct Part {                                     // what one thread counts
    KeyBlock block;                                 // first pass
    std::vector<NumberColumn> columns;              // first pass
    std::vector<std::vector<std::uint64_t>> ranks;  // later passes
    RankFilter::Scratch filter;                     // with filter_
    std::vector<std::vector<std::uint64_t>> bins;   // second pass
  };
  template <class L>
  void add_tile(Part& part, const std::byte* first, std::size_t rows, std::size_t begin,
                std::size_t end) const;
  template <class L>
  void add_first(Part& part, Bytes rows) const;
  template <class L>
  void add_rows(Part& part, Bytes rows) const;
  void prepare_filter();
  void end_first_pass();
  void end_later_pass();
  void prepare_parts();
  NumberStats report(std::size_t feature) const;

  NumberFitOptions options_;
  NumberLayout layout_;
  unsigned passes_ = 1;
  unsigned pass_ = 0;
  std::optional<RankFilter> filter_;  // of this pass
  std::vector<Part> parts_;
  std::vector<NumberColumn> columns_;                // merged
  std::vector<std::optional<RankSearch>> searches_;  // none where there is no finite number
  std::vector<std::optional<BinEdges>> edges_;
  std::vector<std::vector<std::uint64_t>> bins_;
};

}  // namespace dsprep
