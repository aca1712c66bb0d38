// Inputs that are mapped, and cut short while they are read.
#include "tools/ingest/mapped_input.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>

#include "support/errors.h"
#include "support/scratch.h"
#include "tools/ingest/tile_source.h"

using namespace dsprep;
using test::code_of;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

// A plan of one file.
Plan plan_of(const fs::path& file) {
  Plan plan;
  plan.roots = {file.parent_path().string() + "/"};
  plan.entries.push_back({.bytes = fs::file_size(file), .key = file.filename().string()});
  return plan;
}

// A picture of 12 MB: large enough to be mapped.
fs::path spill_picture(const test::Scratch& scratch) {
  std::string text = "P6 2000 2000 255\n";
  text.resize(text.size() + std::size_t{12'000'000}, 'x');
  test::spill(scratch / "large.ppm", text);
  return scratch / "large.ppm";
}

}  // namespace

TEST_CASE(
    "a mapped file that is cut short while it is read is an error, and the next one is read") {
  const test::Scratch scratch;
  const fs::path file = spill_picture(scratch);
  const Plan plan = plan_of(file);
  {
    InputBytes input(plan, plan.entries[0]);
    CHECK_NOTHROW(input.check_unchanged());
    fs::resize_file(file, kMiB);
    CHECK(std::ranges::all_of(input.bytes().subspan(2 * kMiB),
                              [](std::byte byte) { return byte == std::byte{0}; }));
    CHECK(input.bytes()[20] == std::byte{'x'});
    (void)input.hash();
    CHECK(code_of([&] { input.check_unchanged(); }) == ErrorCode::kIo);
    InputBytes moved(std::move(input));
    moved.drop();
    CHECK(moved.bytes()[3 * kMiB] == std::byte{0});
    CHECK(code_of([&] { moved.check_unchanged(); }) == ErrorCode::kIo);
  }
  spill_picture(scratch);
  InputBytes whole(plan, plan.entries[0]);
  CHECK(whole.bytes().back() == std::byte{'x'});
  CHECK_NOTHROW(whole.check_unchanged());
}

TEST_CASE("a file that grows to its old size again has still been lost") {
  const test::Scratch scratch;
  const fs::path file = spill_picture(scratch);
  const Plan plan = plan_of(file);
  InputBytes input(plan, plan.entries[0]);
  fs::resize_file(file, kMiB);
  CHECK(input.bytes()[5 * kMiB] == std::byte{0});
  fs::resize_file(file, plan.entries[0].bytes);
  CHECK(code_of([&] { input.check_unchanged(); }) == ErrorCode::kIo);
}

TEST_CASE(
    "a picture that is cut short between two rows of tiles is a changed file, not a corrupt one") {
  const test::Scratch scratch;
  const fs::path file = spill_picture(scratch);
  const Plan plan = plan_of(file);
  for (const bool at_once : {false, true}) {
    CAPTURE(at_once);
    spill_picture(scratch);
    InputBytes input(plan, plan.entries[0]);
    if (at_once) fs::resize_file(file, 0);
    TileSource source(std::move(input), {.width = 500, .height = 500}, {}, false);
    if (!at_once) {
      CHECK(source.read(0) != nullptr);
      fs::resize_file(file, 2 * kMiB);
    }
    CHECK(code_of([&] { (void)source.read(at_once ? 0 : 1); }) == ErrorCode::kIo);
  }
}
