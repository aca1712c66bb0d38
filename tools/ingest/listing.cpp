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

class Walker {
 public:
  Walker(Listing& listing, std::uint32_t root) : listing_(listing), root_(root) {}

  void walk(const std::string& key_prefix) {
    const std::string path = listing_.roots[root_] + key_prefix;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
    struct stat info {};
    if (!folder || ::fstat(::dirfd(folder.get()), &info) != 0) {
      reject(key_prefix, errno);
      return;
    }
    const FolderId id{info.st_dev, info.st_ino};
    if (std::ranges::find(above_, id) != above_.end()) {
      listing_.rejects.push_back({key_prefix, ErrorCode::kSymlinkLoop,
                                  "the folder contains itself through a symbolic link"});
      return;
    }
    above_.push_back(id);
    errno = 0;
    while (const dirent* entry = ::readdir(folder.get())) {
      visit(::dirfd(folder.get()), key_prefix, entry->d_name);
      errno = 0;
    }
    if (errno != 0) throw_errno(errno, "cannot be listed", path);
    above_.pop_back();
  }

 private:
  void visit(int folder, const std::string& key_prefix, const char* name) {
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) return;
    const std::string key = key_prefix + name;
    if (name[0] == '.') {
      ++listing_.ignored["hidden files and folders"];
      return;
    }
    struct stat info {};
    if (::fstatat(folder, name, &info, 0) != 0) {
      reject(key, errno);
    } else if (S_ISDIR(info.st_mode)) {
      walk(key + "/");
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
                                                             : ErrorCode::kIo;
    if (code == ErrorCode::kIo) throw_errno(error, "cannot be listed", listing_.roots[root_] + key);
    listing_.rejects.push_back(
        {key, code, error == ENOENT ? "a symbolic link to nothing" : std::strerror(error)});
  }

  Listing& listing_;
  std::uint32_t root_;
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

// `key` is the name that the user gave where it came from a list, else the file's own name.
void add_input(Listing& listing, const std::string& input, const std::string& key) {
  std::error_code error;
  const fs::file_status status = fs::status(input, error);
  if (status.type() == fs::file_type::not_found || (error && !fs::exists(status))) {
    throw_errno(error ? error.value() : ENOENT, "the input cannot be found", input);
  }
  if (status.type() == fs::file_type::directory) {
    const std::uint32_t root =
        add_root(listing, input.ends_with('/') ? input : input + "/", last_component(input));
    Walker(listing, root).walk("");
  } else if (status.type() == fs::file_type::regular) {
    const std::uint32_t root = add_root(listing, input.substr(0, input.size() - key.size()), "");
    listing.files.push_back({root, key, static_cast<std::uint64_t>(fs::file_size(input)), true});
  } else {
    throw Error(ErrorCode::kUsage, "the input is neither a folder nor a regular file",
                {.file = input});
  }
}

void add_list(Listing& listing, const std::string& list) {
  std::istringstream lines(read_text(list));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    std::string key = line;
    while (key.starts_with("./")) key.erase(0, 2);
    while (key.starts_with('/')) key.erase(0, 1);
    if (key.starts_with("../") || key.find("/../") != key.npos)
      key = fs::path(line).filename().string();
    add_input(listing, line, key);
  }
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

Listing list_inputs(const std::vector<std::string>& inputs) {
  Listing listing;
  for (const std::string& input : inputs) {
    if (input.starts_with('@')) {
      add_list(listing, input.substr(1));
    } else {
      add_input(listing, input, fs::path(input).filename().string());
    }
  }
  std::ranges::sort(listing.files, {},
                    [](const FoundFile& file) -> const std::string& { return file.key; });
  const auto twin = std::ranges::adjacent_find(listing.files, {}, &FoundFile::key);
  if (twin != listing.files.end()) {
    const auto path = [&](const FoundFile& file) { return listing.roots[file.root] + file.key; };
    throw Error(ErrorCode::kDuplicateKey,
                "the same key '" + twin->key + "' as " + path(*(twin + 1)), {.file = path(*twin)},
                "give the folder above them as one input");
  }
  std::ranges::sort(listing.rejects, {}, &Reject::path);
  return listing;
}

}  // namespace dsprep
