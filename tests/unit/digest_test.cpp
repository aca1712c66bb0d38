#include "dsprep/digest.h"

#include <doctest/doctest.h>

#include <vector>

using namespace dsprep;

TEST_CASE("the digest of two halves is the digest of the whole") {
  std::vector<Hash128> hashes;
  for (std::uint64_t i = 0; i < 100; ++i)
    hashes.push_back(xxh3_128(std::as_bytes(std::span(&i, 1))));
  Digest whole;
  for (const Hash128& hash : hashes) whole.append(hash);
  for (std::size_t cut = 0; cut <= hashes.size(); ++cut) {
    Digest left, right;
    for (std::size_t i = 0; i < hashes.size(); ++i) (i < cut ? left : right).append(hashes[i]);
    left.append(right);
    CHECK(left == whole);
  }
}

TEST_CASE("the digest sees order, repetition and length") {
  const Hash128 a{1, 2}, b{3, 4}, zero{};
  Digest ab, ba, aab, a_zero, only_a;
  ab.append(a), ab.append(b);
  ba.append(b), ba.append(a);
  aab.append(a), aab.append(a), aab.append(b);
  only_a.append(a);
  a_zero.append(zero), a_zero.append(a);
  CHECK(!(ab == ba));
  CHECK(!(ab == aab));
  CHECK(!(only_a == a_zero));
}

TEST_CASE("polynomial of two samples is s0*b + s1 modulo 2^127-1, as computed by hand in Python") {
  Digest digest;
  digest.append(Hash128{0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF});
  digest.append(Hash128{0x0123456789ABCDEF, 0xFEDCBA9876543210});
  CHECK(to_hex(digest.polynomial()) == "5bf4007a12d36d3a9f5abf2108f64a06");
}

TEST_CASE("the low half of XXH3-128 is XXH3-64 above 240 bytes") {
  std::vector<std::byte> bytes(5000);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(i * 131 + (i >> 3));
  for (std::size_t length = 0; length < bytes.size();
       length = length < 300 ? length + 1 : length * 2) {
    const Bytes part = Bytes(bytes).first(length);
    CAPTURE(length);
    CHECK(xxh3_64_from_128(xxh3_128(part), part) == xxh3_64(part));
  }
}
