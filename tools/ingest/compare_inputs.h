// Comparing the inputs that stand here with those that a dataset was built from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dsprep/manifest.h"
#include "dsprep/verify.h"
#include "tools/ingest/build.h"

namespace dsprep {

/// The key of the input that gave the sample with this key: without the place of a tile or window,
/// without the number of a line or row.
std::string input_key(std::string_view sample_key, const BuildOptions& options);

/// A fault for each input that is missing, that is new, or (pictures, and files that are one
/// document) whose bytes have changed; one with the totals where none can be named. Reads all keys
/// and, where it compares bytes, all inputs. Memory grows with the number of inputs.
std::vector<Fault> compare_inputs(const std::filesystem::path& directory, const Manifest& manifest,
                                  const PlannedBuild& planned);

}  // namespace dsprep
