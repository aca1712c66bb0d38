// TextRules: which split and which class a document belongs to.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tools/ingest/plan.h"
#include "tools/ingest/text_document.h"

namespace dsprep {

/// Const members: any number of threads.
class TextRules {
 public:
  explicit TextRules(const BuildOptions& options);
  /// Takes the names of splits and classes from a plan that is whole.
  void prepare(const Plan& plan);

  const DocumentFields& fields() const noexcept { return fields_; }
  bool by_column() const noexcept { return !fields_.split.empty(); }
  /// Index into the plan's splits. Throws kIo for a name that the survey has not seen.
  std::uint32_t split_of(const Plan& plan, const Entry& entry, const Document& document) const;
  /// The document's own label, or that of its folder. Throws as split_of.
  std::int64_t label_of(const Plan& plan, const Entry& entry, const Document& document) const;

 private:
  SplitRule split_;
  DocumentFields fields_;
  std::map<std::string, std::int64_t, std::less<>> class_ids_;
  std::map<std::string, std::uint32_t, std::less<>> split_ids_;
};

}  // namespace dsprep
