// Tokenizer files with texts and what the reference software made of them.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "dsprep/tokenizer.h"
#include "support/golden.h"

namespace dsprep::test {

inline std::vector<TokenId> ids_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  tokenizer.encode(text, ids);
  return ids;
}

/// Every text twice: the second time words are remembered. Then all of them at once.
inline void check_golden(const Tokenizer& tokenizer, const nlohmann::json& texts) {
  for (int round = 0; round < 2; ++round) {
    for (const nlohmann::json& expected : texts) {
      const auto text = expected.at("text").get<std::string>();
      CAPTURE(text);
      const std::vector<TokenId> ids = ids_of(tokenizer, text);
      CHECK(ids == expected.at("ids").get<std::vector<TokenId>>());
      CHECK(tokenizer.decode(ids) == expected.at("decoded").get<std::string>());
    }
  }
  std::vector<std::string> all;
  std::vector<TokenId> expected, ids;
  std::vector<std::size_t> expected_ends, ends;
  for (const nlohmann::json& entry : texts) {
    all.push_back(entry.at("text").get<std::string>());
    const auto more = entry.at("ids").get<std::vector<TokenId>>();
    expected.insert(expected.end(), more.begin(), more.end());
    expected_ends.push_back(expected.size());
  }
  tokenizer.encode_many(std::vector<std::string_view>(all.begin(), all.end()), ids, ends);
  CHECK(ids == expected);
  CHECK(ends == expected_ends);
}

}  // namespace dsprep::test
