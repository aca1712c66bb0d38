#include "tools/ingest/listing.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>

#include "formats/common/file.h"
#include "tools/ingest/archive_listing.h"
#include "tools/ingest/file_list.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

using FolderId = std::pair<dev_t, ino_t>;

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

const char* special_kind(mode_t mode) {
  if (S_ISFIFO(mode)) return "FIFOs";
  if (S_ISSOCK(mode)) return "sockets";
  return "devices";
}

// Goes through folders without recursion, with one of them open at a time.
class Walker {
 public:
  Walker(Listing& listing, std::uint32_t root) : listing_(listing), root_(root) {}

  void walk() {
    for (folders_.push_back({}); !folders_.empty();) {
      const Folder folder = std::move(folders_.back());
      folders_.pop_back();
      above_.resize(folder.depth);  // the last one in comes first: what is left is above it
      read(folder);
    }
  }

 private:
  struct Folder {
    std::string prefix;  // of the keys below it
    std::size_t depth = 0;
  };

  void read(const Folder& folder) {
    const std::string path = listing_.roots[root_] + folder.prefix;
    const std::unique_ptr<DIR, CloseFolder> open(::opendir(path.c_str()));
    struct stat info {};
    if (!open || ::fstat(::dirfd(open.get()), &info) != 0) {
      reject(folder.prefix, errno);
      return;
    }
    const FolderId id{info.st_dev, info.st_ino};
    if (std::ranges::find(above_, id) != above_.end()) {
      listing_.rejects.push_back({folder.prefix, ErrorCode::kSymlinkLoop,
                                  "the folder contains itself through a symbolic link"});
      return;
    }
    above_.push_back(id);
    errno = 0;
    while (const dirent* entry = ::readdir(open.get())) {
      visit(::dirfd(open.get()), folder, entry->d_name);
      errno = 0;
    }
    if (errno != 0) throw_errno(errno, "cannot be listed", path);
  }

  void visit(int open, const Folder& folder, const char* name) {
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) return;
    const std::string key = folder.prefix + name;
    if (name[0] == '.') {
      ++listing_.ignored["hidden files and folders"];
      return;
    }
    struct stat info {};
    if (::fstatat(open, name, &info, 0) != 0) {
      reject(key, errno);
    } else if (S_ISDIR(info.st_mode)) {
      folders_.push_back({key + "/", folder.depth + 1});
    } else if (S_ISREG(info.st_mode)) {
      listing_.files.push_back({root_, key, static_cast<std::uint64_t>(info.st_size), false});
    } else {
      ++listing_.ignored[special_kind(info.st_mode)];
    }
  }

  void reject(const std::string& key, int error) {
    const ErrorCode code = error == EACCES || error == EPERM ? ErrorCode::kPermissionDenied
                           : error == ELOOP                  ? ErrorCode::kSymlinkLoop
                           : error == ENOENT                 ? ErrorCode::kNotFound
                           : error == ENAMETOOLONG           ? ErrorCode::kTooLarge
                                                             : ErrorCode::kIo;
    if (code == ErrorCode::kIo) throw_errno(error, "cannot be listed", listing_.roots[root_] + key);
    listing_.rejects.push_back(
        {key, code, error == ENOENT ? "a symbolic link to nothing" : std::strerror(error)});
  }

  Listing& listing_;
  std::uint32_t root_;
  std::vector<Folder> folders_;  // still to be read
  std::vector<FolderId> above_;
};

std::string last_component(const fs::path& path) {
  const fs::path plain = path.lexically_normal();
  return (plain.has_filename() ? plain : plain.parent_path()).filename().string();
}

// The files of a list mostly share one root: it is kept once.
std::uint32_t add_root(Listing& listing, const std::string& root, const std::string& name) {
  if (listing.roots.empty() || listing.roots.back() != root || listing.root_names.back() != name) {
    listing.roots.push_back(root);
    listing.root_names.push_back(name);
  }
  return static_cast<std::uint32_t>(listing.roots.size() - 1);
}

void add_folder(Listing& listing, const std::string& folder) {
  const std::uint32_t root =
      add_root(listing, folder.ends_with('/') ? folder : folder + "/", last_component(folder));
  Walker(listing, root).walk();
}

// `key` is the end of `path`.
void add_file(Listing& listing, const std::string& path, const std::string& key) {
  const std::uint32_t root = add_root(listing, path.substr(0, path.size() - key.size()), "");
  listing.files.push_back({root, key, static_cast<std::uint64_t>(fs::file_size(path)), true});
}

fs::file_type type_of(const std::string& input) {
  std::error_code error;
  const fs::file_status status = fs::status(input, error);
  if (status.type() == fs::file_type::not_found || (error && !fs::exists(status)))
    throw_errno(error ? error.value() : ENOENT, "the input cannot be found", input);
  return status.type();
}

void add_list(Listing& listing, const std::string& list) {
  std::istringstream lines(read_text(list));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) add_path(listing, "", line, true);
  }
}

void add_input(Listing& listing, const std::string& input, const ListingOptions& options) {
  if (input.starts_with('@')) return add_list(listing, input.substr(1));
  const bool list = (options.pictures || options.sounds) && is_table_name(input) &&
                    type_of(input) == fs::file_type::regular &&
                    (options.lists_only || is_file_list(input, options));
  if (!list) return add_path(listing, "", input, true);
  listing.lists = true;
  add_file_list(listing, input, options);
}

void refuse_twins(const Listing& listing) {
  const auto twin = std::ranges::adjacent_find(listing.files, {}, &FoundFile::key);
  if (twin == listing.files.end()) return;
  const auto path = [&](const FoundFile& file) { return listing.roots[file.root] + file.key; };
  const bool member = twin->archive != kNoArchive && twin->archive == (twin + 1)->archive;
  throw Error(ErrorCode::kDuplicateKey,
              member ? "the archive has two members of this name"
                     : "the same key '" + twin->key + "' as " + path(*(twin + 1)),
              {.file = path(*twin)},
              member          ? "pack it again, with each name once"
              : listing.lists ? "name each file once"
                              : "give the folder above them as one input");
}

// The file's own name for an input that the user typed; what a list says for its paths.
std::string key_of(const std::string& path) {
  std::string key = fs::path(path).lexically_normal().string();
  while (key.starts_with("../")) key.erase(0, 3);
  while (key.starts_with('/')) key.erase(0, 1);
  return key;
}

}  // namespace

std::string extension_of(std::string_view key) {
  const std::size_t slash = key.rfind('/');
  const std::string_view name = slash == key.npos ? key : key.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0) return "";
  std::string extension(name.substr(dot + 1));
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

void add_path(Listing& listing, const std::string& folder, const std::string& path, bool folders) {
  const std::string key = key_of(path);
  // With the key at its end, also where the path was not in its shortest form.
  const std::string normal = fs::path(path).lexically_normal().string();
  const std::string whole = normal.starts_with('/') ? normal : folder + normal;
  const fs::file_type type = type_of(folder.empty() ? path : whole);
  if (type == fs::file_type::directory && folders) return add_folder(listing, path);
  if (type != fs::file_type::regular) {
    throw Error(ErrorCode::kUsage, "the input is neither a folder nor a regular file",
                {.file = whole});
  }
  add_file(listing, whole, key);
}

Listing list_inputs(const std::vector<std::string>& inputs, const ListingOptions& options) {
  Listing listing;
  for (const std::string& input : inputs) {
    const std::size_t before = listing.files.size();
    add_input(listing, input, options);
    // An input that the user typed is called by its last component, whatever is above it.
    if (listing.files.size() == before + 1 && listing.files.back().named && !listing.lists &&
        !input.starts_with('@')) {
      FoundFile& file = listing.files.back();
      const std::string path = listing.roots[file.root] + file.key;
      file.key = fs::path(path).filename().string();
      file.root = add_root(listing, path.substr(0, path.size() - file.key.size()), "");
    }
  }
  if (listing.lists && inputs.size() > 1 &&
      std::ranges::any_of(
          listing.files, [](const FoundFile& file) { return file.declared == kNothingDeclared; })) {
    throw Error(ErrorCode::kUsage, "lists of files are given together with other inputs", {},
                "build them one after another, or name all files in lists");
  }
  if (options.pictures || options.sounds) open_archives(listing, options);
  std::ranges::sort(listing.files, {},
                    [](const FoundFile& file) -> const std::string& { return file.key; });
  refuse_twins(listing);
  std::ranges::sort(listing.rejects, {}, &Reject::path);
  return listing;
}

}  // namespace dsprep
