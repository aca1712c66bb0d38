#include "tools/ingest/adopt.h"

#include <nlohmann/json.hpp>

namespace dsprep {
using nlohmann::json;

BuildOptions adopt_plan(BuildOptions options, const Plan& plan) {
  const json planned = json::parse(plan.options);
  if (options.kind == InputKind::kAuto) options.kind = parse_kind(plan.kind);
  if (!options.format) options.format = plan.container;
  if (!options.shuffled) options.shuffled = planned.at("order").get<std::string>() != "sorted";
  if (const auto text = planned.find("text"); text != planned.end()) {
    if (options.text.doc == DocRule::kAuto) options.text.doc = parse_doc(text->at("doc"));
    if (options.text.label_field.empty()) options.text.label_field = text->value("label_field", "");
  }
  if (const auto table = planned.find("table"); table != planned.end()) {
    if (options.text.label_field.empty())
      options.text.label_field = table->value("label_field", "");
  }
  return options;
}

void check_same_options(const Plan& plan, const std::string& canonical_here) {
  if (plan.options == canonical_here) return;
  throw Error(ErrorCode::kUsage,
              "the plan that stands there was made with other options: it has " + plan.options +
                  ", here are " + canonical_here,
              {}, "give every task the same options, or start anew with --force");
}

}  // namespace dsprep
