// What samples a document's ids are cut into.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/ingest/options.h"

namespace dsprep {

/// A run of a document's ids.
struct TokenWindow {
  std::uint64_t start = 0;
  std::uint64_t length = 0;
};

/// How `ids` ids become windows; appends to `windows` and returns how many ids are in none.
///
/// Windows begin at 0, stride, 2·stride, …, until one reaches the end. One that ends behind the
/// last id is what `tail` says: kept short, dropped, moved back until it ends there (a document
/// that is shorter than a window stays short), or padded (its length here is that without padding).
std::uint64_t cut_windows(std::uint64_t ids, const WindowOptions& options,
                          std::vector<TokenWindow>& windows);

}  // namespace dsprep
