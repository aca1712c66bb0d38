#include "lib/text/utf8.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "lib/text/utf8_simd.h"
#include "support/errors.h"

using namespace dsprep;

namespace {

// Expected: what Python's bytes.decode("utf-8") reports (UnicodeDecodeError.start) and what
// errors="replace" gives.
struct Case {
  std::string_view bytes;
  std::size_t bad;
  std::string_view replaced;
};
const Case kCases[] = {
    {"", 0, ""},
    {"plain", 5, "plain"},
    {"\xC3\xA9", 2, "\xC3\xA9"},
    {"a\x80z", 1, "a\uFFFDz"},
    {"\xC0\xAF", 0, "\uFFFD\uFFFD"},
    {"\xE0\x80\xAF", 0, "\uFFFD\uFFFD\uFFFD"},
    {"ab\xE2\x82", 2, "ab\uFFFD"},
    {"ab\xE2\x82x", 2, "ab\uFFFDx"},
    {"\xED\xA0\x80", 0, "\uFFFD\uFFFD\uFFFD"},
    {"\xF0\x80\x80\x80", 0, "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"\xF0\x9F\x98", 0, "\uFFFD"},
    {"\xF0\x9F\x98\xF0\x9F\x98\x80", 0, "\uFFFD\U0001F600"},
    {"\xF4\x8F\xBF\xBF", 4, "\U0010FFFF"},
    {"\xF4\x90\x80\x80", 0, "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"\xF5\x80", 0, "\uFFFD\uFFFD"},
    {"\xFF\xFE!", 0, "\uFFFD\uFFFD!"},
    {"\xC3\xC3\xA9", 0, "\uFFFD\xC3\xA9"},
};

}  // namespace

TEST_CASE("invalid bytes are found and replaced where Python finds and replaces them") {
  for (const Case& c : kCases) {
    // At every place in and between the vectors.
    for (const std::size_t before : {0, 1, 29, 30, 31, 32, 33, 61, 64}) {
      const std::string front(before, 'x');
      const std::string text =
          front + std::string(c.bytes) + (before % 2 == 0 ? "" : std::string(40, 'y'));
      const std::string tail = before % 2 == 0 ? "" : std::string(40, 'y');
      CAPTURE(text);
      const bool good = c.bad == c.bytes.size();
      CHECK(first_invalid_utf8(text) == (good ? text.size() : before + c.bad));
      CHECK(replace_invalid_utf8(text) == front + std::string(c.replaced) + tail);
    }
  }
}

TEST_CASE("what vectors take for valid is valid, and ends with a character") {
  std::mt19937 random(4);
  static constexpr std::string_view kParts[] = {"a", "\xC3\xA9", "\xE6\xBC\xA2", "\xF0\x9F\x98\x80",
                                                "bcdefgh"};
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    while (text.size() < 150) text += kParts[random() % std::size(kParts)];
    const std::string valid = text;
    if (i % 4 != 0) text[random() % text.size()] = static_cast<char>(random());
    const std::string_view prefix = std::string_view(text).substr(0, valid_utf8_prefix(text));
    // Byte by byte, so that no vector is used.
    std::size_t slow = 0;
    while (slow < text.size()) {
      std::size_t n = 1;
      while (n <= 4 && first_invalid_utf8(text.substr(slow, n)) != n) ++n;
      if (n > 4) break;
      slow += n;
    }
    CAPTURE(text);
    CHECK(first_invalid_utf8(text) == slow);
    CHECK(prefix.size() <= slow);
    CHECK(first_invalid_utf8(prefix) == prefix.size());
    CHECK(first_invalid_utf8(valid) == valid.size());
  }
}

TEST_CASE("the error names the byte") {
  try {
    require_valid_utf8("ab\xFF", 100);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::kBadEncoding);
    CHECK(error.where().offset == 102);
  }
}
