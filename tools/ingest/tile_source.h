// TileSource: one picture that several pieces cut into tiles, a row of tiles or a part of one a
// piece.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "dsprep/image_rows.h"
#include "dsprep/tile.h"
#include "tools/ingest/input_source.h"

namespace dsprep {

/// Rows of the picture, from `first` on; all its columns.
struct Band {
  std::uint32_t first = 0;
  std::uint32_t rows = 0;
  std::vector<std::uint8_t> pixels;
};

/// Memory for bands, used again when the last piece that cuts tiles out of one has let it go. Any
/// number of threads.
class BandPool {
 public:
  std::shared_ptr<Band> take();

 private:
  struct Free {
    std::mutex mutex;
    std::vector<std::unique_ptr<Band>> bands;
    std::size_t made = 0;
  };
  std::shared_ptr<Free> free_ = std::make_shared<Free>();
};

/// What of a row of tiles is one part. While a whole row is encoded, the next one is decoded; of
/// raw tiles a row would hold as much memory as its pixels have, and there is nothing to do
/// meanwhile.
enum class TilePart : std::uint8_t { kRow, kSome };

/// Columns [begin, end) of tiles.
struct TileColumns {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

class TileSource final : public InputSource {
 public:
  /// Takes the bytes and reads the header. `twice`: the first part decodes the picture once to see
  /// whether it is whole, before a tile of it is made.
  TileSource(InputBytes input, const TileSpec& spec, const DecodeOptions& options, bool twice,
             TilePart part = TilePart::kRow);
  /// An input that could not be read.
  explicit TileSource(std::exception_ptr error) : InputSource(std::move(error)) {}

  std::uint32_t width() const noexcept { return rows_->width(); }
  std::uint32_t height() const noexcept { return rows_->height(); }
  std::uint32_t channels() const noexcept { return rows_->channels(); }
  /// Faults that were met so far; whole after the last part.
  const ImageInfo& info() const noexcept { return info_; }
  const TileGrid& grid() const noexcept { return *grid_; }

  std::uint32_t row_of(std::uint64_t part) const noexcept {
    return static_cast<std::uint32_t>(part / groups_);
  }
  TileColumns columns_of(std::uint64_t part) const noexcept;
  /// In turn `part`: the rows of the part's tiles. Null where an earlier part has failed, or there
  /// is no tile. Throws as ImageRows.
  std::shared_ptr<const Band> read(std::uint64_t part);

 private:
  void set_parts(const TileSpec& spec, TilePart part);
  void check_whole();
  std::shared_ptr<const Band> read_band(std::uint32_t row);
  void read_rest();

  DecodeOptions options_;
  bool twice_ = false;
  std::optional<ImageRows> rows_;
  std::optional<TileGrid> grid_;
  std::uint32_t columns_ = 1;  // of tiles in a part
  std::uint32_t groups_ = 1;   // parts of a row
  ImageInfo info_;
  BandPool pool_;
  std::shared_ptr<const Band> band_;  // of the row of tiles that is being handed out
  Band tail_;                         // rows that the next row of tiles shows, too
};

}  // namespace dsprep
