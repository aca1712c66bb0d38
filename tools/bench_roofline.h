// What this machine can do at most with these samples, beside what the loader does.
#pragma once

#include <string>

#include "tools/bench_options.h"

namespace dsprep {

/// Measures memcpy, reading from the page cache, checksums and (encoded pictures) decoding, each on
/// one thread, and prints which of them binds and what to change.
void print_roofline(const std::string& directory, const std::string& split,
                    const BenchSetting& setting, const BenchResult& result);

}  // namespace dsprep
