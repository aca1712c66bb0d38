// Kind: what differs between kinds of inputs. Everything else of the engine is the same for all.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "formats/common/file.h"
#include "tools/ingest/options.h"
#include "tools/ingest/pieces.h"
#include "tools/ingest/survey.h"

namespace dsprep {

/// What a build has to read before it can write.
enum class SurveyNeed : std::uint8_t {
  kNothing,
  kLines,     ///< numbers of lines, because files are cut: quick, a task does it for itself
  kContents,  ///< words, labels or splits of all documents
};

class Kind {
 public:
  virtual ~Kind() = default;
  /// Options that change the output, as canonical JSON, without those that all kinds share.
  virtual std::string options() const = 0;
  /// What the codecs of this machine make of a known input, as canonical JSON.
  virtual std::string canary() const = 0;
  /// The tokenizer's file as the user gave it; empty where there is none.
  virtual std::string tokenizer_file() const { return ""; }
  /// True where a file holds many documents, so that slices and pieces may cut it.
  virtual bool cuts_files() const noexcept = 0;
  /// True where ratios and columns split the samples of a file, not files.
  virtual bool splits_by_content() const noexcept { return cuts_files(); }
  /// Throws what can be said against the options before anything is made.
  virtual void check(const Plan& /*plan*/) const {}
  /// Where a file may only be cut at borders that take a look at it: moves the slices' cuts there.
  virtual void align(Plan& /*plan*/) const {}
  /// Told of every piece before it is looked at or transformed, in order, by one thread at a time.
  virtual void enter(const Plan& /*plan*/, Piece& /*piece*/) {}
  /// How samples are joined to rows before they are written, or how those whose value comes in
  /// parts are cut into windows; null where they are not. Valid as long as the kind.
  virtual const WindowOptions* windows() const noexcept { return nullptr; }
  /// How an entry is cut into parts; empty where each gives one sample. A function for one pass
  /// over the plan.
  virtual OpenParts open_parts(const Plan&) const { return {}; }
  /// True where a part holds so much memory that there should be no more of them than threads.
  virtual bool large_parts() const noexcept { return true; }
  virtual SurveyNeed survey_need(const Plan& plan) const = 0;
  /// Looks at the documents that begin in the piece. Any thread. With `segments` filled in (lines
  /// counted).
  virtual void survey(const Plan& plan, const Piece& piece, SurveyCounts& counts,
                      std::vector<Segment>& segments) const = 0;
  /// Completes the plan (schema, classes, splits, tokenizer) from what the survey found (nothing,
  /// where none was needed).
  virtual void complete(Plan& plan, const SurveyCounts& counts) const = 0;
  /// Before transform(): takes what it needs from the frozen plan. `jobs` threads will come.
  virtual void prepare(const Plan& plan, unsigned jobs) = 0;
  /// Turns the piece's input into samples. Any thread; `thread` < jobs tells which. Content errors
  /// become rejects where the user said so, else they are thrown.
  virtual void transform(const Plan& plan, const Piece& piece, Batch& batch,
                         unsigned thread) const = 0;
};

std::unique_ptr<Kind> make_image_kind(const BuildOptions& options);
/// With options.tile.
std::unique_ptr<Kind> make_tile_kind(const BuildOptions& options);
/// `doc` is resolved (not kAuto).
std::unique_ptr<Kind> make_text_kind(const BuildOptions& options);

/// A sample a row; with options.table.windows a window of rows.
std::unique_ptr<Kind> make_table_kind(const BuildOptions& options);
std::unique_ptr<Kind> make_series_kind(const BuildOptions& options);
std::unique_ptr<Kind> make_audio_kind(const BuildOptions& options);

/// What a user can do about a fault of an input's content.
inline constexpr const char* kSkipRemedy = "mend it, or go on without it: --on-error skip";

/// True for faults of an input's content, which --on-error skip may list; others stop the build.
bool may_reject(ErrorCode code) noexcept;

/// For a catch: what is wrong with the content of an entry becomes a reject where `skip` says so,
/// else an error that names the file and the remedy. Faults of any other class are thrown on.
void reject_or_throw(const Error& error, const Plan& plan, const Entry& entry, bool skip,
                     Batch& batch);

/// The field of a sample's label, as all kinds have it.
Field label_field();
/// True where a folder or list gives any entry a label.
bool has_entry_labels(const Plan& plan);

/// Reads a whole entry into the batch's arena and notes the stat of its file. Throws kIo where it
/// is not the file that was planned or changes while it is read. Other I/O errors are tried again
/// three times. Not for members of packed archives.
Bytes read_entry(const Plan& plan, const Entry& entry, Batch& batch);

/// The entries of a piece, read into the batch's arena: one by one when they are asked for; those
/// of a packed archive all at once, when the piece's turn has come.
class PieceInputs {
 public:
  PieceInputs(const Plan& plan, const Piece& piece, Batch& batch);
  /// Of entry number `index` of the piece, in order. Throws as read_entry.
  Bytes read(std::uint64_t index);

 private:
  struct Input {
    Bytes bytes;
    std::exception_ptr error;
  };
  void read_stream(StreamSource& source);

  const Plan& plan_;
  const Piece& piece_;
  Batch& batch_;
  std::vector<Input> inputs_;  // of a packed archive
};

/// Throws kIo where the file is not as it was planned, or has changed since it was opened.
void check_unchanged(const InputFile& file, const Entry& entry);
void check_unchanged(const InputFile& file, const ArchiveInput& archive);

/// Notes size, time and inode.
void note_stat(Digest& stats, const FileStat& stat);
/// The digest that transform() leaves in Batch::stats over all pieces of the slice, computed from
/// the files as they are now.
Digest stats_now(const Plan& plan, const Slice& slice);

}  // namespace dsprep
