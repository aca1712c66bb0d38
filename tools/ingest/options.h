// BuildOptions: what the user asked of build-shards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dsprep/image_transform.h"
#include "dsprep/shard.h"
#include "dsprep/tile.h"
#include "tools/ingest/split.h"

namespace dsprep {

enum class InputKind : std::uint8_t { kAuto, kImage, kText, kTable, kAudio };
enum class LabelRule : std::uint8_t { kAuto, kFolder, kNone };
enum class DocRule : std::uint8_t { kAuto, kFile, kLine, kJsonl };
enum class Phase : std::uint8_t { kAll, kSurvey, kPlan, kWrite };
enum class ProgressMode : std::uint8_t { kAuto, kBar, kPlain, kJson, kNone };

/// Part `index` of `count` of a phase.
struct Task {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

/// How large a shard is to be; at most one member is set, none means automatic.
struct ShardAim {
  std::optional<std::uint64_t> samples;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> shards;
};

struct TextOptions {
  DocRule doc = DocRule::kAuto;
  std::string text_field = "text";
  std::string label_field;           ///< empty: "label", where the first line has it
  std::string tokenizer = "bytes";   ///< bytes, words, or a file
  std::uint64_t vocab_size = 65536;  ///< words: at most so many, with <pad> and <unk>
  std::uint64_t min_count = 1;       ///< words: rarer ones become <unk>
  std::optional<std::uint32_t> bos;
  std::optional<std::uint32_t> eos;
  std::optional<DType> dtype;  ///< none: uint16 where the vocabulary fits, else uint32
};

/// A limit on rejected inputs.
struct MaxRejects {
  std::uint64_t count = 0;
  bool percent = false;
};

struct BuildOptions {
  std::vector<std::string> inputs;
  std::filesystem::path out;
  InputKind kind = InputKind::kAuto;
  std::optional<Container> format;  ///< none: wds for images, else memmap
  SplitRule split;
  std::string group_by;  ///< "regex:RE" or "column:NAME"
  bool stratify = false;
  LabelRule labels = LabelRule::kAuto;
  ShardAim aim;
  std::optional<bool> shuffled;  ///< none: images yes, else no
  std::uint64_t order_seed = 0;
  ImageOptions image;
  std::optional<TileSpec> tile;  ///< pictures are cut into tiles
  TextOptions text;

  // None of these changes a byte of the output.
  unsigned jobs = 1;
  bool skip_errors = false;
  std::optional<MaxRejects> max_rejects;
  Phase phase = Phase::kAll;
  std::optional<Task> task;
  bool force = false;
  bool dry_run = false;
  ProgressMode progress = ProgressMode::kAuto;
};

/// The words of the command line to values; each throws kUsage that names the option and lists what
/// is legal.
InputKind parse_kind(const std::string& text);
LabelRule parse_labels(const std::string& text);
DocRule parse_doc(const std::string& text);
Phase parse_phase(const std::string& text);
ProgressMode parse_progress(const std::string& text);
MaxRejects parse_max_rejects(const std::string& text);
std::string kind_name(InputKind kind);
std::string doc_name(DocRule doc);

}  // namespace dsprep
