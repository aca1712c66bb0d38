// BuildOptions: what the user asked of build-shards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dsprep/image_transform.h"
#include "dsprep/shard.h"
#include "dsprep/tile.h"
#include "dsprep/tokenizer.h"
#include "tools/ingest/audio_options.h"
#include "tools/ingest/split.h"
#include "tools/ingest/table_rows.h"
#include "tools/ingest/window_options.h"

namespace dsprep {

enum class InputKind : std::uint8_t { kAuto, kImage, kText, kTable, kAudio };
enum class LabelRule : std::uint8_t { kAuto, kFolder, kNone };
enum class DocRule : std::uint8_t { kAuto, kFile, kLine, kJsonl, kCsv };
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

/// What is counted of texts, to fit a vocabulary.
enum class CountUnit : std::uint8_t {
  kWords,   ///< between white space
  kPieces,  ///< of GPT-2's pre-tokenizer
  kTexts,   ///< nothing: the texts themselves are kept
};

struct TextOptions {
  DocRule doc = DocRule::kAuto;
  std::string text_field = "text";
  std::string label_field;          ///< empty: "label", where the first line has it
  std::string tokenizer = "bytes";  ///< bytes, chars, words, or a file
  TokenizerOptions tokenizer_options;
  bool replace_invalid = false;      ///< what is not UTF-8 becomes U+FFFD, as in Python
  std::uint64_t vocab_size = 65536;  ///< words: at most so many, with <pad> and <unk>
  std::uint64_t min_count = 1;       ///< words: rarer ones become <unk>
  CountUnit count = CountUnit::kWords;
  std::optional<std::uint32_t> bos;
  std::optional<std::uint32_t> eos;
  bool eos_auto = false;            ///< the id that the tokenizer's own file ends texts with
  bool add_special_tokens = false;  ///< what the tokenizer.json's post-processor puts around texts
  std::uint64_t max_length = 0;     ///< ids of a document with its marks; 0: any
  bool keep_end = false;            ///< what is too long loses its beginning, else its end
  WindowOptions windows;
  std::optional<DType> dtype;  ///< none: uint16 where the vocabulary fits, else uint32
};

struct TableOptions {
  std::string columns = "*";  ///< as table_spec.h has it
  TableFormat format;
  std::vector<std::string> missing;               ///< texts that mean that a number is missing
  std::string scale;                              ///< as table_scaling.h has it
  std::uint64_t min_count = 1;                    ///< categories: rarer ones become the unknown
  WindowOptions windows = {.tail = Tail::kDrop};  ///< of rows; length 0: a row is a sample
  double pad = 0;                                 ///< for Tail::kPad
  std::uint64_t horizon = 0;         ///< rows behind a window whose targets are its own
  std::vector<std::string> targets;  ///< columns of them
  std::string series;                ///< column that tells series apart
  std::string time;                  ///< column that must not fall within a series
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
  TableOptions table;
  AudioOptions audio;

  /// Options that were written down and belong to one kind: resolve_options refuses those of
  /// another.
  std::vector<std::pair<InputKind, std::string>> of_kind;

  // None of these changes a byte of the output.
  unsigned jobs = 1;
  bool skip_errors = false;
  std::optional<MaxRejects> max_rejects;
  Phase phase = Phase::kAll;
  std::optional<Task> task;
  bool forbid_leak = false;  ///< nothing is published where a sample stands in two splits
  bool force = false;
  bool dry_run = false;
  bool stats = false;  ///< stats.json stands there after the build
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
std::string special_name(SpecialTokens special);

}  // namespace dsprep
