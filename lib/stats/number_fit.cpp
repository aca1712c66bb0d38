#include "lib/stats/number_fit.h"

#include <utility>

#include "lib/stats/number_sums.h"
#include "lib/stats/quantiles.h"

namespace dsprep {
namespace {

constexpr std::size_t kTileBytes = 16 << 10;  // stays in the first cache while columns are walked
constexpr std::size_t kTileFeatures = 32;

std::uint64_t finite_count(const NumberColumn& column) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < column.bins().size(); ++i) count += column.bins()[i].count;
  return count;
}

void add_all(std::vector<std::uint64_t>& sums, const std::vector<std::uint64_t>& more) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += more[i];
}

}  // namespace

NumberFit::NumberFit(NumberFitOptions options)
    : options_(std::move(options)), layout_(layout_of(options_.dtype)) {
  check_quantiles(options_.quantiles);
  if (!options_.quantiles.empty()) passes_ = RankSearch::passes(layout_);
  if (options_.bins != 0) passes_ = std::max(passes_, 2U);
  for (unsigned job = 0; job < options_.jobs; ++job) {
    Part& part = parts_.emplace_back(KeyBlock(options_.features));
    for (std::size_t i = 0; i < options_.features; ++i) part.columns.emplace_back(layout_);
  }
}

template <class L>
void NumberFit::add_tile(Part& part, const std::byte* first, std::size_t rows, std::size_t begin,
                         std::size_t end) const {
  const std::size_t stride = options_.features * sizeof(typename L::Raw);
  for (std::size_t i = begin; i < end; ++i) {
    const std::byte* column = first + i * sizeof(typename L::Raw);
    if constexpr (L::kBits == 64) {
      if (pass_ == 0) {
        part.columns[i].template add<L>(column, stride, rows);
        continue;
      }
    }
    if (!filter_ && searches_[i] && !searches_[i]->done())
      searches_[i]->template add<L>(column, stride, rows, part.ranks[i]);
    if (pass_ == 1 && edges_[i]) count_bins<L>(*edges_[i], column, stride, rows, part.bins[i]);
  }
}

template <class L>
void NumberFit::add_first(Part& part, Bytes rows) const {
  const std::size_t width = options_.features * sizeof(typename L::Raw);
  while (rows.size() >= width) {
    const std::size_t now = std::min(part.block.rows(), rows.size() / width);
    const bool special = part.block.template take<L>(rows.first(now * width));
    for (std::size_t i = 0; i < options_.features; ++i) {
      part.columns[i].add(part.block, i, options_.features, now);
      if constexpr (L::kFloat) {
        if (special)
          part.columns[i].template count_special<L>(rows.data() + i * sizeof(typename L::Raw),
                                                    width, now);
      }
    }
    rows = rows.subspan(now * width);
  }
}

template <class L>
void NumberFit::add_rows(Part& part, Bytes rows) const {
  if constexpr (L::kBits < 64) {
    if (pass_ == 0) return add_first<L>(part, rows);
  }
  if (filter_) filter_->template add<L>(rows, part.filter);
  if (filter_ && (pass_ != 1 || options_.bins == 0)) return;
  const std::size_t width = options_.features * sizeof(typename L::Raw);
  const std::size_t count = rows.size() / width;
  const std::size_t wide = std::min(options_.features, kTileFeatures) * sizeof(typename L::Raw);
  const std::size_t tile = std::max<std::size_t>(16, kTileBytes / wide);
  for (std::size_t row = 0; row < count; row += tile) {
    for (std::size_t i = 0; i < options_.features; i += kTileFeatures) {
      add_tile<L>(part, rows.data() + row * width, std::min(tile, count - row), i,
                  std::min(i + kTileFeatures, options_.features));
    }
  }
}

void NumberFit::add(unsigned worker, Bytes rows) {
  with_layout(options_.dtype,
              [&](auto layout) { add_rows<decltype(layout)>(parts_[worker], rows); });
}

void NumberFit::end_first_pass() {
  if (layout_.bits < 64) {
    for (Part& part : parts_) {
      for (std::size_t i = 0; i < options_.features; ++i)
        part.columns[i].note_range(part.block.least(i), part.block.greatest(i));
    }
  }
  columns_ = std::move(parts_[0].columns);
  for (NumberColumn& column : columns_) column.flush();
  for (std::size_t part = 1; part < parts_.size(); ++part) {
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].merge(parts_[part].columns[i]);
    parts_[part].columns.clear();
  }
  searches_.resize(columns_.size());
  edges_.resize(columns_.size());
  bins_.resize(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const NumberColumn& column = columns_[i];
    const std::uint64_t count = finite_count(column);
    if (count == 0) continue;
    if (!options_.quantiles.empty())
      searches_[i].emplace(layout_, ranks_of(count, options_.quantiles), column);
    if (options_.bins == 0) continue;
    edges_[i].emplace(number_of(layout_, column.min_key()), number_of(layout_, column.max_key()),
                      options_.bins);
    bins_[i].resize(options_.bins);
  }
}

void NumberFit::end_later_pass() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (searches_[i] && !searches_[i]->done()) {
      for (std::size_t part = 1; part < parts_.size(); ++part)
        add_all(parts_[0].ranks[i], parts_[part].ranks[i]);
      searches_[i]->advance(parts_[0].ranks[i]);
    }
    if (pass_ != 1 || !edges_[i]) continue;
    for (const Part& part : parts_) add_all(bins_[i], part.bins[i]);
  }
}

void NumberFit::prepare_parts() {
  for (Part& part : parts_) {
    part.ranks.assign(columns_.size(), {});
    part.bins.assign(columns_.size(), {});
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (searches_[i] && !searches_[i]->done()) part.ranks[i] = searches_[i]->counts();
      if (pass_ == 1 && edges_[i]) part.bins[i].resize(options_.bins);
    }
  }
}

// Where the ranks of all features are within few keys each, most numbers need only a comparison.
void NumberFit::prepare_filter() {
  filter_.reset();
  std::vector<const RankSearch*> searches;
  for (const auto& search : searches_)
    searches.push_back(search && !search->done() ? &*search : nullptr);
  if (!RankFilter::suits(searches)) return;
  filter_.emplace(searches);
  for (Part& part : parts_) part.filter = filter_->scratch(part.ranks);
}

void NumberFit::end_pass() {
  pass_ == 0 ? end_first_pass() : end_later_pass();
  if (++pass_ == passes_) return parts_.clear();
  prepare_parts();
  prepare_filter();
}

NumberStats NumberFit::report(std::size_t feature) const {
  const NumberColumn& column = columns_[feature];
  const MeanAndDeviation moments = mean_and_deviation(layout_, column);
  NumberStats out;
  out.count = moments.count;
  out.missing = column.missing();
  out.infinite = column.infinite();
  if (moments.count == 0) return out;
  out.mean = moments.mean;
  out.std = moments.deviation;
  out.min = number_of(layout_, column.min_key());
  out.max = number_of(layout_, column.max_key());
  for (const double q : options_.quantiles) {
    const QuantilePlace place = quantile_place(moments.count, q);
    const auto number = [&](std::uint64_t rank) {
      return number_of(layout_, searches_[feature]->key(rank));
    };
    out.quantiles.push_back(
        {q, interpolate(number(place.below), number(place.above), place.fraction)});
  }
  if (edges_[feature]) {
    out.histogram = Histogram{edges_[feature]->min(), edges_[feature]->max(), bins_[feature]};
  }
  return out;
}

std::vector<NumberStats> NumberFit::report() const {
  std::vector<NumberStats> out;
  for (std::size_t i = 0; i < columns_.size(); ++i) out.push_back(report(i));
  return out;
}

}  // namespace dsprep
