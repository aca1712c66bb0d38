// What the options leave open is decided here, from the names of the inputs.
#include <algorithm>
#include <array>
#include <map>

#include "formats/common/file.h"
#include "tools/ingest/planner.h"
#include "tools/ingest/text_document.h"

namespace dsprep {
namespace {

struct Ending {
  const char* extension;
  InputKind kind;
  DocRule doc = DocRule::kAuto;
};
constexpr std::array kEndings = {
    Ending{"jpg", InputKind::kImage},
    Ending{"jpeg", InputKind::kImage},
    Ending{"jpe", InputKind::kImage},
    Ending{"png", InputKind::kImage},
    Ending{"webp", InputKind::kImage},
    Ending{"gif", InputKind::kImage},
    Ending{"bmp", InputKind::kImage},
    Ending{"tif", InputKind::kImage},
    Ending{"tiff", InputKind::kImage},
    Ending{"ppm", InputKind::kImage},
    Ending{"pgm", InputKind::kImage},
    Ending{"pbm", InputKind::kImage},
    Ending{"pnm", InputKind::kImage},
    Ending{"txt", InputKind::kText, DocRule::kFile},
    Ending{"text", InputKind::kText, DocRule::kFile},
    Ending{"jsonl", InputKind::kText, DocRule::kJsonl},
    Ending{"ndjson", InputKind::kText, DocRule::kJsonl},
    Ending{"csv", InputKind::kTable, DocRule::kCsv},
    Ending{"tsv", InputKind::kTable, DocRule::kCsv},
    Ending{"parquet", InputKind::kTable},
    Ending{"npy", InputKind::kTable},
    Ending{"wav", InputKind::kAudio},
    Ending{"flac", InputKind::kAudio},
    Ending{"ogg", InputKind::kAudio},
    Ending{"oga", InputKind::kAudio},
    Ending{"opus", InputKind::kAudio},
    Ending{"mp3", InputKind::kAudio},
    Ending{"aif", InputKind::kAudio},
    Ending{"aiff", InputKind::kAudio},
    Ending{"au", InputKind::kAudio},
    Ending{"caf", InputKind::kAudio},
    Ending{"w64", InputKind::kAudio},
};

const Ending* ending_of(std::string_view key) {
  const std::string extension = extension_of(key);
  const auto* found = std::ranges::find(
      kEndings, extension, [](const Ending& e) { return std::string_view(e.extension); });
  return found == kEndings.end() ? nullptr : found;
}

InputKind kind_by_names(const Listing& listing) {
  std::map<InputKind, std::pair<std::uint64_t, std::string>> found;  // how many, and the first
  for (const FoundFile& file : listing.files) {
    const Ending* ending = ending_of(file.key);
    if (ending == nullptr) continue;
    auto& [count, first] = found[ending->kind];
    if (count++ == 0) first = file.key;
  }
  if (found.empty()) {
    throw Error(
        ErrorCode::kNoImages,
        "none of the " + std::to_string(listing.files.size()) + " files has a name of a known kind",
        {.file = listing.roots.empty() ? "" : listing.roots[0]}, "say what they are with --kind");
  }
  if (found.size() == 1) return found.begin()->first;
  std::string what;
  for (const auto& [kind, entry] : found) {
    what += (what.empty() ? "" : ", ") + std::to_string(entry.first) + " " + kind_name(kind) +
            " (" + entry.second + ")";
  }
  throw Error(ErrorCode::kUsage, "the inputs are of several kinds: " + what, {},
              "choose one with --kind");
}

// The form of the documents, by the names of the text files.
DocRule doc_by_names(const Listing& listing) {
  std::optional<DocRule> doc;
  for (const FoundFile& file : listing.files) {
    const Ending* ending = ending_of(file.key);
    if (ending == nullptr || ending->doc == DocRule::kAuto) continue;
    if (doc && *doc != ending->doc) {
      throw Error(ErrorCode::kUsage,
                  "some inputs are of the form " + doc_name(*doc) + " and some of the form " +
                      doc_name(ending->doc),
                  {.file = listing.roots[file.root] + file.key}, "choose with --doc");
    }
    doc = ending->doc;
  }
  return doc.value_or(DocRule::kFile);
}

// With csv among texts, what is meant is said by --doc alone.
bool takes_text(const FoundFile& file, DocRule doc) {
  if (file.named) return true;
  const Ending* ending = ending_of(file.key);
  return ending != nullptr && ending->doc != DocRule::kAuto &&
         (ending->doc != DocRule::kCsv || doc == DocRule::kCsv);
}

bool has_default_label(const Listing& listing, DocRule doc, const std::string& name) {
  for (const FoundFile& file : listing.files) {
    if (file.bytes != 0 && takes_text(file, doc))
      return has_member(doc, name, InputFile(listing.roots[file.root] + file.key));
  }
  return false;
}

// An option of another kind would change nothing, and its user would not know.
void check_of_kind(const BuildOptions& options) {
  for (const auto& [kind, name] : options.of_kind) {
    const bool also =
        std::ranges::find(options.of_kind, std::pair(options.kind, name)) != options.of_kind.end();
    if (kind != options.kind && !also) {
      throw Error(ErrorCode::kUsage,
                  "--" + name + " is for inputs of kind " + kind_name(kind) +
                      ", and these are of kind " + kind_name(options.kind),
                  {}, "leave it out, or say what the inputs are with --kind");
    }
  }
}

void resolve_text(BuildOptions& options, const Listing& listing) {
  static constexpr const char* kDefaultLabel = "label";
  if (options.text.doc == DocRule::kAuto) options.text.doc = doc_by_names(listing);
  const bool rows = options.text.doc == DocRule::kJsonl || options.text.doc == DocRule::kCsv;
  const bool columns = options.split.kind() == SplitRule::Kind::kColumn ||
                       options.group_by.starts_with("column:") || !options.text.label_field.empty();
  if (columns && !rows) {
    throw Error(ErrorCode::kUsage, "only documents in jsonl and csv have columns and label fields",
                {}, "use --doc jsonl or csv");
  }
  if (options.text.windows.pack &&
      (!options.text.label_field.empty() || options.labels == LabelRule::kFolder)) {
    throw Error(ErrorCode::kUsage, "packed rows hold several documents, so they have no labels", {},
                "leave the labels out, or use --window in place of --pack");
  }
  if (rows && options.text.label_field.empty() && options.labels != LabelRule::kNone &&
      !options.text.windows.pack && has_default_label(listing, options.text.doc, kDefaultLabel)) {
    options.text.label_field = kDefaultLabel;
  }
}

bool takes_table(const FoundFile& file) {
  if (file.named || kind_of_name(file.key) == InputKind::kTable) return true;
  return table_form(file.key) == TableForm::kJsonl;
}

void check_series(const BuildOptions& options) {
  const TableOptions& table = options.table;
  const bool windows = table.windows.length != 0;
  if (!windows && (!table.series.empty() || !table.time.empty() || table.horizon != 0)) {
    throw Error(ErrorCode::kUsage, "--series, --time and --horizon are for windows of rows", {},
                "give --window N, too");
  }
  if (table.horizon == 0 && !table.targets.empty())
    throw Error(ErrorCode::kUsage, "--target needs --horizon", {}, "say of how many rows");
  const bool time = options.split.kind() == SplitRule::Kind::kTime;
  if (time && !table.time.empty() && table.time != options.split.column()) {
    throw Error(ErrorCode::kUsage, "--time and --split time: name different columns", {},
                "leave --time out");
  }
}

void resolve_table(BuildOptions& options, const Listing& listing) {
  static constexpr const char* kDefaultLabel = "label";
  check_series(options);
  for (const FoundFile& file : listing.files) {
    const std::string path = listing.roots[file.root] + file.key;
    if (!takes_table(file)) continue;
    if (extension_of(file.key) == "parquet") {
      throw Error(ErrorCode::kUnsupportedFormat, "parquet is not read by this version",
                  {.file = path}, "write it as csv, jsonl or npy");
    }
    if (file.bytes == 0 || !options.text.label_field.empty() || options.labels == LabelRule::kNone)
      continue;
    const auto names = columns_of_table(options.table.format, InputFile(path));
    if (std::ranges::find(names, kDefaultLabel) != names.end())
      options.text.label_field = kDefaultLabel;
    break;  // the first file tells
  }
}

// Tiles are cut from the pixels as they are, and have no bytes of their own that could be kept.
void check_tile(const BuildOptions& options, bool image) {
  if (!options.tile) return;
  options.tile->validate();
  if (!image) throw Error(ErrorCode::kUsage, "--tile is for pictures");
  if (options.image.resize) {
    throw Error(ErrorCode::kUsage, "--tile and --resize exclude each other", {},
                "resize first, with --encode png, and cut what comes out");
  }
  if (options.image.encode == ImageEncode::kKeep) {
    throw Error(ErrorCode::kUsage, "--encode keep: a tile is no picture that stands in the input",
                {}, "use jpeg[:Q], png, webp[:Q] or raw");
  }
}

// What only documents can have, or only files that are one sample each.
void check_files(const BuildOptions& options, const Listing& listing) {
  const bool columns = options.split.kind() == SplitRule::Kind::kColumn ||
                       options.group_by.starts_with("column:") || !options.text.label_field.empty();
  if (columns && listing.declared.empty()) {
    throw Error(ErrorCode::kUsage, "only files that lists (csv, tsv, jsonl) name have columns", {},
                "split by folders or ratios, group with regex:RE, label by folders");
  }
}

// Texts and tables are read as they are: packed bytes would be texts without sense.
void check_text(const BuildOptions& options, const Listing& listing) {
  static constexpr std::string_view kPacked[] = {"gz",  "zst",     "xz",   "bz2",  "lz4",
                                                 "zip", "parquet", "xlsx", "arrow"};
  for (const FoundFile& file : listing.files) {
    const std::string extension = extension_of(file.key);
    if (!takes_file(options, file)) continue;
    if (std::ranges::find(kPacked, extension) == std::end(kPacked)) continue;
    throw Error(ErrorCode::kUnsupportedFormat,
                "texts and tables are not read from files named ." + extension,
                {.file = listing.roots[file.root] + file.key},
                "unpack it, or write it as text, csv, jsonl or npy");
  }
  if (listing.archives.empty()) return;
  const ArchiveInput& archive = listing.archives.front();
  throw Error(ErrorCode::kUnsupportedFormat, "texts and tables in archives are not supported",
              {.file = listing.roots[archive.root] + archive.key}, "unpack it");
}

}  // namespace

InputKind kind_of_name(std::string_view key) {
  const Ending* ending = ending_of(key);
  return ending == nullptr ? InputKind::kAuto : ending->kind;
}

bool is_media_name(std::string_view name, const ListingOptions& options) {
  const InputKind kind = kind_of_name(name);
  return (options.pictures && kind == InputKind::kImage) ||
         (options.sounds && kind == InputKind::kAudio);
}

ListingOptions listing_options(const BuildOptions& options) {
  const auto column = [](const std::string& text) {
    return text.starts_with("column:") ? text.substr(7) : std::string();
  };
  return {.pictures = options.kind == InputKind::kAuto || options.kind == InputKind::kImage,
          .sounds = options.kind == InputKind::kAuto || options.kind == InputKind::kAudio,
          .lists_only = one_sample_a_file(options.kind),
          .skip_errors = options.skip_errors,
          .label_column = options.text.label_field,
          .split_column =
              options.split.kind() == SplitRule::Kind::kColumn ? options.split.column() : "",
          .group_column = column(options.group_by)};
}

BuildOptions resolve_options(BuildOptions options, const Listing& listing) {
  if (options.kind == InputKind::kAuto && options.text.doc != DocRule::kAuto)
    options.kind = InputKind::kText;
  if (options.kind == InputKind::kAuto) options.kind = kind_by_names(listing);
  check_of_kind(options);
  const bool image = options.kind == InputKind::kImage;
  const bool files = one_sample_a_file(options.kind);
  if (!options.format) options.format = image ? Container::kWds : Container::kMemmap;
  check_tile(options, image);
  if (files) check_files(options, listing);
  if (!files) check_text(options, listing);
  if (options.kind != InputKind::kAudio && options.text.windows.silence) {
    throw Error(ErrorCode::kUsage, "--tail pad alone is for sound", {},
                "say with what: --tail pad:ID");
  }
  const bool table = options.kind == InputKind::kTable;
  if (!table && options.split.kind() == SplitRule::Kind::kTime)
    throw Error(ErrorCode::kUsage, "--split time: is for tables", {}, "use --kind table");
  if (table) resolve_table(options, listing);
  if (!files && !table) resolve_text(options, listing);
  const bool one_a_file = files || (!table && options.text.doc == DocRule::kFile);
  if (!options.shuffled) options.shuffled = files;
  if (*options.shuffled && !one_a_file) {
    throw Error(ErrorCode::kUsage, "--order shuffled needs inputs that are one sample a file", {},
                "leave it out: readers shuffle");
  }
  if (options.group_by.starts_with("regex:") && !one_a_file) {
    throw Error(ErrorCode::kUsage,
                "--group-by regex:… looks at names of files that are one sample each", {},
                "use column:NAME with jsonl or csv");
  }
  if (options.text.label_field.empty() && options.labels == LabelRule::kFolder && !one_a_file) {
    throw Error(ErrorCode::kUsage, "--labels folder needs inputs that are one sample a file", {},
                "use --label-field with jsonl or csv");
  }
  return options;
}

std::unique_ptr<Kind> make_kind(const BuildOptions& resolved) {
  if (resolved.kind == InputKind::kTable) {
    return resolved.table.windows.length != 0 ? make_series_kind(resolved)
                                              : make_table_kind(resolved);
  }
  if (resolved.kind == InputKind::kAudio) return make_audio_kind(resolved);
  if (resolved.kind != InputKind::kImage) return make_text_kind(resolved);
  return resolved.tile ? make_tile_kind(resolved) : make_image_kind(resolved);
}

bool takes_file(const BuildOptions& resolved, const FoundFile& file) {
  if (resolved.kind == InputKind::kText) return takes_text(file, resolved.text.doc);
  if (resolved.kind == InputKind::kTable) return takes_table(file);
  if (file.named) return true;
  return kind_of_name(file.key) == resolved.kind;
}

}  // namespace dsprep
