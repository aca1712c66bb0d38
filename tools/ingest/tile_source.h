// TileSource: one picture that several pieces cut into tiles, a row of tiles a piece.
#pragma once

#include <exception>
#include <optional>
#include <vector>

#include "dsprep/image_rows.h"
#include "dsprep/tile.h"
#include "tools/ingest/kind.h"
#include "tools/ingest/mapped_input.h"

namespace dsprep {

/// Rows of the picture, from `first` on; all its columns.
struct Band {
  std::uint32_t first = 0;
  std::uint32_t rows = 0;
  std::vector<std::uint8_t> pixels;  ///< reused
};

/// Made by one thread, then read by pieces in their turns. What is wrong with the input is kept and
/// thrown by the first part that reads.
class TileSource : public PartSource {
 public:
  /// Takes the bytes and reads the header. `twice`: the first part decodes the picture once to see
  /// whether it is whole, before a tile of it is made.
  TileSource(InputBytes input, const TileSpec& spec, const DecodeOptions& options, bool twice);
  /// An input that could not be read.
  explicit TileSource(std::exception_ptr error) : error_(std::move(error)) {}

  const Hash128& hash() const noexcept { return hash_; }
  const FileStat& stat() const noexcept { return input_->stat(); }
  bool readable() const noexcept { return input_.has_value(); }
  std::uint32_t width() const noexcept { return rows_->width(); }
  std::uint32_t height() const noexcept { return rows_->height(); }
  std::uint32_t channels() const noexcept { return rows_->channels(); }
  /// Faults that were met so far; whole after the last part.
  const ImageInfo& info() const noexcept { return info_; }
  const TileGrid& grid() const noexcept { return *grid_; }

  /// In turn `part`: the rows of the tiles' row `part`. False where an earlier part has failed, or
  /// there is no tile. Throws as ImageRows.
  bool read(std::uint64_t part, Band& band);

 private:
  void check_whole();
  void read_band(std::uint64_t part, Band& band);
  void read_rest();

  std::optional<InputBytes> input_;
  DecodeOptions options_;
  bool twice_ = false;
  Hash128 hash_;
  std::optional<ImageRows> rows_;
  std::optional<TileGrid> grid_;
  ImageInfo info_;
  Band tail_;  // rows that the next row of tiles shows, too
  std::exception_ptr error_;
  bool failed_ = false;
};

}  // namespace dsprep
