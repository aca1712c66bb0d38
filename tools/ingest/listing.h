// Listing: the files below the inputs, with their keys. The first phase of a build; it opens no
// file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/ingest/batch.h"

namespace dsprep {

/// A regular file that an input names or contains.
struct FoundFile {
  std::uint32_t root = 0;  ///< index into Listing::roots
  std::string key;  ///< path relative to its input, '/' between components, bytes as they are
  std::uint64_t bytes = 0;
  bool named = false;  ///< the user named this very file: its name's ending does not matter
};

struct Listing {
  /// Where keys start: path of FoundFile = roots[root] + key. Folders end in '/'.
  std::vector<std::string> roots;
  std::vector<std::string>
      root_names;                ///< last component of the input, for inputs named train, val, …
  std::vector<FoundFile> files;  ///< sorted by key
  std::vector<Reject> rejects;   ///< what could not be listed: loops, folders that may not be read
  std::map<std::string, std::uint64_t>
      ignored;  ///< what is no file to take, and how many: "hidden", "fifo", …
};

/// Walks folders (following symbolic links, never in a loop), takes files, and reads lists
/// (`@FILE`: a path a line). Throws kNotFound for an input that is not there, kDuplicateKey that
/// names both files. Memory: about 100 bytes a file.
Listing list_inputs(const std::vector<std::string>& inputs);

/// Lower-case ending of a name without its dot: "jpeg"; empty where there is none.
std::string extension_of(std::string_view key);

}  // namespace dsprep
