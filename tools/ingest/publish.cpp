#include "tools/ingest/publish.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "dsprep/error.h"
#include "dsprep/manifest.h"
#include "formats/common/file.h"

namespace dsprep {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifestName = "dataset.json";

// The files come first and dataset.json last: before that name appears, nobody takes the folder for
// a dataset.
void move_files(const fs::path& from, const fs::path& to) {
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(from))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  for (const fs::path& name : names) {
    if (name != kManifestName) rename_file(from / name, to / name);
  }
  sync_path(to);
  rename_file(from / kManifestName, to / kManifestName);
  sync_path(to);
}

bool exchange(const fs::path& a, const fs::path& b) {
  if (::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0)
    return true;
  if (errno == ENOSYS || errno == EINVAL || errno == ENOTSUP) return false;
  throw_errno(errno, "cannot be exchanged with " + b.string(), a);
}

fs::path old_folder(const fs::path& out) {
  return waiting_folder(out).replace_extension(".dsprep-old");
}

void swap_folders(const fs::path& waiting, const fs::path& out) {
  if (exchange(waiting, out)) return;
  rename_file(out, old_folder(out));
  rename_file(waiting, out);
}

std::string plan_in(const fs::path& folder) {
  try {
    return read_manifest(folder).plan;
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

fs::path waiting_folder(const fs::path& out) {
  const fs::path absolute = fs::absolute(out).lexically_normal();
  const fs::path plain = absolute.has_filename() ? absolute : absolute.parent_path();
  return plain.parent_path() / ("." + plain.filename().string() + ".dsprep-new");
}

bool has_dataset(const fs::path& out) { return fs::exists(out / kManifestName); }

void publish_dataset(const fs::path& staged, const fs::path& out) {
  sync_path(staged);
  if (!has_dataset(out)) {
    move_files(staged, out);
    return;
  }
  const fs::path waiting = waiting_folder(out);
  remove_tree(waiting);
  rename_file(staged, waiting);
  swap_folders(waiting, fs::absolute(out).lexically_normal());
  sync_path(waiting.parent_path());
  remove_tree(waiting);
}

bool finish_publication(const fs::path& out, const std::string& plan) {
  const fs::path waiting = waiting_folder(out);
  const bool here = plan_in(out) == plan;
  if (!here && plan_in(waiting) == plan && fs::exists(out)) {
    swap_folders(waiting, fs::absolute(out).lexically_normal());
    sync_path(waiting.parent_path());
  } else if (!here && !fs::exists(out) && plan_in(waiting) == plan) {
    rename_file(waiting, out);
  } else if (!here) {
    return false;
  }
  remove_tree(waiting);
  remove_tree(old_folder(out));
  return true;
}

}  // namespace dsprep
