// Listing: the files below the inputs, with their keys. The first phase of a build; it opens no
// file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/ingest/batch.h"
#include "tools/ingest/plan.h"

namespace dsprep {

inline constexpr std::uint32_t kNothingDeclared = 0xFFFFFFFF;

/// A regular file that an input names or contains, or a member of an archive.
struct FoundFile {
  std::uint32_t root = 0;  ///< index into Listing::roots
  std::string key;  ///< path relative to its input, '/' between components, bytes as they are
  std::uint64_t bytes = 0;
  bool named = false;  ///< the user named this very file: its name's ending does not matter
  std::uint32_t archive = kNoArchive;         ///< index into Listing::archives
  std::uint64_t position = 0;                 ///< in it, as in ArchiveMember
  std::uint32_t declared = kNothingDeclared;  ///< index into Listing::declared
};

/// What a list, or a file beside the input, says of it. Empty: says nothing.
struct Declared {
  std::string label, split, group;
};

/// What has to be known while inputs are listed. Columns that are empty have their usual names.
struct ListingOptions {
  bool pictures = true;      ///< are wanted: archives are opened, named tables may be lists
  bool sounds = true;        ///< likewise
  bool lists_only = false;   ///< a table is a list even where it does not look like one
  bool skip_errors = false;  ///< bad rows and archives become rejects
  std::string label_column;  ///< --label-field
  std::string split_column;  ///< --split column:NAME
  std::string group_column;  ///< --group-by column:NAME
};

struct Listing {
  /// Where keys start: path of FoundFile = roots[root] + key. Folders end in '/'.
  std::vector<std::string> roots;
  std::vector<std::string>
      root_names;                ///< last component of the input, for inputs named train, val, …
  std::vector<FoundFile> files;  ///< sorted by key
  std::vector<ArchiveInput> archives;
  std::vector<Declared> declared;
  bool lists = false;           ///< the files come from lists of files
  std::vector<Reject> rejects;  ///< what could not be listed: loops, folders that may not be read
  std::map<std::string, std::uint64_t>
      ignored;  ///< what is no file to take, and how many: "hidden", "fifo", …
};

/// Walks folders (following symbolic links, never in a loop), takes files, reads lists (`@FILE`: a
/// path a line; tables of paths: file_list.h) and the headers of archives. Throws kNotFound
/// for an input that is not there, kDuplicateKey that names both files. Memory: about 100 bytes a
/// file, and what is declared of it.
Listing list_inputs(const std::vector<std::string>& inputs, const ListingOptions& options = {});

/// Adds a path of a list: a file, or with `folders` also what is below a folder. `folder` is put in
/// front of paths that do not begin with '/'; leading "/", "./" and "../" do not enter keys.
void add_path(Listing& listing, const std::string& folder, const std::string& path, bool folders);

/// True for names that end like those of pictures or sounds, as far as these are wanted:
/// "photo.JPEG".
bool is_media_name(std::string_view name, const ListingOptions& options);

/// Lower-case ending of a name without its dot: "jpeg"; empty where there is none.
std::string extension_of(std::string_view key);

}  // namespace dsprep
