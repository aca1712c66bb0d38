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

/// Every text twice: the second time words are remembered.
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
}

}  // namespace dsprep::test
