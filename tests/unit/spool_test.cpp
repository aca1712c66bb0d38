#include "formats/common/spool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "support/scratch.h"

using namespace dsprep;
using test::Scratch;

namespace {

std::vector<std::byte> some_bytes(std::size_t count) {
  std::mt19937 random(3);
  std::vector<std::byte> bytes(count);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
  return bytes;
}

void check_spool(Spool spool, std::size_t count) {
  const std::vector<std::byte> all = some_bytes(count);
  for (std::size_t at = 0; at < count;) {
    const std::size_t step = std::min<std::size_t>(count - at, 1 + at % 4099);
    spool.append(Bytes(all).subspan(at, step));
    at += step;
  }
  CHECK(spool.size() == count);
  for (int times = 0; times < 2; ++times) {
    std::vector<std::byte> read;
    spool.read([&](Bytes bytes) { read.insert(read.end(), bytes.begin(), bytes.end()); });
    CHECK(std::ranges::equal(read, all));
  }
  SpoolReader reader(spool);
  bool same = true;
  for (std::size_t at = 0, step = 0; at < count; at += step) {
    step = std::min<std::size_t>(count - at, at % 7 == 0 ? 600'000 : 1 + at % 4099);
    same = same && std::ranges::equal(reader.next(step), Bytes(all).subspan(at, step));
  }
  CHECK(same);
}

}  // namespace

TEST_CASE("a spool gives back its bytes in their order, few or many") {
  const Scratch scratch;
  for (const std::size_t count :
       {std::size_t{0}, std::size_t{5}, Spool::kMost, 3 * Spool::kMost + 17}) {
    CAPTURE(count);
    check_spool(Spool(), count);
    check_spool(Spool(scratch / "shard"), count);
  }
}

TEST_CASE("a spool's file has no name, and its memory is bounded") {
  const Scratch scratch;
  Spool spool(scratch / "shard");
  const std::vector<std::byte> bytes = some_bytes(Spool::kMost);
  for (int i = 0; i < 4; ++i) spool.append(bytes);
  CHECK(std::filesystem::is_empty(scratch / ""));
}
