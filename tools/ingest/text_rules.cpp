#include "tools/ingest/text_rules.h"

#include "dsprep/error.h"

namespace dsprep {
namespace {

[[noreturn]] void throw_unseen(const Plan& plan, const Entry& entry, const std::string& what) {
  throw Error(ErrorCode::kIo, "has a " + what + " that the survey did not see",
              {.file = plan.path_of(entry)}, "run the command again when nobody writes to it");
}

}  // namespace

TextRules::TextRules(const BuildOptions& options)
    : split_(options.split),
      fields_{options.text.text_field, options.text.label_field,
              options.split.kind() == SplitRule::Kind::kColumn ? options.split.column() : "",
              options.group_by.starts_with("column:") ? options.group_by.substr(7) : "",
              options.text.replace_invalid} {}

void TextRules::prepare(const Plan& plan) {
  for (std::size_t i = 0; i < plan.classes.size(); ++i)
    class_ids_[plan.classes[i]] = static_cast<std::int64_t>(i);
  for (std::size_t i = 0; i < plan.splits.size(); ++i)
    split_ids_[plan.splits[i]] = static_cast<std::uint32_t>(i);
}

// For ratios, plan.splits are the shares in their order.
std::uint32_t TextRules::split_of(const Plan& plan, const Entry& entry,
                                  const Document& document) const {
  if (entry.split != kSplitByContent) return entry.split;
  if (by_column()) {
    const auto found = split_ids_.find(document.split);
    if (found == split_ids_.end()) throw_unseen(plan, entry, "split '" + document.split + "'");
    return found->second;
  }
  return split_.share_of(as_bytes(document.group.empty() ? document.text : document.group));
}

std::int64_t TextRules::label_of(const Plan& plan, const Entry& entry,
                                 const Document& document) const {
  if (const auto* number = std::get_if<std::int64_t>(&document.label)) return *number;
  const auto* name = std::get_if<std::string_view>(&document.label);
  if (name == nullptr) return entry.label;
  const auto found = class_ids_.find(*name);
  if (found == class_ids_.end()) throw_unseen(plan, entry, "label '" + std::string(*name) + "'");
  return found->second;
}

}  // namespace dsprep
