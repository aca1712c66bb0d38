#include <map>

#include "tools/ingest/build.h"
#include "tools/ingest/size.h"

namespace dsprep {

std::string plan_text(const Plan& plan) {
  struct Row {
    std::uint64_t shards = 0, files = 0, bytes = 0;
  };
  std::map<std::uint32_t, Row> rows;
  for (const Slice& slice : plan.slices) {
    Row& row = rows[slice.split];
    ++row.shards;
    row.files += slice.entries;
    row.bytes += slice.bytes;
  }
  std::string text =
      "kind       " + plan.kind + ", into " + std::string(container_name(plan.container)) + "\n";
  for (const auto& [split, row] : rows) {
    const bool by_content = split == kSplitByContent;
    text += (by_content ? "by content"
                        : plan.splits[split] + std::string(plan.splits[split].size() < 10
                                                               ? 10 - plan.splits[split].size()
                                                               : 0,
                                                           ' ')) +
            " " + std::to_string(row.shards) + (by_content ? " slices, " : " shards, ") +
            std::to_string(row.files) + " files, " + human_bytes(row.bytes) + "\n";
  }
  if (!plan.classes.empty()) text += "classes    " + std::to_string(plan.classes.size()) + "\n";
  if (plan.ignored != "{}") text += "ignored    " + plan.ignored + "\n";
  text += "options    " + plan.options + "\nbuild      " + plan.build + "\n";
  return text;
}

}  // namespace dsprep
