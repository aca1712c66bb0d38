#include "tools/ingest/tile_source.h"

#include <algorithm>
#include <utility>

namespace dsprep {
namespace {

constexpr std::uint32_t kCheckRows = 64;

}  // namespace

TileSource::TileSource(InputBytes input, const TileSpec& spec, const DecodeOptions& options,
                       bool twice)
    : input_(std::move(input)), options_(options), twice_(twice) {
  hash_ = input_->hash();
  try {
    rows_.emplace(input_->bytes(), options_);
    grid_.emplace(rows_->width(), rows_->height(), spec);
    parts = std::max<std::uint64_t>(grid_->rows(), 1);
  } catch (const Error&) {
    error_ = std::current_exception();
  }
}

bool TileSource::read(std::uint64_t part, Band& band) {
  const Turns::Hold turn(*this, part);
  if (failed_) return false;
  failed_ = true;  // unless all goes well
  if (input_) input_->check_unchanged();
  if (error_) std::rethrow_exception(error_);
  try {
    if (part == 0 && twice_) check_whole();
    if (grid_->size() != 0) read_band(part, band);
    if (part + 1 == parts) {
      read_rest();
      info_ = rows_->info();
    }
  } catch (const Error&) {
    input_->check_unchanged();  // a file that changes is no corrupt one
    throw;
  }
  input_->check_unchanged();
  failed_ = false;
  return grid_->size() != 0;
}

// Every row, so that no tile is made of a picture that turns out to be damaged further down.
void TileSource::check_whole() {
  ImageRows rows(input_->bytes(), options_);
  std::vector<std::uint8_t> some(rows.row_bytes() * kCheckRows);
  while (rows.next_row() < rows.height()) {
    const std::uint32_t count = std::min(kCheckRows, rows.height() - rows.next_row());
    rows.read(std::span(some).first(rows.row_bytes() * count));
    input_->drop();
  }
}

void TileSource::read_band(std::uint64_t part, Band& band) {
  const Tile tile = grid_->at(part * grid_->columns());
  const std::size_t row_bytes = rows_->row_bytes();
  band.first = tile.y;
  band.rows = tile.height;
  band.pixels.resize(row_bytes * tile.height);
  std::ranges::copy(std::span(tail_.pixels).first(row_bytes * tail_.rows), band.pixels.begin());
  rows_->read(std::span(band.pixels).subspan(row_bytes * tail_.rows));
  input_->drop();
  tail_.rows = 0;
  if (part + 1 == parts) return;
  const std::uint32_t next = grid_->at((part + 1) * grid_->columns()).y;
  const std::uint32_t shared = tile.y + tile.height - next;
  tail_.pixels.resize(std::max(tail_.pixels.size(), row_bytes * shared));
  std::ranges::copy(std::span(band.pixels).last(row_bytes * shared), tail_.pixels.begin());
  tail_.rows = shared;
}

// Rows that no tile shows (--edge drop) may be damaged, too.
void TileSource::read_rest() {
  std::vector<std::uint8_t> some;
  while (rows_->next_row() < rows_->height()) {
    const std::uint32_t count = std::min(kCheckRows, rows_->height() - rows_->next_row());
    some.resize(rows_->row_bytes() * count);
    rows_->read(some);
  }
}

}  // namespace dsprep
