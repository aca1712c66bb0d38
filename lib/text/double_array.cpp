#include "lib/text/double_array.h"

#include <algorithm>

namespace dsprep {
namespace {

constexpr std::size_t kBlock = 256;
constexpr std::uint16_t kMostTries = 64;  // a block that refused so often is given up

}  // namespace

DoubleArray::DoubleArray() : nodes_(kBlock), free_(1, kBlock - 1), first_free_(1, 0), tries_(1, 0) {
  nodes_[kRoot].parent = kRoot - 2;  // taken, and nobody's child
}

// Finds a base for children with these labels: base ^ label is free for all of them.
std::uint32_t DoubleArray::place(std::span<const unsigned char> labels) {
  for (std::size_t block = first_open_; block < free_.size(); ++block) {
    if (free_[block] == 0 || tries_[block] > kMostTries) {
      if (block == first_open_) ++first_open_;
      continue;
    }
    if (free_[block] < labels.size()) continue;
    const auto begin = static_cast<std::uint32_t>(block * kBlock);
    const auto is_free = [this](std::uint32_t node) { return nodes_[node].parent == kNoParent; };
    while (!is_free(begin + first_free_[block])) ++first_free_[block];
    for (std::uint32_t low = first_free_[block]; low < kBlock; ++low) {
      if (!is_free(begin + low)) continue;
      const std::uint32_t base = (begin + low) ^ labels[0];
      if (std::ranges::all_of(labels.subspan(1), is_free,
                              [base](unsigned char label) { return base ^ label; }))
        return base;
    }
    ++tries_[block];
  }
  const std::size_t base = nodes_.size();
  nodes_.resize(base + kBlock);
  free_.push_back(kBlock);
  first_free_.push_back(0);
  tries_.push_back(0);
  return static_cast<std::uint32_t>(base);
}

DoubleArray::DoubleArray(std::vector<Entry> entries) : DoubleArray() {
  std::ranges::stable_sort(entries, {}, &Entry::first);
  struct Range {
    std::size_t first, last, depth;
    std::uint32_t node;
  };
  std::vector<Range> ranges;
  if (!entries.empty()) ranges.push_back({0, entries.size(), 0, kRoot});
  std::vector<unsigned char> labels;
  std::vector<std::size_t> starts;
  for (std::size_t r = 0; r < ranges.size(); ++r) {
    auto [first, last, depth, node] = ranges[r];
    for (; first < last && entries[first].first.size() == depth; ++first)
      nodes_[node].value = entries[first].second;
    labels.clear();
    starts.clear();
    for (std::size_t i = first; i < last; ++i) {
      const auto label = static_cast<unsigned char>(entries[i].first[depth]);
      if (!labels.empty() && labels.back() == label) continue;
      labels.push_back(label);
      starts.push_back(i);
    }
    if (labels.empty()) continue;
    starts.push_back(last);
    const std::uint32_t base = place(labels);
    nodes_[node].base = base;
    for (std::size_t k = 0; k < labels.size(); ++k) {
      const std::uint32_t child = base ^ labels[k];
      nodes_[child].parent = node;
      --free_[child / kBlock];
      ranges.push_back({starts[k], starts[k + 1], depth + 1, child});
    }
  }
}

}  // namespace dsprep
