#include "lib/text/hf/split_behavior.h"

#include "lib/text/hf/json_parts.h"

namespace dsprep::hf {

Behavior behavior_from_name(const std::string& name) {
  if (name == "Removed") return Behavior::kRemoved;
  if (name == "Isolated") return Behavior::kIsolated;
  if (name == "MergedWithPrevious") return Behavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return Behavior::kMergedWithNext;
  if (name == "Contiguous") return Behavior::kContiguous;
  refuse("the split behavior '" + name + "'");
}

void Splitter::flush() {
  if (start_ < end_) sink_(text_.part(start_, end_ - start_));
  start_ = end_;
}

void Splitter::add(std::size_t end, bool is_match) {
  const bool after_match = last_was_match_;
  last_was_match_ = is_match;
  switch (behavior_) {
    case Behavior::kRemoved:
      flush();
      end_ = end;
      if (is_match) start_ = end;
      return;
    case Behavior::kIsolated:
      flush();
      break;
    case Behavior::kMergedWithPrevious:
      if (!is_match || after_match) flush();
      break;
    case Behavior::kMergedWithNext:
      if (is_match || !after_match) flush();
      break;
    case Behavior::kContiguous:
      if (is_match != after_match) flush();
      break;
  }
  end_ = end;
}

}  // namespace dsprep::hf
