#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "dsprep/loader.h"
#include "support/loaders.h"

using namespace dsprep;
using namespace dsprep::test;

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

TEST_CASE("a resumed loader begins with the checkpoint's epoch, or says that it does not") {
  const LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 8, .threads = 1};
  Loader loader(fake(50), options);
  Epoch epoch = loader.epoch(3);
  (void)epoch.next();
  Loader second(fake(50), options);
  CHECK(second.resume(loader.state()) == 3);
  CHECK(says(error_of([&] { (void)second.epoch(0); }), "epoch 3"));
  CHECK(epoch_ids(second, 3).size() == 46);
  CHECK(epoch_ids(second, 0).size() == 50);  // from here on as any loader
}

TEST_CASE("checkpoints of checkpoints go on, and at an epoch's end nothing of it is left") {
  const LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 8, .threads = 2};
  Loader whole(fake(50), options);
  const Indexes expected = epoch_ids(whole, 2);
  Indexes got;
  std::string state;
  for (int process = 0; process < 20; ++process) {  // each takes a batch and is killed
    Loader loader(fake(50), options);
    if (!state.empty()) CHECK(loader.resume(state) == 2);
    Epoch epoch = loader.epoch(2);
    const auto batch = epoch.next();
    CHECK(batch.has_value() == (process < 13));
    if (batch) {
      const Indexes ids = valid_ids(*batch);
      got.insert(got.end(), ids.begin(), ids.end());
    }
    state = loader.state();
    CHECK(loader.state() == state);  // asking changes nothing
  }
  CHECK(got == expected);
}

TEST_CASE(
    "a checkpoint is 1 KiB at most, whatever a program's own source and sampler call themselves") {
  struct Wordy final : Sampler {
    explicit Wordy(std::string words) : text(std::move(words)) {}
    std::uint64_t rows() const noexcept override { return inner->rows(); }
    std::uint64_t samples() const noexcept override { return inner->samples(); }
    std::string describe() const override { return ++asked, text; }
    std::unique_ptr<EpochOrder> epoch(std::uint64_t number) const override {
      return inner->epoch(number);
    }
    SamplerPtr inner = sequential(50);
    std::string text;
    mutable int asked = 0;
  };
  for (const std::string& text :
       {std::string(5000, 'x'), std::string(490, '"'), std::string("\xff\n")}) {
    LoaderOptions options{.batch_size = 4, .threads = 0};
    options.seed = ~std::uint64_t{0};
    const auto sampler = std::make_shared<Wordy>(text);
    options.sampler = sampler;
    Loader loader(fake(50), options);
    Epoch epoch = loader.epoch(~std::uint64_t{0});
    (void)epoch.next();
    const std::string state = loader.state();
    CHECK(state.size() <= 1024);
    for (int i = 0; i < 10; ++i) CHECK(loader.state() == state);
    CHECK(sampler->asked == 1);  // it may take a pass over all samples
    Loader second(fake(50), options);
    CHECK(second.resume(state) == ~std::uint64_t{0});
    options.sampler = std::make_shared<Wordy>(text + "x");
    Loader other(fake(50), options);
    CHECK(says(error_of([&] { other.resume(state); }), "sampler"));
  }
}
