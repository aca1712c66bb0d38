#include "dsprep/collate.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "dsprep/loader.h"
#include "lib/data/convert.h"
#include "lib/data/simd.h"
#include "support/errors.h"
#include "support/fake_source.h"

using namespace dsprep;
using namespace dsprep::test;

namespace {

SourcePtr fake(std::uint64_t size) { return std::make_shared<FakeSource>(size); }

// The batches of one unshuffled epoch of `n` fake samples, each handed to `look`.
void each_batch(std::uint64_t n, std::uint64_t batch, CollatePtr collate,
                const std::function<void(const Batch&)>& look, SamplerPtr sampler = nullptr) {
  for (const unsigned threads : {0U, 2U}) {
    LoaderOptions options{.batch_size = batch, .threads = threads};
    options.collate = collate;
    options.sampler = sampler;
    Loader loader(fake(n), options);
    for (const Batch& one : loader.epoch(0)) look(one);
  }
}

std::int64_t token(std::uint64_t sample, std::uint64_t i) {
  return static_cast<std::int64_t>(sample + i);
}

}  // namespace

TEST_CASE("padding fills on the right, and masks come from lengths, not from the pad value") {
  // Value 5 occurs as a token, too: a mask by comparison would be wrong.
  PadOptions options{.key_padding_mask = true, .additive_mask = true, .targets = true};
  each_batch(20, 6, pad(5, options), [](const Batch& batch) {
    const auto ids = batch["input_ids"].as<std::int64_t>();
    const auto lengths = batch["lengths"].as<std::int64_t>();
    const auto mask = batch["attention_mask"].as<bool>(),
               padding = batch["key_padding_mask"].as<bool>();
    const auto additive = batch["additive_mask"].as<float>();
    const auto targets = batch["targets"].as<std::int64_t>();
    std::uint64_t longest = 0;
    for (const std::uint64_t sample : batch.samples())
      longest = std::max(longest, fake_length(sample));
    REQUIRE(batch["input_ids"].shape == Shape{batch.rows(), longest});
    CHECK(batch["attention_mask"].shape == Shape{batch.rows(), longest});
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const std::uint64_t sample = batch.samples()[row], used = fake_length(sample);
      CHECK(lengths[row] == static_cast<std::int64_t>(used));
      for (std::uint64_t i = 0; i < longest; ++i) {
        const std::size_t at = row * longest + i;
        CHECK(ids[at] == (i < used ? token(sample, i) : 5));
        CHECK(mask[at] == (i < used));
        CHECK(padding[at] == (i >= used));
        CHECK(additive[at] == (i < used ? 0.0F : -1e9F));
        CHECK(targets[at] == (i + 1 < used ? token(sample, i + 1) : -100));
      }
    }
  });
}

TEST_CASE("lengths of rows: fixed, a multiple, and too long a sample is an error") {
  each_batch(20, 6, pad(0, {.length = 9}), [](const Batch& batch) {
    CHECK(batch["input_ids"].shape == Shape{batch.rows(), 9});
  });
  each_batch(20, 7, pad(0, {.multiple = 8}), [](const Batch& batch) {
    CHECK(batch["input_ids"].shape == Shape{batch.rows(), 8});
  });
  CHECK(code_of([] { each_batch(20, 7, pad(0, {.length = 5}), [](const Batch&) {}); }) ==
        ErrorCode::kUsage);
  CHECK(code_of([] { pad(0, {.multiple = 0}); }) == ErrorCode::kUsage);
}

TEST_CASE("tokens keep their dtype on demand, and the field can be named") {
  each_batch(20, 6, pad(7, {.field = "tokens", .name = "words", .widen = false}),
             [](const Batch& batch) { CHECK(batch["words"].dtype == DType::kUint16); });
}

TEST_CASE("a sorted batch falls in length, and its permutation and inverse undo each other") {
  each_batch(40, 9, pad(0, {.sort = true}), [](const Batch& batch) {
    const auto lengths = batch["lengths"].as<std::int64_t>();
    const auto perm = batch["perm"].as<std::int64_t>(),
               inverse = batch["inverse"].as<std::int64_t>();
    const auto ids = batch["id"].as<std::uint64_t>();
    CHECK(std::ranges::is_sorted(lengths, std::greater<>()));
    const std::uint64_t first = *std::ranges::min_element(batch.samples());
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      CHECK(inverse[static_cast<std::size_t>(perm[row])] == static_cast<std::int64_t>(row));
      CHECK(ids[row] == first + static_cast<std::uint64_t>(perm[row]));  // labels follow their rows
      CHECK(batch.samples()[row] == ids[row]);
      CHECK(lengths[row] == static_cast<std::int64_t>(fake_length(ids[row])));
    }
  });
}

TEST_CASE("packed rows keep the borders of their samples, and each token stands once") {
  std::vector<std::uint32_t> lengths;
  for (std::uint64_t i = 0; i < 60; ++i)
    lengths.push_back(static_cast<std::uint32_t>(fake_length(i)));
  const SamplerPtr sampler = packed(lengths, {.row = 8, .window = 16}, 3);
  std::uint64_t tokens = 0, samples = 0;
  each_batch(
      60, 3, pack_rows(99, {.length = 8, .targets = true}),
      [&](const Batch& batch) {
        const auto ids = batch["input_ids"].as<std::int64_t>();
        const auto segments = batch["segment_ids"].as<std::int32_t>();
        const auto positions = batch["position_ids"].as<std::int64_t>();
        const auto targets = batch["targets"].as<std::int64_t>();
        const auto used = batch["lengths"].as<std::int64_t>();
        const auto rows = batch["sample_rows"].as<std::int64_t>();
        const auto numbers = batch["id"].as<std::uint64_t>();
        CHECK(rows.size() == numbers.size());
        CHECK(batch["input_ids"].shape == Shape{batch.rows(), 8});
        std::vector<std::size_t> at(batch.rows(), 0);
        std::vector<std::int32_t> segment(batch.rows(), 0);
        for (std::size_t k = 0; k < numbers.size(); ++k, ++samples) {
          const auto row = static_cast<std::size_t>(rows[k]);
          ++segment[row];
          const std::uint64_t length = fake_length(numbers[k]);
          for (std::uint64_t i = 0; i < length; ++i, ++tokens) {
            const std::size_t place = row * 8 + at[row] + i;
            CHECK(ids[place] == token(numbers[k], i));
            CHECK(segments[place] == segment[row]);
            CHECK(positions[place] == static_cast<std::int64_t>(i));
            CHECK(targets[place] == (i + 1 < length ? token(numbers[k], i + 1) : -100));
          }
          at[row] += length;
        }
        for (std::size_t row = 0; row < batch.rows(); ++row) {
          CHECK(used[row] == static_cast<std::int64_t>(at[row]));
          for (std::size_t i = at[row]; i < 8; ++i) {
            CHECK(ids[row * 8 + i] == 99);
            CHECK(segments[row * 8 + i] == 0);
            CHECK(targets[row * 8 + i] == -100);
          }
        }
      },
      sampler);
  std::uint64_t all = 0;
  for (const std::uint32_t length : lengths) all += length;
  CHECK(samples == 2 * 60);  // with no and with two threads
  CHECK(tokens == 2 * all);
}

TEST_CASE("a function of the whole batch makes what it likes, from samples with all their fields") {
  const auto collate = collate_function([](std::span<const Sample> samples, BatchBuilder& builder) {
    const auto out = builder.add("sums", DType::kInt64, {samples.size()});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      std::int64_t sum = static_cast<std::int64_t>(samples[i]["id"].scalar<std::uint64_t>());
      for (const std::uint16_t one : samples[i]["tokens"].as<std::uint16_t>()) sum += one;
      std::memcpy(out.data() + 8 * i, &sum, 8);
    }
  });
  each_batch(30, 4, collate, [](const Batch& batch) {
    const auto sums = batch["sums"].as<std::int64_t>();
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      const std::uint64_t sample = batch.samples()[row];
      auto expected = static_cast<std::int64_t>(sample);
      for (std::uint64_t i = 0; i < fake_length(sample); ++i) expected += token(sample, i);
      CHECK(sums[row] == expected);
    }
    CHECK(code_of([&] { (void)batch["tokens"]; }) == ErrorCode::kNotFound);
  });
}

TEST_CASE("a collate that suits no field is refused when the loader is made") {
  const auto refused = [](CollatePtr collate, SourcePtr from) {
    LoaderOptions options;
    options.collate = std::move(collate);
    return code_of([&] { Loader loader(from, options); }) == ErrorCode::kUsage;
  };
  const SourcePtr flat = std::make_shared<FakeSource>(10, FakeBehaviour{}, false);
  CHECK(refused(pad(0), flat));
  CHECK(refused(pad(0, {.field = "id"}), fake(10)));
  CHECK(refused(pad(0, {.field = "nothing"}), fake(10)));
  CHECK(refused(pad(0, {.widen = false, .targets = true}), fake(10)));
  CHECK(refused(pack_rows(0, {.field = "id", .length = 4}), fake(10)));
  CHECK(code_of([] { pack_rows(0, {}); }) == ErrorCode::kUsage);
}

TEST_CASE("a transform's randomness is the same for any number of threads and ranks") {
  std::vector<std::uint64_t> expected;
  for (const std::uint64_t world : {1, 2, 4}) {
    for (const unsigned threads : {0U, 3U}) {
      std::vector<std::uint64_t> got(64);
      for (std::uint64_t rank = 0; rank < world; ++rank) {
        LoaderOptions options{
            .batch_size = 8 / world, .shuffle = true, .seed = 4, .threads = threads};
        options.rank = rank;
        options.world = world;
        options.transform = {map_field("tokens", {"drawn", DType::kUint64, {}, Encoding::kArray},
                                       [](const Tensor&, const DrawKey& key, std::uint64_t number,
                                          const TransformOutput& out) {
                                         out.as<std::uint64_t>()[0] = Draw(key, number).next();
                                       })};
        Loader loader(fake(64), options);
        for (const Batch& batch : loader.epoch(1))
          for (std::size_t row = 0; row < batch.rows(); ++row)
            got[batch["id"].as<std::uint64_t>()[row]] = batch["drawn"].as<std::uint64_t>()[row];
      }
      if (expected.empty()) expected = got;
      CHECK(got == expected);
    }
  }
}

TEST_CASE("conversions keep every value, in every SIMD path") {
  const DType kTypes[] = {DType::kBool,  DType::kUint8,  DType::kInt8,  DType::kUint16,
                          DType::kInt16, DType::kUint32, DType::kInt32, DType::kUint64,
                          DType::kInt64, DType::kFloat32};
  std::vector<std::byte> source(8 * 100 + 1);
  for (std::size_t i = 0; i < source.size(); ++i)
    source[i] = static_cast<std::byte>(i * 89 + i / 7);
  const auto value = [](DType dtype, const std::byte* at) {
    return Tensor{"x", dtype, {}, Encoding::kArray, Bytes(at, dtype_size(dtype))}.label();
  };
  int pairs = 0;
  for (const DType from : kTypes) {
    for (const DType to : kTypes) {
      if (from == to || !can_convert(from, to)) continue;
      ++pairs;
      std::vector<std::byte> first;
      for (const Simd limit : {Simd::kBase, Simd::kAvx2, Simd::kAvx512}) {
        simd_limit() = limit;
        for (const std::size_t count : {0U, 1U, 7U, 100U}) {
          std::vector<std::byte> out(count * dtype_size(to));
          convert_elements(from, source.data() + 1, to, out.data(), count);
          for (std::size_t i = 0; i < count && to != DType::kUint64; ++i)
            REQUIRE(value(to, out.data() + i * dtype_size(to)) ==
                    value(from, source.data() + 1 + i * dtype_size(from)));
          if (count == 100 && first.empty()) first = out;
          if (count == 100) CHECK(out == first);
        }
      }
      simd_limit() = Simd::kAvx512;
    }
  }
  CHECK(pairs == 24);
  CHECK(!can_convert(DType::kFloat32, DType::kInt64));
  CHECK(!can_convert(DType::kInt8, DType::kUint64));
  CHECK(!can_convert(DType::kUint32, DType::kInt32));
}
