// Pictures: one sample a file; its own bytes, or what a transform makes of them.
#include <algorithm>

#include "dsprep/image_transform.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/picture_canary.h"

namespace dsprep {
namespace {

class ImageKind final : public Kind {
 public:
  explicit ImageKind(const BuildOptions& options)
      : transform_(options.image), skip_errors_(options.skip_errors) {}

  std::string options() const override { return transform_.options().to_text(); }

  std::string canary() const override { return picture_canary(); }

  bool cuts_files() const noexcept override { return false; }
  SurveyNeed survey_need(const Plan&) const override { return SurveyNeed::kNothing; }
  void survey(const Plan&, const Piece&, SurveyCounts&, std::vector<Segment>&) const override {}

  void complete(Plan& plan, const SurveyCounts&) const override {
    plan.schema.fields = {transform_.field()};
    const bool labels = std::ranges::any_of(
        plan.entries, [](const Entry& entry) { return entry.label != kNoLabel; });
    if (labels) plan.schema.fields.push_back({"label", DType::kInt64, {}, Encoding::kClass});
  }

  void prepare(const Plan& plan, unsigned jobs) override {
    labels_ = plan.schema.fields.size() > 1;
    workspaces_ = std::vector<ImageWorkspace>(jobs);
  }

  void transform(const Plan& plan, const Piece& piece, Batch& batch,
                 unsigned thread) const override {
    PieceInputs inputs(plan, piece, batch);
    for (std::uint64_t i = 0; i < piece.entries; ++i) {
      const Entry& entry = plan.entries[piece.first_entry + i];
      batch.segments.push_back({.entry = piece.first_entry + i, .end = entry.bytes});
      batch.bytes += entry.bytes;
      try {
        add_picture(entry, inputs.read(i), batch, workspaces_[thread]);
      } catch (const Error& error) {
        if (!may_reject(error.code())) throw;
        if (!skip_errors_) {
          throw Error(error.code(), error.message(), {.file = plan.path_of(entry)}, kSkipRemedy);
        }
        batch.rejects.push_back(
            {.path = entry.key, .code = error.code(), .reason = error.message()});
      }
    }
  }

 private:
  void add_picture(const Entry& entry, Bytes input, Batch& batch, ImageWorkspace& workspace) const {
    const Hash128 source = xxh3_128(input);
    batch.inputs.append(source);
    FieldValue value = transform_.apply(input, workspace);
    batch.left_out.pages += workspace.info().frames > 1;
    batch.left_out.warned += workspace.info().warnings != 0;
    batch.left_out.lossy += workspace.info().losses != 0;
    if (value.bytes.data() == input.data()) {
      value.hash = source;
    } else {
      value.bytes = batch.arena.copy(value.bytes);
      value.hash = xxh3_128(value.bytes);
    }
    batch.values.push_back(value);
    if (labels_) {
      const Bytes label = batch.arena.copy(std::as_bytes(std::span(&entry.label, 1)));
      batch.values.push_back({label, Shape{}});
    }
    batch.samples.push_back({.key = entry.key,
                             .segment = static_cast<std::uint32_t>(batch.segments.size() - 1),
                             .ambiguous_stem = entry.ambiguous_stem,
                             .source = source});
    batch.samples.back().split = entry.split;
  }

  ImageTransform transform_;
  bool skip_errors_;
  bool labels_ = false;
  mutable std::vector<ImageWorkspace> workspaces_;  // one a thread
};

}  // namespace

std::unique_ptr<Kind> make_image_kind(const BuildOptions& options) {
  return std::make_unique<ImageKind>(options);
}

}  // namespace dsprep
