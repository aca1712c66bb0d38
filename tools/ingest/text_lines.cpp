#include "tools/ingest/text_lines.h"

#include <algorithm>

namespace dsprep {
namespace {

constexpr std::size_t kStep = 64 << 10;

std::string_view view_of(const std::vector<std::byte>& memory) {
  return {reinterpret_cast<const char*>(memory.data()), memory.size()};
}

}  // namespace

LineRange::LineRange(const InputFile& file, std::uint64_t begin, std::uint64_t end) {
  if (begin == end) return;
  // The byte before tells whether a line begins at `begin`.
  const std::uint64_t start = begin == 0 ? 0 : begin - 1;
  memory_.resize(end - start);
  file.read_at(start, memory_);
  std::size_t first = 0;
  if (begin != 0) {
    // A line begins behind each newline up to the last byte but one of the range.
    const std::size_t newline = view_of(memory_).substr(0, memory_.size() - 1).find('\n');
    if (newline == std::string_view::npos) return;
    first = newline + 1;
  }
  for (std::uint64_t at = end; at < file.size() && memory_.back() != std::byte{'\n'};) {
    const std::size_t old = memory_.size();
    memory_.resize(old + std::min<std::uint64_t>(std::max(kStep, old / 2), file.size() - at));
    file.read_at(at, std::span(memory_).subspan(old));
    at += memory_.size() - old;
    const std::size_t newline = view_of(memory_).find('\n', old);
    if (newline != std::string_view::npos) memory_.resize(newline + 1);
  }
  rest_ = view_of(memory_).substr(first);
}

bool LineRange::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t newline = rest_.find('\n');
  line = rest_.substr(0, newline);
  rest_ = newline == rest_.npos ? std::string_view() : rest_.substr(newline + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++count_;
  return true;
}

}  // namespace dsprep
