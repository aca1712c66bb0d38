// Building small datasets inside a test.
#pragma once

#include <map>
#include <string>

#include "support/scratch.h"
#include "tools/ingest/build.h"

namespace dsprep::test {

/// A folder's files and their bytes, without .build.
inline std::map<std::string, std::string> files_in(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().filename().string()] = slurp(entry.path());
  }
  return files;
}

/// Options for lines of text in three splits, in shards so small that there are several and
/// fragments to join.
inline BuildOptions line_options(const std::filesystem::path& input,
                                 const std::filesystem::path& out) {
  BuildOptions options;
  options.inputs = {input.string()};
  options.out = out;
  options.text.doc = DocRule::kLine;
  options.split = SplitRule::parse("train=0.7,val=0.2,test=0.1");
  options.aim.bytes = 2000;
  options.progress = ProgressMode::kNone;
  return options;
}

/// A text of `lines` different lines.
inline std::string many_lines(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i)
    text += "line " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 50), 'x') + "\n";
  return text;
}

}  // namespace dsprep::test
