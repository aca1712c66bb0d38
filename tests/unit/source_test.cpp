#include "dsprep/source.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <new>

#include "dsprep/augment.h"
#include "dsprep/loader.h"
#include "lib/data/simd.h"
#include "support/errors.h"
#include "support/fake_source.h"
#include "support/scratch.h"
#include "support/small_dataset.h"

using namespace dsprep;
using namespace dsprep::test;

// Every allocation of this program is counted while somebody looks.
namespace {
std::atomic<bool> counting{false};
std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1);
  void* memory =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(bytes)
          : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes, 1); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

// The tokens of all train samples, one behind the other.
std::vector<std::uint16_t> stream_of_train() {
  std::vector<std::uint16_t> all;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const SmallSample sample = small_sample("train", i);
    all.insert(all.end(), sample.tokens.begin(), sample.tokens.end());
  }
  return all;
}

}  // namespace

TEST_CASE("token windows run over documents and shards, each with one token more for its targets") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  const std::vector<std::uint16_t> all = stream_of_train();
  REQUIRE(all.size() == 20);
  for (const std::uint64_t length : {1, 3, 5, 19, 20}) {
    for (const std::uint64_t stride : {0, 1, 2, 7}) {
      CAPTURE(length);
      CAPTURE(stride);
      const SourcePtr windows = token_windows(Dataset::open(scratch.path(), "train"),
                                              {.length = length, .stride = stride});
      const std::uint64_t step = stride == 0 ? length : stride;
      const std::uint64_t expected =
          all.size() < length + 1 ? 0 : (all.size() - length - 1) / step + 1;
      REQUIRE(windows->size() == expected);
      const auto reader = windows->reader();
      for (std::uint64_t i = 0; i < expected; ++i) {
        const Bytes bytes = reader->view(i, 0).bytes;
        CHECK(
            std::ranges::equal(bytes, std::as_bytes(std::span(all).subspan(i * step, length + 1))));
        std::vector<std::byte> copy(bytes.size());
        reader->read(i, 0, copy);
        CHECK(
            std::ranges::equal(copy, std::as_bytes(std::span(all).subspan(i * step, length + 1))));
      }
    }
  }
}

namespace {

// Many in one call, of all fields, before any is looked at: views stay valid together. Gives how
// many there were.
std::size_t check_many(const Source& from, SourceReader& reader) {
  const std::size_t fields = from.schema().fields.size();
  std::vector<std::uint64_t> indices;
  for (std::uint64_t i = 0; i < 3 * from.size(); ++i) indices.push_back(i * 7 % from.size());
  std::vector<std::vector<Bytes>> views(fields, std::vector<Bytes>(indices.size()));
  for (std::size_t field = 0; field < fields; ++field) reader.views(indices, field, views[field]);
  const auto other = from.reader();
  std::size_t seen = 0;
  for (std::size_t field = 0; field < fields; ++field) {
    std::vector<Shape> shapes(indices.size());
    const bool shaped = reader.shapes(indices, field, shapes);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const FieldValue one = other->view(indices[i], field);
      if (shaped) CHECK(shapes[i] == one.shape);
      if (views[field][i].data() == nullptr) continue;
      ++seen;
      CHECK(std::ranges::equal(views[field][i], one.bytes));
    }
  }
  return seen;
}

std::size_t check_many(const SourcePtr& from) { return check_many(*from, *from->reader()); }

}  // namespace

TEST_CASE("many samples asked for in one call are those that come one by one") {
  for (const Container container : {Container::kMemmap, Container::kLmdb, Container::kWds}) {
    CAPTURE(container_name(container));
    const Scratch scratch;
    make_small_dataset(scratch.path(), container);
    const auto open = [&](std::size_t shards) {
      return Dataset::open(scratch.path(), "train", {.io = Io::kMmap, .max_open_shards = shards});
    };
    const std::size_t all = check_many(source(open(64)));
    CHECK(all > 60);  // 30 samples, of which 24 have tokens, and three fields
    // Shards that may be closed meanwhile give no views.
    CHECK(check_many(source(open(1))) < all);
    CHECK(check_many(concatenate({source(open(64)), source(open(64))})) == 2 * all);
    const SourcePtr kept = cached(source(open(64)), 1 << 20);
    const auto reader = kept->reader();
    CHECK(check_many(*kept, *reader) == 0);  // nothing is kept yet; the check itself reads all
    CHECK(check_many(*kept, *reader) == 90);
    if (container != Container::kMemmap) continue;
    for (const std::uint64_t length : {1, 3, 5})
      for (const std::size_t shards : {1, 64})
        check_many(token_windows(open(shards), {.length = length, .stride = 1}));
    CHECK(check_many(token_windows(open(64), {.length = 3, .stride = 1})) > 30);
  }
}

TEST_CASE("inputs and targets of a window are one token apart") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap);
  const std::vector<std::uint16_t> all = stream_of_train();
  LoaderOptions options{.batch_size = 2, .threads = 1};
  options.transform = {next_token()};
  Loader loader(token_windows(Dataset::open(scratch.path(), "train"), {.length = 4}), options);
  std::size_t seen = 0;
  for (const Batch& batch : loader.epoch(0)) {
    CHECK(batch["input_ids"].shape == Shape{batch.rows(), 4});
    for (std::size_t i = 0; i < batch.rows() * 4; ++i, ++seen) {
      CHECK(batch["input_ids"].as<std::int64_t>()[i] == all[seen]);
      CHECK(batch["targets"].as<std::int64_t>()[i] == all[seen + 1]);
    }
  }
  CHECK(seen == 16);
}

TEST_CASE("token windows are refused where the tokens do not stand in a row") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kWds);
  CHECK(code_of([&] { token_windows(Dataset::open(scratch.path(), "train"), {}); }) ==
        ErrorCode::kUsage);
}

TEST_CASE("parts are read as one, and a mixture takes its shares of them") {
  const SourcePtr both =
      concatenate({std::make_shared<FakeSource>(30), std::make_shared<FakeSource>(50)});
  CHECK(both->size() == 80);
  LoaderOptions options{.batch_size = 8, .threads = 2};
  options.sampler = mixture({30, 50}, {.weights = {0.5, 0.5}, .cycle = 8, .rows = 80}, 1);
  Loader loader(both, options);
  std::size_t first = 0;
  for (const Batch& batch : loader.epoch(0)) {
    for (std::size_t i = 0; i < batch.rows(); ++i) {
      const std::uint64_t sample = batch.samples()[i];
      first += sample < 30 ? 1 : 0;
      CHECK(batch["id"].as<std::uint64_t>()[i] == (sample < 30 ? sample : sample - 30));
    }
  }
  CHECK(first == 40);
  CHECK(code_of([] { concatenate({}); }) == ErrorCode::kUsage);
  CHECK(code_of([] {
          concatenate({std::make_shared<FakeSource>(3),
                       std::make_shared<FakeSource>(3, FakeBehaviour{}, false)});
        }) == ErrorCode::kUsage);
}

TEST_CASE("the cache keeps what fits, reads it once, and changes no value") {
  std::atomic<std::uint64_t> reads{0};
  FakeBehaviour counting_reads{.on_shape = {}, .on_read = [&](std::uint64_t) { ++reads; }};
  for (const std::uint64_t limit :
       {std::uint64_t{0}, std::uint64_t{4000}, std::uint64_t{1} << 20}) {
    reads = 0;
    Loader loader(cached(std::make_shared<FakeSource>(100, counting_reads), limit),
                  {.batch_size = 10, .shuffle = true, .threads = 2});
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
      for (const Batch& batch : loader.epoch(epoch)) {
        const auto offsets = batch["tokens_offsets"].as<std::int64_t>();
        for (std::size_t i = 0; i < batch.rows(); ++i) {
          const std::uint64_t id = batch["id"].as<std::uint64_t>()[i];
          CHECK(id == batch.samples()[i]);
          for (std::uint64_t k = 0; k < fake_length(id); ++k)
            CHECK(batch["tokens"].as<std::uint16_t>()[static_cast<std::size_t>(offsets[i]) + k] ==
                  id + k);
        }
      }
    }
    CAPTURE(limit);
    if (limit == 0) CHECK(reads == 600);
    if (limit == 4000) CHECK((reads > 250 && reads < 600));
    if (limit > 4000) CHECK(reads == 200);
  }
}

TEST_CASE("normalised pixels are what the formula says, in every SIMD path and layout") {
  const std::array<float, 3> mean = {0.5F, 0.25F, 0.125F}, deviation = {0.5F, 0.25F, 2.0F};
  const TransformPtr transform = normalize({.field = "x", .mean = mean, .deviation = deviation});
  const std::int64_t height = 5, width = 7;
  for (const bool interleaved : {false, true}) {
    const Field in{"x", DType::kUint8,
                   interleaved ? std::vector<std::int64_t>{height, width, 3}
                               : std::vector<std::int64_t>{3, height, width},
                   Encoding::kArray};
    const Field out = transform->outputs({&in, 1})[0];
    CHECK(out.shape == std::vector<std::int64_t>{3, height, width});
    CHECK(out.dtype == DType::kFloat32);
    std::vector<std::byte> pixels(105);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::byte>(i * 37);
    const std::vector<std::uint64_t> extents(in.shape.begin(), in.shape.end());
    const Tensor input{"x", DType::kUint8, Shape(extents), Encoding::kArray, pixels};
    std::vector<float> first;
    for (const Simd limit : {Simd::kBase, Simd::kAvx2, Simd::kAvx512}) {
      simd_limit() = limit;
      std::vector<float> got(105);
      const TransformOutput output{{3, 5, 7}, std::as_writable_bytes(std::span(got))};
      transform->apply({&input, 1}, {}, 0, nullptr, {&output, 1});
      if (first.empty()) first = got;
      CHECK(got == first);
    }
    simd_limit() = Simd::kAvx512;
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < 35; ++i) {
        const auto pixel = static_cast<double>(pixels[interleaved ? i * 3 + c : c * 35 + i]);
        CHECK(std::abs(first[c * 35 + i] - (pixel / 255 - mean[c]) / deviation[c]) < 1e-5);
      }
    }
  }
}

TEST_CASE("pictures are decoded straight into the batch, the same for any number of threads") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kWds);
  const AugmentOptions crop{.width = 6, .height = 5};
  std::vector<std::byte> expected;
  for (const unsigned threads : {0U, 2U}) {
    LoaderOptions options{.batch_size = 4, .shuffle = true, .seed = 9, .threads = threads};
    options.fields = {"label"};
    options.transform = {augment(crop)};
    Loader loader(Dataset::open(scratch.path(), "train"), options);
    std::vector<std::byte> got(10 * 3 * 5 * 6 * 4);
    for (const Batch& batch : loader.epoch(3)) {
      CHECK(batch["image"].shape == Shape{batch.rows(), 3, 5, 6});
      const std::size_t each = batch["image"].bytes.size() / batch.rows();
      for (std::size_t row = 0; row < batch.rows(); ++row)
        std::ranges::copy(batch["image"].bytes.subspan(row * each, each),
                          got.begin() + static_cast<std::ptrdiff_t>(batch.samples()[row] * each));
    }
    if (expected.empty()) expected = got;
    CHECK(got == expected);
  }
  // The same as the transform alone, under the key that the loader gives to its first transform.
  const auto order = shuffled(10, 9)->epoch(3);
  std::vector<std::uint64_t> samples;
  for (std::uint64_t i = 0; i < 10; ++i) order->append(i, samples);
  const ImageAugment alone(crop);
  AugmentWorkspace workspace;
  for (std::uint64_t position = 0; position < 10; ++position) {
    std::vector<std::byte> out(3 * 5 * 6 * 4);
    alone.apply(small_sample("train", samples[position]).image,
                {.seed = mix(9, 0), .epoch = 3, .position = position}, workspace, out);
    CHECK(std::ranges::equal(
        out, std::span(expected).subspan(samples[position] * out.size(), out.size())));
  }
}

TEST_CASE(
    "once slots and threads have grown no batch allocates, whatever the collate, and memory "
    "stays") {
  const Scratch scratch;
  make_small_dataset(scratch.path(), Container::kMemmap, {{"train", {60, 40}}});
  PadOptions all{.sort = true, .key_padding_mask = true, .additive_mask = true, .targets = true};
  for (const CollatePtr& collate : {stack(), pad(0, all)}) {
    for (const unsigned threads : {0U, 2U}) {
      LoaderOptions options{
          .batch_size = 10, .shuffle = true, .drop_last = true, .threads = threads};
      options.fields = {"tokens", "label"};
      options.collate = collate;
      Loader loader(Dataset::open(scratch.path(), "train"), options);
      const auto run = [&](std::uint64_t epoch) {
        std::uint64_t made = 0;
        Epoch batches = loader.epoch(epoch);
        counting = true;
        allocations = 0;
        while (auto batch = batches.next()) made += batch->rows();
        made = allocations;
        counting = false;
        return made;
      };
      for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
        std::deque<Batch> held;  // so that every slot comes into use
        for (Batch batch : loader.epoch(epoch)) {
          held.push_back(std::move(batch));
          if (held.size() == options.prefetch) held.pop_front();
        }
      }
      const std::uint64_t bytes = loader.memory_bytes();
      std::uint64_t made = 0;
      for (std::uint64_t epoch = 20; epoch < 70; ++epoch) made += run(epoch);
      CAPTURE(threads);
      // A thread that comes to work only now may still grow its buffers; 500 batches may not.
      if (threads == 0) CHECK(made == 0);
      CHECK(made < 250);
      CHECK(loader.memory_bytes() <= bytes + bytes / 2);
    }
  }
}
