#include "tools/ingest/token_windows.h"

#include <algorithm>

namespace dsprep {

std::uint64_t cut_windows(std::uint64_t ids, const WindowOptions& options,
                          std::vector<TokenWindow>& windows) {
  const std::size_t first = windows.size();
  for (std::uint64_t start = 0; start < ids || start == 0; start += options.stride) {
    const std::uint64_t length = std::min(options.length, ids - start);
    if (length == options.length || options.tail == Tail::kKeep || options.tail == Tail::kPad) {
      windows.push_back({start, length});
    } else if (options.tail == Tail::kShift) {
      const std::uint64_t whole = std::min(options.length, ids);
      windows.push_back({ids - whole, whole});
    }
    if (start + length == ids) break;
  }
  std::uint64_t covered = 0, end = 0;
  for (std::size_t i = first; i < windows.size(); ++i) {
    const std::uint64_t next = windows[i].start + windows[i].length;
    covered += next - std::max(windows[i].start, end);
    end = next;
  }
  return ids - covered;
}

}  // namespace dsprep
