// What goes wrong with a GpuLoader: bad samples, limits, slots that are all held, streams that go.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "dsprep/gpu_loader.h"
#include "support/device_epochs.h"
#include "support/errors.h"
#include "support/fake_source.h"
#include "support/picture_source.h"

using namespace dsprep;
using namespace dsprep::test;
using cuda::DeviceBatch;
using cuda::GpuLoader;

namespace {

std::string message_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("to hold all slots and ask for more is an error, and no batch is lost by it") {
  const auto device = cuda::make_standin({});
  GpuLoader loader(pictures(64), shuffled_batches(), {.device = device, .slots = 2});
  cuda::GpuEpoch epoch = loader.epoch(0);
  std::optional<DeviceBatch> first = epoch.next(), second = epoch.next();
  CHECK(code_of([&] { (void)epoch.next(); }) == ErrorCode::kUsage);
  CHECK(first->step() == 0);
  first.reset();
  std::optional<DeviceBatch> third = epoch.next();
  CHECK(third->step() == 2);
  // At the end there is nothing more to ask for, whatever is held.
  second.reset();
  third.reset();
  std::vector<DeviceBatch> held;
  for (std::uint64_t step = 3; step < epoch.steps(); ++step) {
    if (held.size() == 2) held.erase(held.begin());
    held.push_back(*epoch.next());
  }
  CHECK(held.size() == 2);
  CHECK(!epoch.next());
}

TEST_CASE("a bad sample's error comes in its place, again and again, and the loader goes on") {
  const auto broken = [](std::uint64_t index) {
    if (index == 43) throw Error(ErrorCode::kCorrupt, "sample 43 is broken");
  };
  const auto device = cuda::make_standin({});
  LoaderOptions options = shuffled_batches();
  options.shuffle = false;
  GpuLoader loader(pictures(101, {}, broken), options, {.device = device, .slots = 3});
  for (int round = 0; round < 2; ++round) {
    cuda::GpuEpoch epoch = loader.epoch(0);
    for (std::uint64_t step = 0; step < 5; ++step) CHECK(epoch.next()->step() == step);
    for (int again = 0; again < 2; ++again)
      CHECK(message_of([&] { (void)epoch.next(); }).find("sample 43 is broken") !=
            std::string::npos);
  }
}

TEST_CASE("where memory cannot be locked, the same comes with a warning") {
  Loader host(pictures(64), shuffled_batches());
  const std::deque<Seen> expected = host_epoch(host, 0);
  const auto device = cuda::make_standin({.refuse_pinning = true});
  GpuLoader loader(pictures(64), shuffled_batches(), {.device = device});
  CHECK(equal(device_epoch(loader, *device, nullptr, 0), expected));
  REQUIRE(loader.warnings().size() == 1);
  CHECK(loader.warnings()[0].find("not page-locked") != std::string::npos);
  CHECK(loader.warnings()[0].find("told to refuse") != std::string::npos);
}

TEST_CASE("limits of both memories are errors that say what to change") {
  const auto device = cuda::make_standin({.memory_bytes = 4096});
  const auto next = [&](std::uint64_t memory_bytes, std::uint64_t host_bytes) {
    LoaderOptions options = shuffled_batches(32);
    options.memory_bytes = host_bytes;
    GpuLoader loader(pictures(64), options,
                     {.device = device, .slots = 2, .memory_bytes = memory_bytes});
    (void)loader.epoch(0).next();
  };
  CHECK(message_of([&] { next(1 << 20, 1 << 20); }).find("has no") != std::string::npos);
  CHECK(message_of([&] { next(4096, 1 << 20); }).find("GpuOptions::memory_bytes") !=
        std::string::npos);
  CHECK(message_of([&] { next(1 << 20, 4096); }).find("raise memory_bytes") != std::string::npos);
  CHECK(device->allocated() == 0);
  CHECK(code_of([&] { GpuLoader(pictures(64), shuffled_batches(), {}); }) == ErrorCode::kUsage);
}

TEST_CASE("a timeout says what is waited for, and the batch still comes") {
  const auto device = cuda::make_standin({});
  LoaderOptions options = shuffled_batches();
  options.timeout = std::chrono::milliseconds(20);
  std::atomic<bool> stuck{true};
  const auto slow = [&](std::uint64_t) {
    while (stuck) nap(1);
  };
  GpuLoader loader(pictures(16, {}, slow), options, {.device = device});
  cuda::GpuEpoch epoch = loader.epoch(0);
  CHECK(message_of([&] { (void)epoch.next(); }).find("no batch for standin within 20 ms; thread") !=
        std::string::npos);
  stuck = false;
  std::optional<DeviceBatch> batch;
  while (!batch) {
    try {
      batch = epoch.next();
    } catch (const Error&) {
      continue;
    }
  }
  CHECK(batch->step() == 0);
}

TEST_CASE(
    "a stream that goes before its batch is an error from then on, never a batch overwritten") {
  const auto device = cuda::make_standin({});
  GpuLoader loader(pictures(64), shuffled_batches(), {.device = device, .slots = 2});
  const cuda::Stream stream = device->make_stream();
  cuda::GpuEpoch epoch = loader.epoch(0, stream);
  std::optional<DeviceBatch> batch = epoch.next();
  device->destroy(stream);
  batch.reset();
  CHECK(code_of([&] { (void)epoch.next(nullptr); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { (void)loader.epoch(1); }) == ErrorCode::kUsage);
}

TEST_CASE(
    "a stream that goes while the consumer waits ends its waiting with the error, not the epoch") {
  std::atomic<bool> stuck{true};
  const auto slow = [&](std::uint64_t index) {
    while (index >= 16 && stuck) nap(1);
  };
  const auto device = cuda::make_standin({});
  LoaderOptions options = shuffled_batches();
  options.shuffle = false;
  GpuLoader loader(pictures(64, {}, slow), options, {.device = device, .slots = 3});
  const cuda::Stream stream = device->make_stream();
  cuda::GpuEpoch epoch = loader.epoch(0, stream);
  cuda::DeviceShare kept = epoch.next()->share();
  (void)epoch.next();
  device->destroy(stream);
  std::thread other([&] {
    nap(20);
    kept = {};
  });
  CHECK(code_of([&] { (void)epoch.next(nullptr); }) == ErrorCode::kUsage);
  other.join();
  stuck = false;
  CHECK(code_of([&] { (void)epoch.next(nullptr); }) == ErrorCode::kUsage);
}
