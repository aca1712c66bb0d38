#include "dsprep/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <vector>

#include "support/loaders.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;

TEST_CASE("an epoch is the same batches for any threads and prefetch, each sample once") {
  Indexes expected;
  for (const unsigned threads : {0U, 1U, 2U, 7U}) {
    for (const unsigned prefetch : {1U, 3U}) {
      Loader loader(
          fake(1003),
          {.batch_size = 16, .shuffle = true, .seed = 5, .threads = threads, .prefetch = prefetch});
      CHECK(loader.steps_per_epoch() == 63);
      const Indexes ids = epoch_ids(loader, 2);
      if (expected.empty()) expected = ids;
      CHECK(ids == expected);
      CHECK(sorted(ids) == range(1003));
      CHECK(epoch_ids(loader, 3) != expected);
      CHECK(epoch_ids(loader, 2) == expected);
    }
  }
}

TEST_CASE("stacked values, ragged offsets, sample numbers and the valid mask agree") {
  Loader loader(fake(40), {.batch_size = 7, .shuffle = true, .seed = 1, .threads = 2});
  for (const Batch& batch : loader.epoch(0)) {
    const auto ids = batch["id"].as<std::uint64_t>();
    const auto offsets = batch["tokens_offsets"].as<std::int64_t>();
    const auto tokens = batch["tokens"].as<std::uint16_t>();
    REQUIRE(offsets.size() == ids.size() + 1);
    CHECK(batch["id"].shape == Shape{ids.size()});
    CHECK(batch.rows() == ids.size());
    CHECK(std::ranges::equal(ids, batch.samples()));
    CHECK(batch["valid"].bytes.size() == ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto begin = static_cast<std::size_t>(offsets[i]);
      REQUIRE(static_cast<std::size_t>(offsets[i + 1]) - begin == fake_length(ids[i]));
      for (std::size_t k = 0; k < fake_length(ids[i]); ++k) CHECK(tokens[begin + k] == ids[i] + k);
    }
    for (const Tensor& tensor : batch.tensors())
      CHECK(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % 64 == 0);
  }
}

TEST_CASE("every container gives the samples that it holds, in the same order") {
  Indexes labels_of_first;
  std::vector<std::byte> images_of_first;
  for (const Container container : {Container::kMemmap, Container::kLmdb, Container::kWds}) {
    for (const Io io : {Io::kAuto, Io::kMmap, Io::kPread}) {
      const Scratch scratch;
      make_small_dataset(scratch.path(), container);
      Loader loader(Dataset::open(scratch.path(), "train", {.io = io}),
                    {.batch_size = 4, .shuffle = true, .seed = 3, .threads = 2});
      std::size_t seen = 0;
      std::vector<std::byte> images;
      for (const Batch& batch : loader.epoch(0)) {
        const auto offsets = batch["image_offsets"].as<std::int64_t>();
        for (std::size_t i = 0; i < batch.rows(); ++i, ++seen) {
          const SmallSample expected = small_sample("train", batch.samples()[i]);
          CHECK(batch["label"].as<std::int64_t>()[i] == expected.label);
          const auto begin = static_cast<std::size_t>(offsets[i]);
          CHECK(std::ranges::equal(batch["image"].bytes.subspan(begin, expected.image.size()),
                                   expected.image));
        }
        images.insert(images.end(), batch["image"].bytes.begin(), batch["image"].bytes.end());
      }
      CHECK(seen == 10);
      if (images_of_first.empty()) images_of_first = images;
      CHECK(images == images_of_first);
    }
  }
}

TEST_CASE("batches are leases: as many as prefetch may be held, and they outlive the loader") {
  std::vector<Batch> held;
  {
    Loader loader(fake(200), {.batch_size = 10, .threads = 2, .prefetch = 3});
    Epoch epoch = loader.epoch(0);
    for (int i = 0; i < 3; ++i) held.push_back(*epoch.next());
    held.push_back(*epoch.next());
    const Error error = error_of([&] { (void)epoch.next(); });
    CHECK(error.code() == ErrorCode::kUsage);
    CHECK(says(error, "prefetch is 3"));
    held.pop_back();
    CHECK(ids_of(*epoch.next())[0] == 40);
  }
  BatchRef shared = held[1].share();
  const Tensor view = held[1]["id"];
  held.clear();
  CHECK(view.as<std::uint64_t>()[0] == 10);
}

TEST_CASE("a new epoch ends the one before; leaving one early is no fault") {
  Loader loader(fake(1000), {.batch_size = 10, .threads = 2});
  Epoch first = loader.epoch(0);
  (void)first.next();
  CHECK(epoch_ids(loader, 1) == range(1000));
  CHECK(code_of([&] { (void)first.next(); }) == ErrorCode::kUsage);
  for (const Batch& batch : loader.epoch(2)) {
    CHECK(ids_of(batch)[0] == 0);
    break;
  }
  CHECK(epoch_ids(loader, 3) == range(1000));
}

TEST_CASE("two loaders work side by side") {
  const SourcePtr from = fake(300);
  Loader train(from, LoaderOptions::train(8, 1)), eval(from, LoaderOptions::eval(8));
  Epoch epoch = train.epoch(0);
  Indexes seen;
  while (auto batch = epoch.next()) {
    const Indexes ids = ids_of(*batch);
    seen.insert(seen.end(), ids.begin(), ids.end());
    if (batch->step() % 10 == 0) CHECK(epoch_ids(eval, 0) == range(300));
  }
  CHECK(seen.size() == 296);
}

TEST_CASE("what a loader cannot do is refused when it is made") {
  const auto refused = [](LoaderOptions options, const char* text, std::uint64_t n = 10) {
    const Error error = error_of([&] { Loader loader(fake(n), options); });
    CAPTURE(error.what());
    CHECK(error.code() == ErrorCode::kUsage);
    CHECK(says(error, text));
  };
  LoaderOptions both{.shuffle = true};
  both.sampler = sequential(10);
  refused(both, "exclude");
  LoaderOptions tails{.drop_last = true};
  tails.pad_last = true;
  refused(tails, "exclude");
  refused({.batch_size = 11, .drop_last = true}, "no batch");
  refused({.prefetch = 0}, "prefetch");
  LoaderOptions empty{.batch_size = 4};
  empty.world = 3;
  refused(empty, "empty batch", 13);
  LoaderOptions sampler;
  sampler.sampler = sequential(11);
  refused(sampler, "made for 11");
  LoaderOptions field;
  field.fields = {"pixels"};
  CHECK(code_of([&] { Loader loader(fake(10), field); }) == ErrorCode::kNotFound);
}

TEST_CASE("a batch over the memory limit is an error that names the longest sample") {
  LoaderOptions options{.batch_size = 50, .threads = 1, .prefetch = 1};
  options.memory_bytes = 600;
  Loader loader(fake(50), options);
  const Error error = error_of([&] { epoch_ids(loader, 0); });
  CHECK(error.code() == ErrorCode::kTooLarge);
  CHECK(says(error, "longest sample"));
  CHECK(loader.memory_bytes() <= 600);
}

TEST_CASE("slots of large batches begin where a large page does, small ones at 64 bytes") {
  for (const std::int64_t each : {std::int64_t{1} << 10, std::int64_t{1} << 20}) {
    LoaderOptions options{.batch_size = 3, .threads = 1};
    options.transform = {
        map_field("tokens", {"large", DType::kUint8, {each}, Encoding::kArray},
                  [](const Tensor&, const DrawKey&, std::uint64_t, const TransformOutput& out) {
                    std::ranges::fill(out.bytes, std::byte{7});
                  })};
    Loader loader(fake(30), options);
    const std::uint64_t border = each < (1 << 20) ? 64 : 2 << 20;
    for (const Batch& batch : loader.epoch(0)) {
      CHECK(reinterpret_cast<std::uintptr_t>(batch["id"].bytes.data()) % border == 0);  // the first
      CHECK(std::ranges::count(batch["large"].bytes, std::byte{7}) == 3 * each);
    }
  }
}

TEST_CASE("slots use the memory that the caller gives, and give it back") {
  std::atomic<int> alive{0};
  {
    LoaderOptions options{.batch_size = 8, .threads = 1};
    options.memory.allocate = [&](std::size_t bytes) {
      ++alive;
      return std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    };
    options.memory.release = [&](void* memory, std::size_t) {
      --alive;
      std::free(memory);
    };
    Loader loader(fake(100), options);
    CHECK(sorted(epoch_ids(loader, 0)) == range(100));
    CHECK(alive > 0);
  }
  CHECK(alive == 0);
}

TEST_CASE("batches go through as few slots as the consumer leaves") {
  Loader loader(fake(400), {.batch_size = 10, .threads = 0, .prefetch = 6});
  std::set<std::size_t> slots;
  for (const Batch& batch : loader.epoch(0)) slots.insert(batch.slot());
  CHECK(slots.size() == 1);
  std::optional<Batch> before;
  Epoch epoch = loader.epoch(1);
  slots.clear();
  while (auto batch = epoch.next()) {
    slots.insert(batch->slot());
    before = std::move(batch);
  }
  CHECK(slots.size() == 2);
}

TEST_CASE("the effective batch is rows x ranks x batches added up, and schedules count its steps") {
  LoaderOptions options{.batch_size = 8, .drop_last = true, .threads = 0};
  options.world = 3;
  const Loader loader(fake(1000), options);
  CHECK(loader.steps_per_epoch() == 41);
  CHECK(loader.effective_batch_size() == 24);
  CHECK(loader.effective_batch_size(4) == 96);
  CHECK(loader.optimizer_steps_per_epoch() == 41);
  CHECK(loader.optimizer_steps_per_epoch(4) == 11);
  CHECK(loader.optimizer_steps_per_epoch(41) == 1);
  CHECK(loader.optimizer_steps_per_epoch(100) == 1);
  CHECK(code_of([&] { (void)loader.effective_batch_size(0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { (void)loader.optimizer_steps_per_epoch(0); }) == ErrorCode::kUsage);
  CHECK(code_of([&] { (void)loader.effective_batch_size(~std::uint64_t{0}); }) ==
        ErrorCode::kUsage);
  // The whole split in a batch, and one sample.
  options = {.batch_size = 0, .threads = 0};
  CHECK(Loader(fake(1000), options).effective_batch_size(2) == 2000);
  CHECK(Loader(fake(1000), options).steps_per_epoch() == 1);
  options.batch_size = 1;
  CHECK(Loader(fake(1000), options).effective_batch_size() == 1);
  CHECK(Loader(fake(1000), options).steps_per_epoch() == 1000);
}

TEST_CASE("tensors of one name are refused: one would hide the other") {
  const auto number = [](const char* name) {
    return map_field("tokens", {name, DType::kInt64, {}, Encoding::kArray},
                     [](const Tensor&, const DrawKey&, std::uint64_t, const TransformOutput& out) {
                       out.as<std::int64_t>()[0] = 1;
                     });
  };
  LoaderOptions options{.batch_size = 4, .threads = 0};
  options.transform = {number("id")};
  Error error = error_of([&] { Loader loader(fake(10), options); });
  CHECK(error.code() == ErrorCode::kUsage);
  CHECK(says(error, "'id'"));
  options.transform = {number("valid")};
  Loader hidden(fake(10), options);
  error = error_of([&] { epoch_ids(hidden, 0); });
  CHECK(error.code() == ErrorCode::kUsage);
  CHECK(says(error, "'valid'"));
  options.transform = {};
  options.collate = collate_function([](std::span<const Sample> samples, BatchBuilder& builder) {
    (void)builder.add("x", DType::kUint8, {samples.size()});
    (void)builder.add("x", DType::kUint8, {samples.size()});
  });
  Loader made(fake(10), options);
  CHECK(says(error_of([&] { epoch_ids(made, 0); }), "'x'"));
}

TEST_CASE("what a collate function makes counts among the slots' memory, and keeps the limit") {
  std::size_t each = 1000;
  LoaderOptions options{.batch_size = 10, .threads = 0, .prefetch = 1};
  options.memory_bytes = 2 * 4096;
  options.collate = collate_function([&](std::span<const Sample>, BatchBuilder& builder) {
    (void)builder.add("one", DType::kUint8, {each});
    (void)builder.add("two", DType::kUint8, {each});
  });
  Loader loader(fake(100, {}, false), options);
  std::size_t batches = 0;
  for (const Batch& batch : loader.epoch(0)) batches += batch["two"].bytes.size() / each;
  CHECK(batches == 10);
  CHECK(loader.memory_bytes() >= 2 * each);
  CHECK(loader.memory_bytes() <= options.memory_bytes);
  each = 2500;  // one would fit, both do not
  const Error error = error_of([&] {
    for (const Batch& batch : loader.epoch(1)) (void)batch;
  });
  CHECK(error.code() == ErrorCode::kTooLarge);
  CHECK(error.where().field == "two");
}
