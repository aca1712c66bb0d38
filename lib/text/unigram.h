// The best path through a text of a unigram model: Viterbi with the very rounding of the reference,
// since rounding decides between paths of nearly equal score. Immutable: any number of threads.
//
// Real is what the reference adds scores in: float for SentencePiece, double for Hugging Face. The
// total runs on through a text, so that the same word may be split otherwise late in a long text; a
// remembered path is taken only where its margin is larger than any rounding. SentencePiece 0.2.3
// takes the score of a place from all that follow once it is below -100000 (told from its results).
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
    double margin = 0;  ///< how much better it is than any other way; 0: by rounding
    std::uint32_t characters = 0;
  };

  /// `scores` by piece, the value of `pieces`.
  Unigram(DoubleArray pieces, std::vector<Real> scores, Real unknown_score,
          std::size_t longest_piece)
      : pieces_(std::move(pieces)),
        scores_(std::move(scores)),
        unknown_score_(unknown_score),
        longest_piece_(longest_piece) {}

  /// The path through `text`, which begins with `total` and is added to it. `text` is one part of a
  /// longer text: no piece reaches over its ends.
  void best_path(std::string_view text, Real& total, Path& path) const {
    search<double, true>(text, 0.0, path);
    if (is_safe(path.margin, path.characters, total)) {
      for (const Step& step : path.steps) add(step, total);
    } else {
      total = search<Real, false>(text, total, path);
      path.margin = 0;
    }
  }

  /// True where no rounding can change a path of this margin that begins with `total`.
  bool is_safe(double margin, std::uint32_t characters, Real total) const noexcept {
    const double n = characters + 1.0;
    const double size =
        std::fabs(static_cast<double>(total)) + n * std::fabs(static_cast<double>(unknown_score_));
    return margin > n * size * static_cast<double>(std::numeric_limits<Real>::epsilon()) &&
           (!kRebases || size < static_cast<double>(-kLowest));
  }

  /// Goes one step on a path that is known.
  void add(const Step& step, Real& total) const noexcept {
    total += step.piece == kUnknown ? unknown_score_ : scores_[step.piece];
  }

  /// The piece that is `text`, or kUnknown.
  std::uint32_t find(std::string_view text) const noexcept { return pieces_.find(text); }

 private:
  template <class Sum>
  struct Node {
    Sum score = 0;
    std::uint32_t start = kUnknown;  // kUnknown: nothing ends here
    std::uint32_t piece = kUnknown;
    double second = -std::numeric_limits<double>::infinity();  // the next best way to here
  };

  static constexpr bool kRebases = sizeof(Real) == sizeof(float);
  static constexpr Real kLowest = Real{-100000};

  template <class Sum, bool kMargin>
  static void offer(Node<Sum>& node, Sum score, std::size_t start, std::uint32_t piece) {
    if (node.start == kUnknown || score > node.score) {
      if (kMargin && node.start != kUnknown) node.second = static_cast<double>(node.score);
      node.score = score;
      node.start = static_cast<std::uint32_t>(start);
      node.piece = piece;
    } else if (kMargin && static_cast<double>(score) > node.second) {
      node.second = static_cast<double>(score);
    }
  }

  // Of the nodes that begin at `start`; gives the length of the character there.
  template <class Sum, bool kMargin>
  std::size_t offer_all(std::string_view text, std::size_t start,
                        std::vector<Node<Sum>>& nodes) const {
    const std::size_t length = code_point_at(text, start).length;
    const Sum here = nodes[start].score;
    bool single = false;
    std::uint32_t at = DoubleArray::kRoot;
    for (std::size_t end = start; end < text.size() && pieces_.step(at, text[end]);) {
      ++end;
      const std::uint32_t piece = pieces_.value(at);
      if (piece == DoubleArray::kNoValue) continue;
      single = single || end - start == length;
      offer<Sum, kMargin>(nodes[end], static_cast<Sum>(scores_[piece]) + here, start, piece);
    }
    if (!single) {
      offer<Sum, kMargin>(nodes[start + length], static_cast<Sum>(unknown_score_) + here, start,
                          kUnknown);
    }
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

  template <class Sum, bool kMargin>
  Sum search(std::string_view text, Sum total, Path& path) const {
    thread_local std::vector<Node<Sum>> nodes;
    nodes.assign(text.size() + 1, {});
    nodes[0].score = total;
    path.characters = 0;
    for (std::size_t start = 0; start < text.size(); ++path.characters) {
      if (kRebases && !kMargin && nodes[start].score < static_cast<Sum>(kLowest))
        rebase(nodes, start);
      start += offer_all<Sum, kMargin>(text, start, nodes);
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
};

}  // namespace dsprep
