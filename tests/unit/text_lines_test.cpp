#include "tools/ingest/text_lines.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>
#include <string>

#include "support/scratch.h"

using namespace dsprep;

namespace {

std::vector<std::string> lines_in(const InputFile& file, std::uint64_t begin, std::uint64_t end) {
  LineRange range(file, begin, end);
  std::vector<std::string> lines;
  for (std::string_view line; range.next(line);) lines.emplace_back(line);
  CHECK(range.count() == lines.size());
  return lines;
}

}  // namespace

TEST_CASE("every cutting of a file gives each line to exactly one part") {
  const test::Scratch folder;
  for (const std::string text :
       {"a\nbb\n\nccc", "\n", "\n\n\n", "one line", "x\r\ny\r\n", "", "a\n", "\nlast"}) {
    CAPTURE(text);
    test::spill(folder / "t", text);
    const InputFile file(folder / "t");
    const auto whole = lines_in(file, 0, file.size());
    for (std::uint64_t cut = 0; cut <= file.size(); ++cut) {
      for (std::uint64_t second = cut; second <= file.size(); ++second) {
        std::vector<std::string> joined;
        for (const auto& [begin, end] :
             {std::pair{std::uint64_t{0}, cut}, {cut, second}, {second, file.size()}}) {
          if (begin == end) continue;
          for (std::string& line : lines_in(file, begin, end)) joined.push_back(std::move(line));
        }
        CHECK(joined == whole);
      }
    }
  }
}

TEST_CASE("lines longer than the reading step are read whole") {
  const test::Scratch folder;
  std::mt19937 random(7);
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    expected.emplace_back(random() % 300000, static_cast<char>('a' + i));
    text += expected.back() + "\n";
  }
  test::spill(folder / "t", text);
  const InputFile file(folder / "t");
  for (const std::uint64_t step :
       {std::uint64_t{1000}, std::uint64_t{65536}, std::uint64_t{400000}}) {
    std::vector<std::string> joined;
    for (std::uint64_t at = 0; at < file.size(); at += step) {
      for (std::string& line : lines_in(file, at, std::min(at + step, file.size())))
        joined.push_back(std::move(line));
    }
    CHECK(joined == expected);
  }
}
