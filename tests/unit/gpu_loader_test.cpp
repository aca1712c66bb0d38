#include "dsprep/gpu_loader.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <thread>

#include "support/device_epochs.h"
#include "support/errors.h"
#include "support/fake_source.h"
#include "support/picture_source.h"

using namespace dsprep;
using namespace dsprep::test;
using cuda::DeviceBatch;
using cuda::GpuLoader;
using cuda::Standin;
using cuda::StandinOptions;
using cuda::StandinOrder;

namespace {

// DSPREP_SEEDS: that many times as many, for a long run under the thread sanitizer.
std::vector<StandinOptions> orders(std::uint64_t seeds) {
  if (const char* times = std::getenv("DSPREP_SEEDS")) seeds *= std::strtoull(times, nullptr, 10);
  std::vector<StandinOptions> out;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    out.push_back({.order = StandinOrder::kLazy, .seed = seed});
    out.push_back({.order = StandinOrder::kThreads,
                   .seed = seed,
                   .delay_us = static_cast<std::uint32_t>(seed % 3 * 200)});
  }
  return out;
}

}  // namespace

TEST_CASE("batches on the device are those of the loader, however late the device does its work") {
  Loader host(pictures(101, {.ragged = true}), shuffled_batches());
  const std::deque<Seen> expected = host_epoch(host, 3);
  REQUIRE(expected.size() == 13);
  for (const StandinOptions& order : orders(12)) {
    for (const unsigned slots : {1U, 2U, 3U}) {
      CAPTURE(order.seed);
      CAPTURE(static_cast<int>(order.order));
      CAPTURE(slots);
      const auto device = cuda::make_standin(order);
      LoaderOptions options = shuffled_batches();
      options.threads = static_cast<unsigned>(order.seed % 3);
      {
        GpuLoader loader(pictures(101, {.ragged = true}), options,
                         {.device = device, .slots = slots});
        const cuda::Stream stream = device->make_stream();
        CHECK(equal(device_epoch(loader, *device, stream, 3), expected));
        CHECK(equal(device_epoch(loader, *device, stream, 3), expected));
        CHECK(loader.counters().batches == 26);
        CHECK(loader.warnings().empty());
        device->destroy(stream);
      }
      CHECK(device->faults() == std::vector<std::string>{});
      CHECK(device->allocated() == 0);
      CHECK(device->pinned() == 0);
    }
  }
}

TEST_CASE("a slot's addresses stay, and there are no more slots than asked for") {
  const auto device = cuda::make_standin({});
  LoaderOptions options = shuffled_batches();
  options.drop_last = true;
  options.fields = {"image", "label"};
  GpuLoader loader(pictures(100), options, {.device = device, .slots = 3});
  std::map<std::size_t, std::set<std::pair<const void*, const void*>>> places;
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch)
    for (const DeviceBatch& batch : loader.epoch(epoch))
      places[batch.slot()].emplace(batch["image"].data, batch["label"].data);
  CHECK(places.size() == 3);
  for (const auto& [slot, addresses] : places) {
    CHECK(slot < 3);
    CHECK(addresses.size() == 1);
  }
}

TEST_CASE("every stream that uses a batch waits for it, and is waited for") {
  Loader host(pictures(64), shuffled_batches());
  const std::deque<Seen> expected = host_epoch(host, 0);
  for (const StandinOptions& order : orders(6)) {
    CAPTURE(order.seed);
    const auto device = cuda::make_standin(order);
    GpuLoader loader(pictures(64), shuffled_batches(), {.device = device, .slots = 2});
    const cuda::Stream first = device->make_stream(), second = device->make_stream();
    std::deque<Seen> seen, also;
    for (const DeviceBatch& batch : loader.epoch(0, first)) {
      CHECK(batch.stream() == first);
      look(*device, batch, first, seen.emplace_back());
      batch.also_on(second);
      batch.also_on(second);
      look(*device, batch, second, also.emplace_back());
    }
    device->synchronize(first);
    device->synchronize(second);
    CHECK(equal(seen, expected));
    CHECK(equal(also, expected));
    device->destroy(second);
    device->destroy(first);
  }
}

TEST_CASE(
    "a share keeps its batch, past the lease, the epoch and the loader, and ends in any thread") {
  for (const StandinOptions& order : orders(6)) {
    const auto device = cuda::make_standin(order);
    cuda::DeviceShare kept;
    Seen early, late;
    {
      GpuLoader loader(pictures(64), shuffled_batches(), {.device = device, .slots = 4});
      cuda::GpuEpoch epoch = loader.epoch(0);
      std::optional<DeviceBatch> batch = epoch.next();
      kept = batch->share();
      look(*device, *batch, nullptr, early);
      batch.reset();
      std::thread last;  // one batch is held here, one there
      while (auto other = epoch.next()) {
        if (last.joinable()) last.join();
        last = std::thread([share = other->share()]() mutable { share = {}; });
      }
      last.join();
      look(*device, DeviceBatch(kept), nullptr, late);
    }
    device->synchronize(cuda::Stream{nullptr});
    CHECK(early.tensors == late.tensors);
    CHECK(device->allocated() > 0);
    kept = {};
    CHECK(device->allocated() == 0);
    CHECK(device->faults() == std::vector<std::string>{});
  }
}

TEST_CASE("an epoch that is left early leaves nothing behind, and only the newest delivers") {
  Loader host(pictures(101), shuffled_batches());
  const std::deque<Seen> expected = host_epoch(host, 7);
  for (const StandinOptions& order : orders(6)) {
    const auto device = cuda::make_standin(order);
    GpuLoader loader(pictures(101), shuffled_batches(), {.device = device, .slots = 2});
    for (std::uint64_t steps = 0; steps < 4; ++steps) {
      cuda::GpuEpoch epoch = loader.epoch(steps);
      for (std::uint64_t i = 0; i < steps; ++i) CHECK(epoch.next()->step() == i);
    }
    cuda::GpuEpoch old = loader.epoch(1);
    (void)old.next();
    CHECK(equal(device_epoch(loader, *device, nullptr, 7), expected));
    CHECK(code_of([&] { (void)old.next(); }) == ErrorCode::kUsage);
  }
}

TEST_CASE("a checkpoint is that of what the consumer has taken, not of what is on its way") {
  const auto device = cuda::make_standin({});
  const auto make = [&] {
    return GpuLoader(pictures(101), shuffled_batches(), {.device = device, .slots = 3});
  };
  GpuLoader first = make();
  std::string state;
  std::vector<std::uint64_t> rest;
  {
    cuda::GpuEpoch epoch = first.epoch(4);
    for (int i = 0; i < 5; ++i) (void)epoch.next();
    nap(20);  // the feeding thread has gone on
    state = first.state();
    while (auto batch = epoch.next())
      rest.insert(rest.end(), batch->samples().begin(), batch->samples().end());
  }
  Loader plain(pictures(101), shuffled_batches(4));  // any loader, any batch size
  CHECK(plain.resume(state) == 4);
  std::vector<std::uint64_t> samples;
  for (const Batch& batch : plain.epoch(4))
    samples.insert(samples.end(), batch.samples().begin(), batch.samples().end());
  CHECK(samples == rest);

  GpuLoader second = make();
  CHECK(second.resume(state) == 4);
  CHECK(second.state() == state);
  samples.clear();
  for (const DeviceBatch& batch : second.epoch(4))
    samples.insert(samples.end(), batch.samples().begin(), batch.samples().end());
  CHECK(samples == rest);
  CHECK(code_of([&] { (void)second.resume("{}"); }) == ErrorCode::kUsage);
}

TEST_CASE("a collate function's batches come whole, though their tensors lie anywhere") {
  LoaderOptions options = shuffled_batches();
  options.collate = collate_function([](std::span<const Sample> samples, BatchBuilder& builder) {
    std::uint64_t bytes = 0;
    for (const Sample& sample : samples) bytes += sample["tokens"].bytes.size();
    auto out = builder.add("bytes", DType::kUint8, {bytes});
    for (const Sample& sample : samples) {
      const Bytes from = sample["tokens"].bytes;
      std::copy(from.begin(), from.end(), out.begin());
      out = out.subspan(from.size());
    }
    builder.add("nothing", DType::kFloat32, {0});
    std::fill_n(builder.add("three", DType::kUint8, {3}).begin(), 3, std::byte{7});
  });
  Loader host(pictures(64), options);
  const std::deque<Seen> expected = host_epoch(host, 0);
  for (const StandinOptions& order : orders(4)) {
    const auto device = cuda::make_standin(order);
    GpuLoader loader(pictures(64), options, {.device = device, .slots = 2});
    CHECK(equal(device_epoch(loader, *device, nullptr, 0), expected));
  }
}

TEST_CASE("two devices take their shares of the same epoch") {
  std::vector<std::uint64_t> samples;
  for (const std::uint64_t rank : {0, 1}) {
    LoaderOptions options = shuffled_batches();
    options.rank = rank;
    options.world = 2;
    GpuLoader loader(pictures(96), options, {.device = cuda::standin()});
    for (const DeviceBatch& batch : loader.epoch(1))
      samples.insert(samples.end(), batch.samples().begin(), batch.samples().end());
  }
  std::sort(samples.begin(), samples.end());
  REQUIRE(samples.size() == 96);
  for (std::uint64_t i = 0; i < 96; ++i) CHECK(samples[i] == i);
}

TEST_CASE("copies are counted, and timed on demand") {
  const auto device = cuda::make_standin({});
  GpuLoader loader(pictures(64), shuffled_batches(), {.device = device, .timed = true});
  (void)device_epoch(loader, *device, nullptr, 0);
  (void)device_epoch(loader, *device, nullptr, 1);  // the first one's copies are all counted now
  const cuda::GpuCounters counters = loader.counters();
  CHECK(counters.samples == 128);
  CHECK(counters.bytes >= 128 * 6 * 8 * 3);
  CHECK(counters.copy_ns > 0);
  CHECK(counters.timed_bytes >= counters.bytes / 2);
  CHECK(counters.timed_bytes <= counters.bytes);
}

TEST_CASE("a tensor that is exported by DLPack keeps its batch, and says what it is") {
  const auto device = cuda::make_standin({});
  dlpack::ManagedTensorPtr image, label;
  Seen seen;
  {
    GpuLoader loader(pictures(64), shuffled_batches(),
                     {.device = device,
                      .slots = 2,
                      .transforms = {cuda::PixelOptions{.type = cuda::ElementType::kBfloat16}}});
    cuda::GpuEpoch epoch = loader.epoch(0);
    std::optional<DeviceBatch> batch = epoch.next();
    image = dlpack::managed(cuda::memory_of(*batch, (*batch)["image"]));
    label = dlpack::managed(cuda::memory_of(*batch, (*batch)["label"]));
    look(*device, *batch, nullptr, seen);
    const cuda::DeviceTensor copy = (*batch)["image"];
    CHECK(code_of([&] { (void)cuda::memory_of(*batch, copy); }) == ErrorCode::kUsage);
    batch.reset();
    while (epoch.next()) continue;  // the other slot goes round
  }
  device->synchronize(cuda::Stream{nullptr});
  CHECK(image->tensor.device == dlpack::Device{});  // the stand-in's is the processor's memory
  CHECK(image->tensor.type == dlpack::kBfloat16);
  CHECK(std::vector<std::int64_t>(image->tensor.shape, image->tensor.shape + image->tensor.rank) ==
        std::vector<std::int64_t>{8, 3, 6, 8});
  CHECK(label->tensor.type == dlpack::data_type(DType::kInt64));
  CHECK(std::memcmp(image->tensor.data, seen.tensors["image"].data(),
                    seen.tensors["image"].size()) == 0);
  CHECK(std::memcmp(label->tensor.data, seen.tensors["label"].data(), 64) == 0);
  image.reset();
  CHECK(device->allocated() > 0);
  label.reset();
  CHECK(device->allocated() == 0);
}
