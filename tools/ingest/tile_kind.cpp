// Tiles: several samples a picture, cut row of tiles by row of tiles.
#include "dsprep/image_transform.h"
#include "tools/ingest/cut_tile.h"
#include "tools/ingest/input_opener.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/picture_canary.h"
#include "tools/ingest/pixel_tally.h"
#include "tools/ingest/tile_source.h"

namespace dsprep {
namespace {

DecodeOptions decode_options(const ImageOptions& options) {
  return {.color = options.color,
          .background = options.background,
          .limits = {options.max_pixels, options.lenient}};
}

ImageOptions tile_encoding(ImageOptions options) {
  if (!options.encode) options.encode = ImageEncode::kJpeg;
  return options;
}

class TileKind final : public Kind {
 public:
  explicit TileKind(const BuildOptions& options)
      : spec_(*options.tile),
        transform_(tile_encoding(options.image)),
        skip_errors_(options.skip_errors),
        stats_(options.stats) {}

  std::string options() const override { return transform_.options().to_text(); }
  std::string canary() const override { return picture_canary(); }
  bool cuts_files() const noexcept override { return false; }
  SurveyNeed survey_need(const Plan&) const override { return SurveyNeed::kNothing; }
  void survey(const Plan&, const Piece&, SurveyCounts&, std::vector<Segment>&) const override {}

  OpenParts open_parts(const Plan& plan) const override {
    return [this, opener = InputOpener(plan)](const Entry& entry) mutable
           -> std::shared_ptr<PartSource> {
      try {
        const ImageOptions& options = transform_.options();
        return std::make_shared<TileSource>(
            opener.open(entry), spec_, decode_options(options), skip_errors_,
            options.encode == ImageEncode::kRaw ? TilePart::kSome : TilePart::kRow);
      } catch (const Error&) {
        return std::make_shared<TileSource>(std::current_exception());
      }
    };
  }

  void complete(Plan& plan, const SurveyCounts&) const override {
    Field image = transform_.field();
    if (image.shape.size() == 3) {
      image.shape[0] = spec_.height;
      image.shape[1] = spec_.width;
    }
    plan.schema.fields = {image};
    if (has_entry_labels(plan)) plan.schema.fields.push_back(label_field());
    plan.schema.fields.push_back({"x", DType::kInt64, {}, Encoding::kArray});
    plan.schema.fields.push_back({"y", DType::kInt64, {}, Encoding::kArray});
    plan.schema.fields.push_back({"source_size", DType::kInt64, {2}, Encoding::kArray});
  }

  void prepare(const Plan& plan, unsigned jobs) override {
    labels_ = plan.schema.find("label").has_value();
    threads_ = std::vector<Scratch>(jobs);
    for (Scratch& scratch : threads_)
      scratch.tally = make_tally(stats_, plan, transform_, scratch.workspace);
  }

  void transform(const Plan& plan, const Piece& piece, Batch& batch,
                 unsigned thread) const override {
    const Entry& entry = plan.entries[piece.first_entry];
    auto& source = static_cast<TileSource&>(*piece.source);
    batch.segments.push_back({.entry = piece.first_entry, .end = entry.bytes});
    if (piece.turn == 0) note_source(entry, source, batch);
    try {
      Scratch& scratch = threads_[thread];
      if (const auto band = source.read(piece.turn)) {
        add_tiles(entry, source, piece.turn, *band, batch, scratch);
      } else if (piece.turn == 0 && source.readable()) {
        ++batch.left_out.tileless;  // too small for a whole tile
      }
      if (piece.turn + 1 == source.parts && source.readable()) {
        batch.left_out.pages += source.info().frames > 1;
        batch.left_out.warned += source.info().warnings != 0;
        batch.left_out.lossy += source.info().losses != 0;
      }
    } catch (const Error& error) {
      reject_or_throw(error, plan, entry, skip_errors_, batch);
    }
  }

 private:
  struct Scratch {
    Image tile;
    ImageWorkspace workspace;
    std::unique_ptr<PixelTally> tally;
  };

  static void add_numbers(Batch& batch, std::initializer_list<std::int64_t> numbers,
                          const Shape& shape) {
    const Bytes bytes = batch.arena.copy(std::as_bytes(std::span(numbers.begin(), numbers.size())));
    batch.values.push_back({bytes, shape});
  }

  void add_tiles(const Entry& entry, const TileSource& source, std::uint64_t part, const Band& band,
                 Batch& batch, Scratch& scratch) const {
    const TileGrid& grid = source.grid();
    const TileColumns columns = source.columns_of(part);
    for (std::uint32_t column = columns.begin; column < columns.end; ++column) {
      const Tile tile = grid.at(std::uint64_t{source.row_of(part)} * grid.columns() + column);
      cut_tile(band.pixels.data(), std::size_t{source.width()} * source.channels(),
               source.channels(), tile, spec_, transform_.options().background, scratch.tile);
      if (scratch.tally) scratch.tally->begin(entry.split);
      FieldValue value = transform_.encode(scratch.tile, scratch.workspace);
      if (scratch.tally) scratch.tally->end();
      value.bytes = batch.arena.copy(value.bytes);
      value.hash = xxh3_128(value.bytes);
      batch.values.push_back(value);
      if (labels_) add_numbers(batch, {entry.label}, Shape{});
      add_numbers(batch, {tile.x}, Shape{});
      add_numbers(batch, {tile.y}, Shape{});
      add_numbers(batch, {source.width(), source.height()}, Shape{2});
      add_sample(entry, source, tile, batch);
    }
    if (scratch.tally) scratch.tally->move_to(batch);
  }

  static void add_sample(const Entry& entry, const TileSource& source, const Tile& tile,
                         Batch& batch) {
    const std::string key = entry.key + "@" + std::to_string(tile.x) + "," + std::to_string(tile.y);
    const Bytes kept = batch.arena.copy(as_bytes(key));
    batch.samples.push_back({.key = {reinterpret_cast<const char*>(kept.data()), kept.size()},
                             .segment = static_cast<std::uint32_t>(batch.segments.size() - 1),
                             .split = entry.split,
                             .source = source.hash()});
  }

  TileSpec spec_;
  ImageTransform transform_;
  bool skip_errors_;
  bool stats_;
  bool labels_ = false;
  mutable std::vector<Scratch> threads_;
};

}  // namespace

std::unique_ptr<Kind> make_tile_kind(const BuildOptions& options) {
  return std::make_unique<TileKind>(options);
}

}  // namespace dsprep
