#include "tools/ingest/archive_listing.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "dsprep/error.h"
#include "formats/common/file.h"
#include "formats/wds/tar_scan.h"
#include "tools/ingest/archive_stream.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/planner.h"

namespace dsprep {
namespace {

constexpr std::array kEndings = {".tar",     ".zip",      ".tgz",     ".tbz2",   ".txz",
                                 ".tzst",    ".tar.gz",   ".tar.bz2", ".tar.xz", ".tar.zst",
                                 ".tar.lz4", ".tar.lzma", ".tar.Z"};
constexpr std::uint64_t kMostMemberBytes = 1 << 30;
constexpr std::uint64_t kMostLabelBytes = 1 << 20;  // of a .cls or .json beside a picture

// Reads the bytes of the member that is being visited.
using ReadMember = std::function<std::string()>;
using VisitMember = std::function<void(const ArchiveMember&, const ReadMember&)>;

void visit_tar(const InputFile& file, const VisitMember& visit) {
  scan_tar(
      file,
      [&](TarMember&& member) {
        visit({std::move(member.name), member.offset, member.length}, [&] {
          std::string text(member.length, '\0');
          file.read_at(member.offset, std::as_writable_bytes(std::span(text)));
          return text;
        });
      },
      TarOrigin::kAny);
}

void visit_stream(const std::string& path, const VisitMember& visit) {
  ArchiveStream stream(path);
  for (ArchiveMember member; stream.next(member);) {
    visit(member, [&] {
      std::string text(member.bytes, '\0');
      stream.read(std::as_writable_bytes(std::span(text)));
      return text;
    });
  }
}

bool is_plain_tar(const InputFile& file) {
  std::array<std::byte, kTarBlock> block{};
  return file.read_some(0, block) == block.size() && is_tar_header(block);
}

// The name without what tar writers put in front: "./cat/1.jpg".
std::string_view short_name(std::string_view name) {
  while (name.starts_with("./") || name.starts_with('/'))
    name.remove_prefix(name.starts_with('/') ? 1 : 2);
  return name;
}

bool is_hidden(std::string_view name) {
  while (!name.empty()) {
    const std::string_view component = name.substr(0, name.find('/'));
    if (component.starts_with('.') && component != "." && component != "..") return true;
    name.remove_prefix(std::min(component.size() + 1, name.size()));
  }
  return false;
}

// WebDataset's key: up to the first point of the last component.
std::string sample_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return std::string(name.substr(0, name.find('.', slash == name.npos ? 0 : slash + 1)));
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Lists one archive; what it finds is kept apart until the archive has been read to its end.
class Opener {
 public:
  Opener(Listing& listing, const ListingOptions& options, const FoundFile& file)
      : listing_(listing), options_(options), archive_(file) {}

  void run() {
    const std::string path = listing_.roots[archive_.root] + archive_.key;
    const InputFile file(path);
    if (file.size() == 0)
      throw Error(ErrorCode::kEmptyFile, "the file has 0 bytes", {.file = path});
    const bool plain = is_plain_tar(file);
    const auto visit = [&](const ArchiveMember& member, const ReadMember& read) {
      add(member, read);
    };
    if (plain) {
      visit_tar(file, visit);
    } else {
      visit_stream(path, visit);
    }
    declare_labels();
    listing_.archives.push_back({archive_.root, archive_.key, file.size(), !plain});
    std::ranges::move(files_, std::back_inserter(listing_.files));
    std::ranges::move(rejects_, std::back_inserter(listing_.rejects));
    for (const auto& [what, count] : ignored_) listing_.ignored[what] += count;
  }

 private:
  void add(const ArchiveMember& member, const ReadMember& read) {
    const std::string_view name = short_name(member.name);
    const std::string extension = extension_of(name);
    if (name.empty() || is_hidden(name)) {
      ++ignored_["hidden files and folders"];
    } else if (is_media_name(name, options_)) {
      add_file(member, name);
    } else if (extension == "cls" && member.bytes <= kMostLabelBytes) {
      labels_[sample_of(name)] = trimmed(read());
    } else if (extension == "json" && !options_.label_column.empty() &&
               member.bytes <= kMostLabelBytes) {
      add_json_label(std::string(name), read());
    } else {
      ++ignored_[extension.empty() ? "members without an ending" : "members named ." + extension];
    }
  }

  void add_file(const ArchiveMember& member, std::string_view name) {
    std::string key = archive_.key + "/" + std::string(name);
    if (member.bytes > kMostMemberBytes) {
      rejects_.push_back({std::move(key), ErrorCode::kTooLarge,
                          "a member of " + std::to_string(member.bytes) + " bytes"});
      return;
    }
    FoundFile file{archive_.root, std::move(key), member.bytes};
    file.archive = static_cast<std::uint32_t>(listing_.archives.size());
    file.position = member.position;
    files_.push_back(std::move(file));
  }

  void add_json_label(const std::string& name, const std::string& text) {
    const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
    const auto label = object.is_object() ? object.find(options_.label_column) : object.end();
    if (!object.is_object() || label == object.end() ||
        !(label->is_string() || label->is_number_integer())) {
      throw Error(ErrorCode::kBadRow, "has no label '" + options_.label_column + "'",
                  {.file = listing_.roots[archive_.root] + archive_.key + "/" + name});
    }
    labels_[sample_of(name)] = label->is_string() ? label->get<std::string>() : label->dump();
  }

  void declare_labels() {
    if (labels_.empty()) return;
    for (FoundFile& file : files_) {
      const std::string_view name = std::string_view(file.key).substr(archive_.key.size() + 1);
      const auto label = labels_.find(sample_of(name));
      if (label == labels_.end() || label->second.empty()) {
        throw Error(ErrorCode::kBadRow, "has no label beside it, as other files have",
                    {.file = listing_.roots[file.root] + file.key});
      }
      file.declared = static_cast<std::uint32_t>(listing_.declared.size());
      listing_.declared.push_back({.label = label->second, .split = {}, .group = {}});
    }
  }

  Listing& listing_;
  const ListingOptions& options_;
  const FoundFile& archive_;
  std::vector<FoundFile> files_;
  std::vector<Reject> rejects_;
  std::map<std::string, std::uint64_t> ignored_;
  std::map<std::string, std::string> labels_;  // by sample
};

}  // namespace

bool is_archive_name(std::string_view name) {
  return std::ranges::any_of(kEndings, [&](std::string_view ending) {
    return name.size() > ending.size() && name.ends_with(ending);
  });
}

void open_archives(Listing& listing, const ListingOptions& options) {
  const bool only_archives = std::ranges::none_of(listing.files, [](const FoundFile& file) {
    return !is_archive_name(file.key) && kind_of_name(file.key) != InputKind::kAuto;
  });
  std::vector<FoundFile> archives;
  std::erase_if(listing.files, [&](const FoundFile& file) {
    const bool take = is_archive_name(file.key) && (file.named || only_archives);
    if (take) archives.push_back(file);
    return take;
  });
  std::ranges::sort(archives, {}, &FoundFile::key);
  for (const FoundFile& archive : archives) {
    try {
      Opener(listing, options, archive).run();
    } catch (const Error& error) {
      if (!options.skip_errors || !may_reject(error.code())) throw;
      listing.rejects.push_back({archive.key, error.code(), error.message()});
    }
  }
}

}  // namespace dsprep
