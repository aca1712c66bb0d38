// Pictures: one sample a file; its own bytes, or what a transform makes of them.
#include "dsprep/image_transform.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/picture_canary.h"
#include "tools/ingest/pixel_tally.h"

namespace dsprep {
namespace {

class ImageKind final : public Kind {
 public:
  explicit ImageKind(const BuildOptions& options)
      : transform_(options.image), skip_errors_(options.skip_errors), stats_(options.stats) {}

  std::string options() const override { return transform_.options().to_text(); }

  std::string canary() const override { return picture_canary(); }

  bool cuts_files() const noexcept override { return false; }
  SurveyNeed survey_need(const Plan&) const override { return SurveyNeed::kNothing; }
  void survey(const Plan&, const Piece&, SurveyCounts&, std::vector<Segment>&) const override {}

  void complete(Plan& plan, const SurveyCounts&) const override {
    plan.schema.fields = {transform_.field()};
    if (has_entry_labels(plan)) plan.schema.fields.push_back(label_field());
  }

  void prepare(const Plan& plan, unsigned jobs) override {
    labels_ = plan.schema.fields.size() > 1;
    threads_ = std::vector<Scratch>(jobs);
    for (Scratch& scratch : threads_)
      scratch.tally = make_tally(stats_, plan, transform_, scratch.workspace);
  }

  void transform(const Plan& plan, const Piece& piece, Batch& batch,
                 unsigned thread) const override {
    PieceInputs inputs(plan, piece, batch);
    for (std::uint64_t i = 0; i < piece.entries; ++i) {
      const Entry& entry = plan.entries[piece.first_entry + i];
      batch.segments.push_back({.entry = piece.first_entry + i, .end = entry.bytes});
      batch.bytes += entry.bytes;
      try {
        add_picture(entry, inputs.read(i), batch, threads_[thread]);
      } catch (const Error& error) {
        reject_or_throw(error, plan, entry, skip_errors_, batch);
      }
    }
    if (threads_[thread].tally) threads_[thread].tally->move_to(batch);
  }

 private:
  struct Scratch {
    ImageWorkspace workspace;
    std::unique_ptr<PixelTally> tally;
  };

  void add_picture(const Entry& entry, Bytes input, Batch& batch, Scratch& scratch) const {
    ImageWorkspace& workspace = scratch.workspace;
    const Hash128 source = xxh3_128(input);
    batch.inputs.append(source);
    if (scratch.tally) scratch.tally->begin(entry.split);
    FieldValue value = transform_.apply(input, workspace);
    if (scratch.tally) scratch.tally->end();
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
  bool stats_;
  bool labels_ = false;
  mutable std::vector<Scratch> threads_;
};

}  // namespace

std::unique_ptr<Kind> make_image_kind(const BuildOptions& options) {
  return std::make_unique<ImageKind>(options);
}

}  // namespace dsprep
