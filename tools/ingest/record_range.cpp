#include "tools/ingest/record_range.h"

#include <algorithm>
#include <cstring>

#include "dsprep/error.h"

namespace dsprep {
namespace {

constexpr std::size_t kStep = 64 << 10;
constexpr std::size_t kScanStep = 1 << 20;
constexpr std::uint64_t kLongestRow = 64 << 20;

bool odd_quotes(std::string_view text) noexcept { return (std::ranges::count(text, '"') & 1) != 0; }

std::string_view read_step(const InputFile& file, std::uint64_t at, std::uint64_t end,
                           std::vector<std::byte>& memory) {
  memory.resize(std::min<std::uint64_t>(kScanStep, end - at));
  file.read_at(at, memory);
  return {reinterpret_cast<const char*>(memory.data()), memory.size()};
}

}  // namespace

RecordRange::RecordRange(const InputFile& file, std::uint64_t begin, std::uint64_t end,
                         RecordRule rule, bool in_quotes)
    : rule_(rule) {
  if (begin == end) return;
  // The byte before tells whether a record begins at `begin`.
  const std::uint64_t start = begin == 0 ? 0 : begin - 1;
  used_ = end - start;
  memory_.resize(used_ + kPadding);
  file.read_at(start, std::as_writable_bytes(std::span(memory_.data(), used_)));
  if (begin != 0) {
    // A record begins behind each border up to the last byte but one of the range. The byte before
    // `begin` is counted in `in_quotes` already.
    if (memory_[0] == '\n' && !in_quotes) {
      at_ = 1;
    } else {
      at_ = border(1, in_quotes, used_ - 1);
      if (at_ == std::string_view::npos) {
        at_ = used_ = 0;
        return;
      }
    }
  }
  read_to_end(file, end);
}

// The place behind the first border from `from` on whose newline stands before `limit`, or npos.
std::size_t RecordRange::border(std::size_t from, bool& in_quotes, std::size_t limit) const {
  const std::string_view all = text();
  while (from < limit) {
    const std::size_t newline = all.find('\n', from);
    if (newline >= limit) break;  // npos, too
    if (rule_ == RecordRule::kQuoted && odd_quotes(all.substr(from, newline - from)))
      in_quotes = !in_quotes;
    from = newline + 1;
    if (!in_quotes) return from;
  }
  if (rule_ == RecordRule::kQuoted && from < limit && odd_quotes(all.substr(from, limit - from)))
    in_quotes = !in_quotes;
  return std::string_view::npos;
}

// Reads on until the last record is whole. `at` is the file's offset behind what is in memory.
void RecordRange::read_to_end(const InputFile& file, std::uint64_t at) {
  bool in_quotes = rule_ == RecordRule::kQuoted && odd_quotes(text().substr(at_));
  if (at_ == used_ || (text().back() == '\n' && !in_quotes)) return;
  const std::uint64_t first = at;
  while (at < file.size()) {
    const std::size_t old = used_;
    const std::size_t step = std::min<std::uint64_t>(std::max(kStep, old / 2), file.size() - at);
    used_ += step;
    memory_.resize(used_ + kPadding);
    file.read_at(at, std::as_writable_bytes(std::span(memory_.data() + old, step)));
    at += step;
    const std::size_t found = border(old, in_quotes, used_);
    if (found != std::string_view::npos) {
      used_ = found;
      return;
    }
    if (rule_ == RecordRule::kQuoted && at - first > kLongestRow) {
      throw Error(ErrorCode::kBadRow,
                  "a row goes on for more than 64 MiB: a double quote is not closed",
                  {.file = file.path().string(), .offset = first},
                  "look for a quote that stands alone before that place");
    }
  }
}

bool RecordRange::next(std::string_view& record) {
  if (at_ == used_) return false;
  bool in_quotes = false;
  const std::size_t begin = at_;
  const std::size_t found = border(begin, in_quotes, used_);
  at_ = found == std::string_view::npos ? used_ : found;
  record = text().substr(begin, at_ - begin);
  line_ = lines_ + 1;
  lines_ +=
      rule_ == RecordRule::kLine
          ? 1
          : static_cast<std::uint64_t>(std::ranges::count(record, '\n')) + (record.back() != '\n');
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  return true;
}

void move_to_row_borders(const InputFile& file, std::vector<std::uint64_t>& positions) {
  std::vector<std::byte> memory;
  bool in_quotes = false;
  std::size_t next = 0;
  for (std::uint64_t at = 0; at < file.size() && next < positions.size();) {
    const std::string_view text = read_step(file, at, file.size(), memory);
    std::size_t from = 0;
    while (next < positions.size() && positions[next] <= at + text.size()) {
      // A border stands behind a newline; the one behind the byte before counts.
      const std::uint64_t wanted = std::max<std::uint64_t>(positions[next], 1) - 1;
      const std::size_t skip = wanted > at ? std::max(from, std::size_t(wanted - at)) : from;
      if (odd_quotes(text.substr(from, skip - from))) in_quotes = !in_quotes;
      from = skip;
      std::size_t newline = text.find('\n', from);
      while (newline != text.npos) {
        if (odd_quotes(text.substr(from, newline - from))) in_quotes = !in_quotes;
        from = newline;
        if (!in_quotes) break;
        newline = text.find('\n', ++from);
      }
      if (newline == text.npos) break;
      positions[next++] = at + newline + 1;
    }
    if (odd_quotes(text.substr(from))) in_quotes = !in_quotes;
    at += text.size();
  }
  for (; next < positions.size(); ++next) positions[next] = file.size();
}

bool odd_quotes(const InputFile& file, std::uint64_t begin, std::uint64_t end) {
  std::vector<std::byte> memory;
  bool odd = false;
  while (begin < end) {
    const std::string_view text = read_step(file, begin, end, memory);
    if (odd_quotes(text)) odd = !odd;
    begin += text.size();
  }
  return odd;
}

}  // namespace dsprep
