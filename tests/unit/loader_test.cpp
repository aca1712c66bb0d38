#include "dsprep/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "dsprep/draw.h"
#include "support/errors.h"
#include "support/fake_source.h"
#include "support/indexes.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {


SourcePtr fake(std::uint64_t size, FakeBehaviour behaviour = {}, bool ragged = true) {
  return std::make_shared<FakeSource>(size, std::move(behaviour), ragged);
}

// The ids that a batch holds, as they were read into its memory.
Indexes ids_of(const Batch& batch) {
  const auto ids = batch["id"].as<std::uint64_t>();
  return {ids.begin(), ids.end()};
}

Indexes valid_ids(const Batch& batch) {
  Indexes out;
  const auto ids = batch["id"].as<std::uint64_t>();
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (batch.valid()[i]) out.push_back(ids[i]);
  return out;
}

Indexes epoch_ids(Loader& loader, std::uint64_t epoch) {
  Indexes out;
  for (const Batch& batch : loader.epoch(epoch)) {
    const Indexes ids = valid_ids(batch);
    out.insert(out.end(), ids.begin(), ids.end());
  }
  return out;
}

Error error_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kInternal, "nothing was thrown"};
}

bool says(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

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

TEST_CASE("ranks divide each global batch, and a resumed world of another size goes on exactly") {
  const std::uint64_t n = 500;
  Indexes whole;
  {
    Loader loader(fake(n), {.batch_size = 32, .shuffle = true, .seed = 8, .threads = 0});
    whole = epoch_ids(loader, 1);
  }
  const auto options = [&](std::uint64_t rank, std::uint64_t world, unsigned threads) {
    LoaderOptions out{.batch_size = 32 / world, .shuffle = true, .seed = 8, .threads = threads};
    out.rank = rank;
    out.world = world;
    out.pad_last = true;
    return out;
  };
  // World 2 for five steps, then 4 from the checkpoint.
  std::string state;
  Indexes got;
  const auto take = [&](std::uint64_t world, std::uint64_t steps, unsigned threads) {
    std::vector<std::vector<Indexes>> ranks(world);
    std::string after;
    for (std::uint64_t rank = 0; rank < world; ++rank) {
      Loader loader(fake(n), options(rank, world, threads));
      if (!state.empty()) CHECK(loader.resume(state) == 1);
      Epoch epoch = loader.epoch(1);
      for (std::uint64_t step = 0; step < steps && step < epoch.steps(); ++step)
        ranks[rank].push_back(valid_ids(*epoch.next()));
      after = loader.state();
    }
    for (std::size_t step = 0; step < ranks[0].size(); ++step) {
      std::size_t most = 0;
      for (const auto& rank : ranks) most = std::max(most, rank[step].size());
      for (std::size_t j = 0; j < most; ++j)
        for (const auto& rank : ranks)
          if (j < rank[step].size()) got.push_back(rank[step][j]);
    }
    state = after;
  };
  take(2, 5, 1);
  CHECK(state.size() <= 1024);
  CHECK(got == Indexes(whole.begin(), whole.begin() + 160));
  take(4, 4, 3);
  take(1, 1000, 0);
  CHECK(got == whole);
}

TEST_CASE("a checkpoint that does not fit is refused by name") {
  const LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 8, .threads = 0};
  Loader loader(fake(50), options);
  Epoch epoch = loader.epoch(3);
  (void)epoch.next();
  const std::string state = loader.state();
  const auto refusal = [&](SourcePtr from, LoaderOptions other, std::string text) {
    Loader second(std::move(from), std::move(other));
    return error_of([&] { second.resume(text); });
  };
  LoaderOptions seed = options, order = options;
  seed.seed = 9;
  order.shuffle = false;
  CHECK(says(refusal(fake(51), options, state), "data"));
  CHECK(says(refusal(fake(50), order, state), "sampler"));
  CHECK(says(refusal(fake(50), seed, state), "sampler"));
  CHECK(says(refusal(fake(50), options, "nonsense"), "JSON"));
  CHECK(says(refusal(fake(50), options, "{}"), "no version"));
  nlohmann::json far = nlohmann::json::parse(state);
  far["position"] = 51;
  CHECK(says(refusal(fake(50), options, far.dump()), "behind"));
  far["position"] = -1;
  CHECK(says(refusal(fake(50), options, far.dump()), "position"));
}

TEST_CASE("resuming 90 % into an epoch of 10^9 samples is a seek") {
  const LoaderOptions options{.batch_size = 64, .shuffle = true, .seed = 1, .threads = 1};
  Loader loader(fake(1'000'000'000, {}, false), options);
  nlohmann::json state = nlohmann::json::parse(loader.state());
  state["epoch"] = 2;
  state["position"] = 900'000'000;
  const auto begin = std::chrono::steady_clock::now();
  Loader second(fake(1'000'000'000, {}, false), options);
  const std::uint64_t epoch = second.resume(state.dump());
  Epoch run = second.epoch(epoch);
  const auto batch = run.next();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  MESSAGE("resume of 10^9: " << seconds * 1e3 << " ms");
  REQUIRE(batch.has_value());
  const auto order = shuffled(1'000'000'000, 1)->epoch(2);
  Indexes expected;
  for (std::uint64_t i = 0; i < 64; ++i) order->append(900'000'000 + i, expected);
  CHECK(ids_of(*batch) == expected);
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

TEST_CASE("evaluation: every rank has the same steps and rows, each sample is valid once") {
  for (std::uint64_t n = 1; n <= 30; n += 3) {
    for (const std::uint64_t world : {1, 2, 3, 7}) {
      Indexes seen;
      std::vector<std::size_t> rows;
      for (std::uint64_t rank = 0; rank < world; ++rank) {
        LoaderOptions options = LoaderOptions::eval(4);
        options.rank = rank;
        options.world = world;
        options.threads = 1;
        Loader loader(fake(n), options);
        std::vector<std::size_t> mine;
        for (const Batch& batch : loader.epoch(0)) {
          mine.push_back(batch.rows());
          const Indexes ids = valid_ids(batch);
          seen.insert(seen.end(), ids.begin(), ids.end());
        }
        if (rank == 0) rows = mine;
        CHECK(mine == rows);
      }
      CHECK(sorted(seen) == range(n));
    }
  }
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

TEST_CASE("the counters name the stage that is slow") {
  const struct {
    const char* slow;
    unsigned threads;
    int milliseconds;
  } kCases[] = {{"read", 1, 1},      {"read", 2, 2},      {"read", 0, 1},    {"transform", 1, 1},
                {"transform", 2, 2}, {"transform", 0, 1}, {"plan", 1, 1},    {"plan", 2, 1},
                {"consumer", 1, 3},  {"consumer", 2, 3},  {"collate", 1, 1}, {"collate", 0, 1}};
  struct SlowFinish final : Collate {
    explicit SlowFinish(int milliseconds) : inner(stack()), time(milliseconds) {}
    void layout(const BatchShapes& shapes, BatchLayout& layout) const override {
      inner->layout(shapes, layout);
    }
    void begin(const BatchShapes& shapes, const BatchMemory& memory) const override {
      inner->begin(shapes, memory);
    }
    void finish(std::size_t, bool, const BatchShapes&, const BatchMemory&) const override {
      nap(time);
    }
    CollatePtr inner;
    int time;
  };
  for (const auto& one : kCases) {
    const std::string slow = one.slow;
    CAPTURE(slow);
    CAPTURE(one.threads);
    FakeBehaviour behaviour;
    LoaderOptions options{.batch_size = 4, .shuffle = true, .threads = one.threads};
    if (slow == "read") behaviour.on_read = [&](std::uint64_t) { nap(one.milliseconds); };
    if (slow == "plan") behaviour.on_shape = [&](std::uint64_t) { nap(one.milliseconds); };
    if (slow == "collate") options.collate = std::make_shared<SlowFinish>(one.milliseconds);
    if (slow == "transform") {
      options.transform = {map_field("id", {"id", DType::kUint64, {}, Encoding::kArray},
                                     [&](const Tensor&, const DrawKey&, std::uint64_t,
                                         const TransformOutput&) { nap(one.milliseconds); })};
    }
    // A machine that stands still for a moment makes any stage slow: three times it does not.
    std::string named;
    for (int tries = 0; tries < 3 && named != slow; ++tries) {
      Loader loader(fake(120, behaviour), options);
      for (const Batch& batch : loader.epoch(0)) {
        (void)batch;
        if (slow == "consumer") nap(one.milliseconds);
      }
      named = loader.counters().bottleneck();
    }
    CHECK(named == slow);
  }
}

TEST_CASE("a trace lists what the threads did, as JSON") {
  const Scratch scratch;
  LoaderOptions options{.batch_size = 4, .threads = 2};
  options.trace = true;
  Loader loader(fake(40), options);
  epoch_ids(loader, 0);
  loader.write_trace(scratch / "trace.json");
  const nlohmann::json events = nlohmann::json::parse(slurp(scratch / "trace.json"));
  std::size_t plans = 0, reads = 0;
  for (const auto& event : events) {
    plans += event["name"] == "plan" ? 1 : 0;
    reads += event["name"] == "read" ? 1 : 0;
    CHECK(event["dur"].get<double>() >= 0);
  }
  CHECK(plans == 10);
  CHECK(reads == 40);
}
