// The best path through a text of a unigram model: Viterbi with the very rounding of the reference,
// since rounding decides between paths of nearly equal score. Immutable: any number of threads.
//
// Real is what the reference adds scores in: float for SentencePiece, double for Hugging Face. The
// total runs on through a text, so that the same word may be split otherwise late in a long text.
// A path therefore says for which totals it is the best:
// - where its margin is larger than any rounding, up to the total at which that ends;
// - else, where all totals on the way have the same exponent, for the totals of that exponent: adding
//   a score to such a total adds the score's nearest multiple of the last binary place, whatever the
//   total is (unless the score lies in the middle of two).
// SentencePiece 0.2.3 takes the score of a place from all that follow once it is below -100000 (told
// from its results).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/text/double_array.h"
#include "lib/text/unicode/utf8_cursor.h"

namespace dsprep {

template <class Real>
class Unigram {
 public:
  static constexpr std::uint32_t kUnknown = ~0U;

  struct Step {
    std::uint32_t piece = kUnknown;  ///< kUnknown: a character without a piece
    std::uint32_t length = 0;        ///< in bytes
  };
  struct Path {
    std::vector<Step> steps;
    /// The best for floor <= -total < limit.
    double floor = 0, limit = 0;

   private:
    friend class Unigram;
    double margin = 0;  // how much better it is than any other way
    std::uint32_t characters = 0;
    bool ties = false;  // a score in the middle of two multiples
  };

  /// `scores` by piece, the value of `pieces`.
  Unigram(DoubleArray pieces, std::vector<Real> scores, Real unknown_score,
          std::size_t longest_piece)
      : pieces_(std::move(pieces)),
        scores_(std::move(scores)),
        unknown_score_(unknown_score),
        longest_piece_(longest_piece),
        falls_(unknown_score <= 0 &&
               std::ranges::all_of(scores_, [](Real score) { return score <= 0; })) {}

  /// The path through `text`, which begins with `total` and is added to it. `text` is one part of a
  /// longer text: no piece reaches over its ends.
  void best_path(std::string_view text, Real& total, Path& path) const {
    const double size = -static_cast<double>(total);
    search<double, Use::kMargin>(text, 0.0, path);
    path.floor = 0;
    path.limit = safe_limit(path);
    if (size >= 0 && size < path.limit) {
      for (const Step& step : path.steps) add(step, total);
      return;
    }
    int exponent = 0;
    (void)std::frexp(size, &exponent);
    const Real last_place = std::ldexp(Real{1}, exponent - std::numeric_limits<Real>::digits);
    path.ties = false;
    total = search<Real, Use::kRounding>(text, total, path, Real{1} / last_place);
    path.floor = std::ldexp(1.0, exponent - 1);
    path.limit = std::min(2 * path.floor, highest()) - most_on(path);
    if (path.ties || !falls_ || !(size >= 1) || size >= path.limit) path.limit = 0;
  }

  /// Goes one step on a path that is known.
  void add(const Step& step, Real& total) const noexcept {
    total += step.piece == kUnknown ? unknown_score_ : scores_[step.piece];
  }

  /// The piece that is `text`, or kUnknown.
  std::uint32_t find(std::string_view text) const noexcept { return pieces_.find(text); }

 private:
  enum class Use : std::uint8_t { kMargin, kRounding };

  template <class Sum>
  struct Node {
    Sum score = 0;
    std::uint32_t start = kUnknown;  // kUnknown: nothing ends here
    std::uint32_t piece = kUnknown;
    double second = -std::numeric_limits<double>::infinity();  // the next best way to here
  };

  static constexpr bool kRebases = sizeof(Real) == sizeof(float);
  static constexpr Real kLowest = Real{-100000};
  static double highest() noexcept {
    return kRebases ? static_cast<double>(-kLowest) : std::numeric_limits<double>::infinity();
  }

  // What a path through the text may add to -total.
  double most_on(const Path& path) const noexcept {
    return (path.characters + 1.0) * std::fabs(static_cast<double>(unknown_score_));
  }

  // Below it no rounding can make up for the path's margin: on each of two ways through at most
  // `characters` scores are added, each time with an error of half a last place. Twice what the path
  // adds, for the margin is rounded, too.
  double safe_limit(const Path& path) const noexcept {
    const double sizes = path.margin / ((path.characters + 1.0) *
                                        static_cast<double>(std::numeric_limits<Real>::epsilon()));
    return std::min(sizes, highest()) - 2 * most_on(path);
  }

  template <class Sum, Use use>
  static void offer(Node<Sum>& node, Sum score, std::size_t start, std::uint32_t piece) {
    constexpr bool kMargin = use == Use::kMargin;
    if (node.start == kUnknown || score > node.score) {
      if (kMargin && node.start != kUnknown) node.second = static_cast<double>(node.score);
      node.score = score;
      node.start = static_cast<std::uint32_t>(start);
      node.piece = piece;
    } else if (kMargin && static_cast<double>(score) > node.second) {
      node.second = static_cast<double>(score);
    }
  }

  // True for a score in the middle of two multiples of the last place.
  static bool is_tie(Real score, Real places) noexcept {
    const Real scaled = score * places;
    return scaled - std::floor(scaled) == Real{0.5};
  }

  // Of the nodes that begin at `start`; gives the length of the character there.
  template <class Sum, Use use>
  std::size_t offer_all(std::string_view text, std::size_t start, std::vector<Node<Sum>>& nodes,
                        Path& path, Real places) const {
    const std::size_t length = utf8_length(text[start]);
    const Sum here = nodes[start].score;
    bool single = false;
    const auto add = [&](Real score, std::size_t end, std::uint32_t piece) {
      if (use == Use::kRounding) path.ties = path.ties || is_tie(score, places);
      offer<Sum, use>(nodes[end], static_cast<Sum>(score) + here, start, piece);
    };
    std::uint32_t at = DoubleArray::kRoot;
    for (std::size_t end = start; end < text.size() && pieces_.step(at, text[end]);) {
      ++end;
      const std::uint32_t piece = pieces_.value(at);
      if (piece == DoubleArray::kNoValue) continue;
      single = single || end - start == length;
      add(scores_[piece], end, piece);
    }
    if (!single) add(unknown_score_, start + length, kUnknown);
    return length;
  }

  // Makes the score at `start` 0.
  template <class Sum>
  void rebase(std::vector<Node<Sum>>& nodes, std::size_t start) const {
    const std::size_t last = std::min(nodes.size(), start + longest_piece_ + 1);
    for (std::size_t i = start + 1; i < last; ++i)
      if (nodes[i].start != kUnknown) nodes[i].score -= nodes[start].score;
    nodes[start].score = 0;
  }

  template <class Sum, Use use>
  Sum search(std::string_view text, Sum total, Path& path, Real places = 0) const {
    thread_local std::vector<Node<Sum>> nodes;
    nodes.assign(text.size() + 1, {});
    nodes[0].score = total;
    path.characters = 0;
    for (std::size_t start = 0; start < text.size(); ++path.characters) {
      if (kRebases && use == Use::kRounding && nodes[start].score < static_cast<Sum>(kLowest))
        rebase(nodes, start);
      start += offer_all<Sum, use>(text, start, nodes, path, places);
    }
    walk_back<Sum>(nodes, path);
    const Sum sum = nodes.back().score;
    if (nodes.capacity() > kKeep) nodes = {};
    return sum;
  }

  template <class Sum>
  static void walk_back(const std::vector<Node<Sum>>& nodes, Path& path) {
    path.steps.clear();
    path.margin = std::numeric_limits<double>::infinity();
    for (std::size_t end = nodes.size() - 1; end > 0;) {
      const Node<Sum>& node = nodes[end];
      path.margin = std::min(path.margin, static_cast<double>(node.score) - node.second);
      path.steps.push_back({node.piece, static_cast<std::uint32_t>(end) - node.start});
      end = node.start;
    }
    for (std::size_t a = 0, b = path.steps.size(); a + 1 < b; ++a)
      std::swap(path.steps[a], path.steps[--b]);
  }

  static constexpr std::size_t kKeep = 1U << 16;  // nodes that a thread keeps

  DoubleArray pieces_;
  std::vector<Real> scores_;
  Real unknown_score_;
  std::size_t longest_piece_;  // in bytes; a single character counts as one
  bool falls_;                 // no score is above 0
};

}  // namespace dsprep
