#include "tools/ingest/token_windows.h"

#include <doctest/doctest.h>

#include <string>

using namespace dsprep;

namespace {

std::string windows_of(std::uint64_t ids, std::uint64_t length, std::uint64_t stride, Tail tail) {
  std::vector<TokenWindow> windows;
  const WindowOptions options{.length = length, .stride = stride, .pack = false, .tail = tail};
  const std::uint64_t lost = cut_windows(ids, options, windows);
  std::string text;
  for (const TokenWindow& window : windows)
    text += std::to_string(window.start) + "+" + std::to_string(window.length) + " ";
  return text + "lost " + std::to_string(lost);
}

}  // namespace

TEST_CASE("a document is cut into windows as the options say") {
  // Whole windows only.
  CHECK(windows_of(8, 4, 4, Tail::kDrop) == "0+4 4+4 lost 0");
  CHECK(windows_of(8, 4, 2, Tail::kKeep) == "0+4 2+4 4+4 lost 0");
  // A last one that is not full.
  CHECK(windows_of(10, 4, 4, Tail::kKeep) == "0+4 4+4 8+2 lost 0");
  CHECK(windows_of(10, 4, 4, Tail::kPad) == "0+4 4+4 8+2 lost 0");
  CHECK(windows_of(10, 4, 4, Tail::kDrop) == "0+4 4+4 lost 2");
  CHECK(windows_of(10, 4, 4, Tail::kShift) == "0+4 4+4 6+4 lost 0");
  CHECK(windows_of(9, 4, 3, Tail::kDrop) == "0+4 3+4 lost 2");
  CHECK(windows_of(9, 4, 3, Tail::kShift) == "0+4 3+4 5+4 lost 0");
  // Shorter than a window.
  CHECK(windows_of(3, 4, 4, Tail::kKeep) == "0+3 lost 0");
  CHECK(windows_of(3, 4, 4, Tail::kShift) == "0+3 lost 0");
  CHECK(windows_of(3, 4, 4, Tail::kDrop) == "lost 3");
  CHECK(windows_of(4, 4, 4, Tail::kDrop) == "0+4 lost 0");
  // Nothing at all.
  CHECK(windows_of(0, 4, 4, Tail::kKeep) == "0+0 lost 0");
  CHECK(windows_of(0, 4, 4, Tail::kDrop) == "lost 0");
  // A stride longer than a window leaves ids out.
  CHECK(windows_of(10, 2, 4, Tail::kKeep) == "0+2 4+2 8+2 lost 4");
  CHECK(windows_of(10, 4, 7, Tail::kShift) == "0+4 6+4 lost 2");
  CHECK(windows_of(7, 4, 7, Tail::kKeep) == "0+4 lost 3");
}

TEST_CASE("windows with a stride up to their length leave no id out, unless the tail is dropped") {
  for (std::uint64_t ids = 0; ids < 40; ++ids)
    for (std::uint64_t length = 1; length < 10; ++length)
      for (std::uint64_t stride = 1; stride <= length; ++stride)
        for (const Tail tail : {Tail::kKeep, Tail::kShift, Tail::kPad}) {
          std::vector<TokenWindow> windows;
          const WindowOptions options{
              .length = length, .stride = stride, .pack = false, .tail = tail};
          CHECK(cut_windows(ids, options, windows) == 0);
          CHECK(windows.back().start + windows.back().length == ids);
        }
}
