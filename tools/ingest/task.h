// Tasks: which part of a build this process does.
#pragma once

#include <string>
#include <vector>

#include "tools/ingest/options.h"

namespace dsprep {

/// "3/16", or "auto": from Slurm (array, or steps of a job) or from Open MPI's, MPICH's or PMIx's
/// environment. Throws kUsage.
Task parse_task(const std::string& text);

/// The slices of a task: every count-th, from index.
std::vector<std::size_t> slices_of(const Task& task, std::size_t slices);

}  // namespace dsprep
