#include "tools/ingest/record_range.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "support/errors.h"
#include "support/scratch.h"

using namespace dsprep;

namespace {

std::vector<std::string> lines_in(const InputFile& file, std::uint64_t begin, std::uint64_t end) {
  RecordRange range(file, begin, end);
  std::vector<std::string> lines;
  for (std::string_view line; range.next(line);) lines.emplace_back(line);
  CHECK(range.lines() == lines.size());
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

namespace {

// Rows by the definition alone: a newline with an even number of quotes before it ends a row.
std::vector<std::string> rows_by_definition(const std::string& text) {
  std::vector<std::string> rows;
  std::string row;
  bool in_quotes = false;
  for (const char c : text) {
    if (c == '"') in_quotes = !in_quotes;
    if (c == '\n' && !in_quotes) {
      rows.push_back(row);
      row.clear();
    } else {
      row += c;
    }
  }
  if (!row.empty()) rows.push_back(row);
  return rows;
}

std::vector<std::string> rows_in(const InputFile& file, std::uint64_t begin, std::uint64_t end,
                                 bool in_quotes, std::uint64_t& lines) {
  RecordRange range(file, begin, end, RecordRule::kQuoted, in_quotes);
  std::vector<std::string> rows;
  for (std::string_view row; range.next(row);) rows.emplace_back(row);
  lines += range.lines();
  return rows;
}

std::string random_csv(std::mt19937& random, std::size_t size) {
  static constexpr char kAlphabet[] = "ab,\n\n\"\"";
  std::string text;
  while (text.size() < size) text += kAlphabet[random() % (sizeof kAlphabet - 1)];
  if (std::ranges::count(text, '"') % 2 != 0) text += '"';
  return text + "\n";
}

}  // namespace

TEST_CASE(
    "every cutting of a csv file gives each row to exactly one part, newlines in quotes or not") {
  const test::Scratch folder;
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const std::string text = random_csv(random, random() % 60);
    CAPTURE(text);
    test::spill(folder / "t", text);
    const InputFile file(folder / "t");
    const std::vector<std::string> expected = rows_by_definition(text);
    const auto newlines = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
    for (std::uint64_t step = 1; step <= text.size(); ++step) {
      std::vector<std::string> joined;
      std::uint64_t lines = 0;
      for (std::uint64_t at = 0; at < file.size(); at += step) {
        const bool in_quotes = odd_quotes(file, 0, at);
        for (std::string& row :
             rows_in(file, at, std::min(at + step, file.size()), in_quotes, lines))
          joined.push_back(std::move(row));
      }
      CHECK(joined == expected);
      CHECK(lines == newlines);
    }
  }
}

TEST_CASE("cuts of a csv file move to the next border between rows") {
  const test::Scratch folder;
  std::mt19937 random(4);
  for (int round = 0; round < 100; ++round) {
    // Longer than a step of the scan in some rounds.
    const std::string text = random_csv(random, round % 10 == 0 ? 1200000 : random() % 300);
    test::spill(folder / "t", text);
    const InputFile file(folder / "t");
    std::vector<std::uint64_t> borders;
    bool in_quotes = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"') in_quotes = !in_quotes;
      if (text[i] == '\n' && !in_quotes) borders.push_back(i + 1);
    }
    std::vector<std::uint64_t> positions;
    for (int i = 0; i < 20; ++i) positions.push_back(1 + random() % text.size());
    std::ranges::sort(positions);
    std::vector<std::uint64_t> expected;
    for (const std::uint64_t position : positions)
      expected.push_back(*std::ranges::lower_bound(borders, position));
    move_to_row_borders(file, positions);
    CHECK(positions == expected);
  }
}

TEST_CASE("a quote that is never closed is an error that says where, not an endless row") {
  const test::Scratch folder;
  std::string text = "a,b\n\"1,2\n";
  text.resize(70 << 20, 'x');
  test::spill(folder / "t", text);
  const InputFile file(folder / "t");
  CHECK(test::code_of([&] { RecordRange(file, 0, 10, RecordRule::kQuoted); }) ==
        ErrorCode::kBadRow);
}
