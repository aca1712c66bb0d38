#include "tools/ingest/tile_source.h"

#include <algorithm>
#include <utility>

namespace dsprep {
namespace {

constexpr std::uint32_t kCheckRows = 64;
constexpr std::uint64_t kPartBytes = 4 << 20;  // of tiles' pixels

}  // namespace

std::shared_ptr<Band> BandPool::take() {
  const std::lock_guard lock(free_->mutex);
  std::unique_ptr<Band> band;
  if (free_->bands.empty()) {
    free_->bands.reserve(++free_->made);  // giving back never fails
    band = std::make_unique<Band>();
  } else {
    band = std::move(free_->bands.back());
    free_->bands.pop_back();
  }
  return {band.release(), [free = free_](Band* done) {
            const std::lock_guard back(free->mutex);
            free->bands.emplace_back(done);
          }};
}

TileSource::TileSource(InputBytes input, const TileSpec& spec, const DecodeOptions& options,
                       bool twice, TilePart part)
    : InputSource(std::move(input)), options_(options), twice_(twice) {
  open([&] {
    rows_.emplace(this->input().bytes(), options_);
    grid_.emplace(rows_->width(), rows_->height(), spec);
    set_parts(spec, part);
  });
}

void TileSource::set_parts(const TileSpec& spec, TilePart part) {
  const std::uint64_t tile_bytes = std::uint64_t{spec.width} * spec.height * rows_->channels();
  const std::uint32_t columns = std::max<std::uint32_t>(grid_->columns(), 1);
  const std::uint64_t wanted = part == TilePart::kRow ? columns : kPartBytes / tile_bytes;
  columns_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(wanted, 1, columns));
  groups_ = (columns + columns_ - 1) / columns_;
  parts = std::max<std::uint64_t>(std::uint64_t{grid_->rows()} * groups_, 1);
}

TileColumns TileSource::columns_of(std::uint64_t part) const noexcept {
  const auto begin = static_cast<std::uint32_t>(part % groups_) * columns_;
  return {begin, std::min(begin + columns_, grid_->columns())};
}

std::shared_ptr<const Band> TileSource::read(std::uint64_t part) {
  std::shared_ptr<const Band> band;
  in_turn(part, [&] {
    if (part == 0 && twice_) check_whole();
    if (grid_->size() != 0 && part % groups_ == 0) band_ = read_band(row_of(part));
    if (part + 1 == parts) {
      read_rest();
      info_ = rows_->info();
    }
    const bool last_of_row = part % groups_ + 1 == groups_;
    band = last_of_row ? std::exchange(band_, nullptr) : band_;
  });
  return band;
}

// Every row, so that no tile is made of a picture that turns out to be damaged further down.
void TileSource::check_whole() {
  ImageRows rows(input().bytes(), options_);
  std::vector<std::uint8_t> some(rows.row_bytes() * kCheckRows);
  while (rows.next_row() < rows.height()) {
    const std::uint32_t count = std::min(kCheckRows, rows.height() - rows.next_row());
    rows.read(std::span(some).first(rows.row_bytes() * count));
    input().drop();
  }
}

std::shared_ptr<const Band> TileSource::read_band(std::uint32_t row) {
  const Tile tile = grid_->at(std::uint64_t{row} * grid_->columns());
  const std::size_t row_bytes = rows_->row_bytes();
  const std::shared_ptr<Band> taken = pool_.take();
  Band& band = *taken;
  band.first = tile.y;
  band.rows = tile.height;
  band.pixels.resize(row_bytes * tile.height);
  std::ranges::copy(std::span(tail_.pixels).first(row_bytes * tail_.rows), band.pixels.begin());
  rows_->read(std::span(band.pixels).subspan(row_bytes * tail_.rows));
  input().drop();
  tail_.rows = 0;
  if (row + 1 == grid_->rows()) return taken;
  const std::uint32_t next = grid_->at((row + std::uint64_t{1}) * grid_->columns()).y;
  const std::uint32_t shared = tile.y + tile.height - next;
  tail_.pixels.resize(std::max(tail_.pixels.size(), row_bytes * shared));
  std::ranges::copy(std::span(band.pixels).last(row_bytes * shared), tail_.pixels.begin());
  tail_.rows = shared;
  return taken;
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
