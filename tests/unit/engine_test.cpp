#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>

#include "dsprep/dataset.h"
#include "dsprep/verify.h"
#include "formats/common/file.h"
#include "support/build_support.h"

using namespace dsprep;

namespace {

std::map<std::string, std::string> build(const BuildOptions& options) {
  const BuildReport report = run_build(options);
  CHECK(report.published.has_value());
  return test::files_in(options.out);
}

std::atomic<int> g_countdown{0};
std::atomic<int> g_error{0};
int fail_once(FileOp, const char*) { return g_countdown.fetch_sub(1) == 1 ? g_error.load() : 0; }

struct FaultGuard {
  FaultGuard(int number, int error) {
    g_error = error;
    g_countdown = number;
    set_fault_hook(fail_once);
  }
  ~FaultGuard() { set_fault_hook(nullptr); }
};

}  // namespace

TEST_CASE("the same inputs and options give the same bytes for any number of threads") {
  const test::Scratch scratch;
  test::spill(scratch / "in.txt", test::many_lines(1500));
  BuildOptions options = test::line_options(scratch / "in.txt", scratch / "one");
  for (const Container container : {Container::kMemmap, Container::kLmdb, Container::kWds}) {
    CAPTURE(container_name(container));
    options.format = container;
    options.force = true;
    options.jobs = 1;
    options.out = scratch / "one";
    const auto one = build(options);
    CHECK(one.size() > 10);
    for (const unsigned jobs : {2U, 7U}) {
      options.jobs = jobs;
      options.out = scratch / "many";
      CHECK(build(options) == one);
    }
    CHECK(verify_dataset(options.out, Depth::kFull).faults.empty());
  }
}

TEST_CASE("every line becomes one sample, in order, keyed by its number, whatever the cutting") {
  const test::Scratch scratch;
  const std::string text = "first\n\nthird\r\n" + test::many_lines(300) + "last without newline";
  test::spill(scratch / "in.txt", text);
  for (const std::uint64_t bytes :
       {std::uint64_t{100}, std::uint64_t{999}, std::uint64_t{1} << 20}) {
    CAPTURE(bytes);
    BuildOptions options = test::line_options(scratch / "in.txt", scratch / "out");
    options.split = SplitRule::parse("none");
    options.aim.bytes = bytes;
    options.force = true;
    (void)build(options);
    const Dataset data = Dataset::open(scratch / "out", "train");
    REQUIRE(data.size() == 303);
    CHECK(data.key(0) == "in.txt:1");
    CHECK(data.key(1) == "in.txt:3");
    CHECK(data.key(2) == "in.txt:4");
    CHECK(data.key(302) == "in.txt:304");
    const auto sample = data.at(1);
    const auto ids = sample.sample().at("tokens").as<std::uint16_t>();
    CHECK(std::string(ids.begin(), ids.end()) == "third");
  }
}

TEST_CASE(
    "after a fault at any operation nothing stands under the dataset's name, and the next run "
    "gives the same bytes") {
  const test::Scratch scratch;
  test::spill(scratch / "in.txt", test::many_lines(120));
  BuildOptions options = test::line_options(scratch / "in.txt", scratch / "expected");
  const auto expected = build(options);
  for (const int error : {ENOSPC, EIO}) {
    int number = 1;
    for (bool failed = true; failed; number += 3) {
      CAPTURE(number);
      options.out = scratch / ("out" + std::to_string(error) + "-" + std::to_string(number));
      failed = false;
      try {
        const FaultGuard fault(number, error);
        (void)run_build(options);
      } catch (const Error& thrown) {
        failed = true;
        CHECK(thrown.code() == ErrorCode::kIo);
        // The last rename may have happened: then the dataset is complete.
        if (std::filesystem::exists(options.out / "dataset.json")) {
          CHECK(verify_dataset(options.out, Depth::kFull).samples == 120);
        }
      }
      if (failed) CHECK(build(options) == expected);
    }
    CHECK(number > 30);
  }
}

TEST_CASE("while an old dataset is replaced it stays whole at every fault") {
  const test::Scratch scratch;
  test::spill(scratch / "old.txt", test::many_lines(50));
  test::spill(scratch / "new.txt", test::many_lines(90));
  const std::uint64_t both[] = {50, 90};
  for (int number = 1; number < 400; number += 7) {
    CAPTURE(number);
    BuildOptions options = test::line_options(scratch / "old.txt", scratch / "out");
    options.force = true;
    (void)build(options);
    options.inputs = {(scratch / "new.txt").string()};
    bool failed = false;
    try {
      const FaultGuard fault(number, EIO);
      (void)run_build(options);
    } catch (const Error&) {
      failed = true;
    }
    const VerifyReport report = verify_dataset(options.out, Depth::kFull);
    CHECK(report.faults.empty());
    CHECK((report.samples == both[0] || report.samples == both[1]));
    if (!failed) break;
    (void)build(options);
    CHECK(verify_dataset(options.out, Depth::kFull).samples == both[1]);
  }
}

TEST_CASE("an input that changes between two runs is read again") {
  const test::Scratch scratch;
  test::spill(scratch / "in.txt", test::many_lines(200));
  BuildOptions options = test::line_options(scratch / "in.txt", scratch / "out");
  options.task = Task{0, 1};
  (void)run_build(options);
  std::string changed = test::many_lines(200);
  changed[1900] = 'Y';  // the same size
  test::spill(scratch / "in.txt", changed);
  options.task.reset();
  const auto rebuilt = build(options);
  options.out = scratch / "fresh";
  CHECK(build(options) == rebuilt);
}

TEST_CASE("another build's unfinished work, another dataset and strange folders are not touched") {
  const test::Scratch scratch;
  test::spill(scratch / "in.txt", test::many_lines(50));
  BuildOptions options = test::line_options(scratch / "in.txt", scratch / "out");
  options.task = Task{0, 2};
  (void)run_build(options);
  options.task.reset();
  options.text.eos = 256;
  CHECK_THROWS_AS((void)run_build(options), Error);
  options.force = true;
  (void)build(options);
  options.force = false;
  CHECK(run_build(options).already_built);
  options.text.eos.reset();
  CHECK_THROWS_AS((void)run_build(options), Error);

  std::filesystem::create_directories(scratch / "mine");
  test::spill(scratch / "mine/letter.txt", "dear");
  options.out = scratch / "mine";
  options.force = true;
  CHECK_THROWS_AS((void)run_build(options), Error);
  CHECK(test::slurp(scratch / "mine/letter.txt") == "dear");
}
