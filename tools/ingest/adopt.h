// Adopting a plan: a task that finds a plan takes what it left open from there, instead of listing
// the inputs again.
#pragma once

#include <string>

#include "tools/ingest/options.h"
#include "tools/ingest/plan.h"

namespace dsprep {

/// `options` with all that they leave open as the plan has it.
BuildOptions adopt_plan(BuildOptions options, const Plan& plan);

/// Throws kUsage that shows both where the task was started with other options than the plan.
void check_same_options(const Plan& plan, const std::string& canonical_here);

}  // namespace dsprep
