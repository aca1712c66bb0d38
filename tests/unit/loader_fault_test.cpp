#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "dsprep/draw.h"
#include "dsprep/loader.h"
#include "support/loaders.h"

using namespace dsprep;
using namespace dsprep::test;

TEST_CASE("a fault of a sample reaches the caller with its place, the first one in the order") {
  for (const unsigned threads : {0U, 1U, 4U}) {
    CAPTURE(threads);
    FakeBehaviour bad{.on_shape = {}, .on_read = [](std::uint64_t index) {
                        if (index == 57 || index == 52 || index == 53)
                          throw Error(ErrorCode::kCorrupt, "bad " + std::to_string(index));
                      }};
    Loader loader(fake(200, bad), {.batch_size = 10, .threads = threads});
    Epoch epoch = loader.epoch(0);
    for (int i = 0; i < 5; ++i) CHECK(epoch.next().has_value());
    for (int again = 0; again < 2; ++again) {
      const Error error = error_of([&] { (void)epoch.next(); });
      CHECK(error.code() == ErrorCode::kCorrupt);
      CHECK(error.where().sample == 52);
    }
    CHECK(code_of([&] { epoch_ids(loader, 1); }) == ErrorCode::kCorrupt);
  }
}

TEST_CASE("a source whose calls for many samples throw is asked one by one") {
  struct Reader final : SourceReader {
    explicit Reader(std::unique_ptr<SourceReader> from) : inner(std::move(from)) {}
    Shape shape(std::uint64_t index, std::size_t field) override {
      return inner->shape(index, field);
    }
    FieldValue view(std::uint64_t index, std::size_t field) override {
      return inner->view(index, field);
    }
    void read(std::uint64_t index, std::size_t field, std::span<std::byte> out) override {
      inner->read(index, field, out);
    }
    bool shapes(std::span<const std::uint64_t>, std::size_t, std::span<Shape>) override {
      throw std::runtime_error("no shapes");
    }
    void views(std::span<const std::uint64_t>, std::size_t, std::span<Bytes>) override { throw 42; }
    std::unique_ptr<SourceReader> inner;
  };
  struct Thrower final : Source {
    FakeSource inner{200};
    std::uint64_t size() const noexcept override { return inner.size(); }
    const Schema& schema() const noexcept override { return inner.schema(); }
    std::string id() const override { return inner.id(); }
    std::string key(std::uint64_t index) const override { return inner.key(index); }
    std::unique_ptr<SourceReader> reader() const override {
      return std::make_unique<Reader>(inner.reader());
    }
  };
  for (const unsigned threads : {0U, 2U}) {
    Loader loader(std::make_shared<Thrower>(), {.batch_size = 10, .threads = threads});
    Loader plain(fake(200), {.batch_size = 10, .threads = threads});
    CHECK(epoch_ids(loader, 0) == epoch_ids(plain, 0));
  }
}

TEST_CASE(
    "faults of every kind at 200 points of the pipeline give an exception, never a short epoch") {
  enum class Kind { kError, kStandard, kNumber, kMemory };
  const auto fail = [](Kind kind) {
    if (kind == Kind::kError) throw Error(ErrorCode::kIo, "planned fault");
    if (kind == Kind::kStandard) throw std::runtime_error("planned fault");
    if (kind == Kind::kMemory) throw std::bad_alloc();
    throw 42;
  };
  int points = 0;
  for (std::uint64_t sample = 3; sample < 300; sample += 23) {
    for (const Kind kind : {Kind::kError, Kind::kStandard, Kind::kNumber, Kind::kMemory}) {
      for (int stage = 0; stage < 4; ++stage, ++points) {
        FakeBehaviour behaviour;
        LoaderOptions options{.batch_size = 8,
                              .shuffle = true,
                              .seed = sample,
                              .threads = static_cast<unsigned>(points % 4)};
        const auto here = [=](std::uint64_t index) {
          if (index == sample) fail(kind);
        };
        if (stage == 0) behaviour.on_shape = here;
        if (stage == 1) behaviour.on_read = here;
        if (stage == 2) {
          options.transform = {map_field(
              "id", {"id", DType::kUint64, {}, Encoding::kArray},
              [=](const Tensor& in, const DrawKey&, std::uint64_t, const TransformOutput& out) {
                std::ranges::copy(in.bytes, out.bytes.begin());
                here(out.as<std::uint64_t>()[0]);
              })};
        }
        if (stage == 3) {
          options.collate =
              collate_function([=](std::span<const Sample> samples, BatchBuilder& builder) {
                const auto out = builder.add("id", DType::kUint64, {samples.size()});
                for (std::size_t i = 0; i < samples.size(); ++i) {
                  std::ranges::copy(samples[i]["id"].bytes,
                                    out.begin() + static_cast<std::ptrdiff_t>(8 * i));
                  here(samples[i]["id"].as<std::uint64_t>()[0]);
                }
              });
        }
        Loader loader(fake(300, behaviour), options);
        const auto begin = std::chrono::steady_clock::now();
        const Error error = error_of([&] { epoch_ids(loader, 0); });
        CAPTURE(stage);
        CAPTURE(error.what());
        CHECK(!says(error, "nothing was thrown"));
        if (stage == 1 || stage == 2) CHECK(error.where().sample == sample);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
      }
    }
  }
  CHECK(points >= 200);
}

TEST_CASE("10,000 early exits, faults and tiny timeouts end without a hang") {
  std::atomic<int> calls{0};
  FakeBehaviour shaky{.on_shape = {}, .on_read = [&](std::uint64_t) {
                        if (++calls % 1009 == 0) throw std::runtime_error("planned fault");
                      }};
  Draw draw({.seed = 4, .epoch = 0, .position = 0}, 0);
  const SourcePtr from = fake(2000, shaky);
  int exits = 0;
  for (int loaders = 0; loaders < 200; ++loaders) {
    LoaderOptions options{.batch_size = 1 + draw.below(20),
                          .shuffle = true,
                          .threads = static_cast<unsigned>(draw.below(4)),
                          .prefetch = static_cast<unsigned>(1 + draw.below(4))};
    options.timeout = std::chrono::milliseconds(draw.below(2));
    Loader loader(from, options);
    for (int epochs = 0; epochs < 50; ++epochs, ++exits) {
      try {
        Epoch epoch = loader.epoch(static_cast<std::uint64_t>(epochs));
        const std::uint64_t stop = draw.below(12);
        for (std::uint64_t i = 0; i < stop; ++i) (void)epoch.next();
      } catch (const Error& error) {
        CHECK((error.code() == ErrorCode::kInternal || error.code() == ErrorCode::kIo));
      }
    }
  }
  CHECK(exits == 10000);
}

TEST_CASE("a timeout names the stage and the sample, and the epoch can go on") {
  std::atomic<bool> stuck{true};
  FakeBehaviour slow{.on_shape = {}, .on_read = [&](std::uint64_t index) {
                       while (index == 25 && stuck) nap(1);
                     }};
  LoaderOptions options{.batch_size = 10, .threads = 2};
  options.timeout = std::chrono::milliseconds(1000);
  Loader loader(fake(100, slow), options);
  Epoch epoch = loader.epoch(0);
  CHECK(epoch.next().has_value());
  CHECK(epoch.next().has_value());
  const Error error = error_of([&] { (void)epoch.next(); });
  CHECK(error.code() == ErrorCode::kIo);
  CHECK(says(error, "read of sample 25"));
  stuck = false;
  int left = 0;
  for (int tries = 0; tries < 100; ++tries) {
    try {
      while (epoch.next()) ++left;
      break;
    } catch (const Error&) {
    }
  }
  CHECK(left == 8);
}

TEST_CASE("a timeout names a collate function that does not come back, and any thread may ask") {
  std::atomic<bool> stuck{true};
  LoaderOptions options{.batch_size = 10, .threads = 1};
  options.timeout = std::chrono::milliseconds(300);
  options.collate = collate_function([&](std::span<const Sample> samples, BatchBuilder&) {
    while (samples[0]["id"].scalar<std::uint64_t>() == 20 && stuck) nap(1);
  });
  Loader loader(fake(40), options);
  Epoch epoch = loader.epoch(0);
  Error error{ErrorCode::kInternal, "nothing was thrown"};
  std::string asked;
  std::thread watch([&] {
    // Of the batches before, too, a collate may be seen.
    for (int tries = 0; tries < 5000 && asked.find("collate of sample 20") == asked.npos; ++tries) {
      asked = loader.status();
      nap(1);
    }
  });
  for (int i = 0; i < 4 && says(error, "nothing"); ++i)
    error = error_of([&] { (void)epoch.next(); });
  watch.join();
  stuck = false;
  CHECK(error.code() == ErrorCode::kIo);
  CHECK(says(error, "collate of sample 20"));
  CHECK(asked.find("collate of sample 20") != asked.npos);
}

TEST_CASE("with a timeout the caller reads nothing itself, so that no read can hold it") {
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> mine{0};
  FakeBehaviour behaviour{.on_shape = {}, .on_read = [&](std::uint64_t) {
                            if (std::this_thread::get_id() == caller) ++mine;
                          }};
  LoaderOptions options{.batch_size = 10, .threads = 1};
  options.timeout = std::chrono::seconds(20);
  Loader loader(fake(5000, behaviour), options);
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) CHECK(epoch_ids(loader, epoch) == range(5000));
  CHECK(mine == 0);
}

TEST_CASE("bad samples are skipped only on demand, counted, listed, not valid, and limited") {
  FakeBehaviour bad{.on_shape = {}, .on_read = [](std::uint64_t index) {
                      if (index % 10 == 3) throw Error(ErrorCode::kCorrupt, "planned fault");
                    }};
  for (const unsigned threads : {0U, 3U}) {
    LoaderOptions options{.batch_size = 8, .threads = threads};
    options.on_bad_sample = OnBadSample::kSkip;
    options.collate = pad(9);
    Loader loader(fake(100, bad), options);
    std::size_t valid = 0;
    for (const Batch& batch : loader.epoch(0)) {
      const auto lengths = batch["lengths"].as<std::int64_t>();
      for (std::size_t i = 0; i < batch.rows(); ++i) {
        CHECK((batch.valid()[i] != 0) == (batch.samples()[i] % 10 != 3));
        if (!batch.valid()[i]) {
          CHECK(batch["id"].as<std::uint64_t>()[i] == 0);
          CHECK(lengths[i] == 0);
        }
        valid += batch.valid()[i];
      }
    }
    CHECK(valid == 90);
    CHECK(loader.counters().rejected == 10);
    CHECK(loader.bad_samples().size() == 10);
    options.max_bad_samples = 5;
    Loader strict(fake(100, bad), options);
    CHECK(code_of([&] { epoch_ids(strict, 0); }) == ErrorCode::kRejected);
  }
}
