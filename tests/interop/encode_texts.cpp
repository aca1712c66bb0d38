// What dsprep makes of texts, for tokenize_test.py to compare.
//   dsprep_encode_texts TOKENIZER < JSON strings, one a line > {"ids": …, "marks":
//   [front, back], "text": …} or {"error": …}
#include <iostream>
#include <nlohmann/json.hpp>

#include "dsprep/error.h"
#include "dsprep/tokenizer.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const auto tokenizer = dsprep::Tokenizer::load(argv[1]);
    const dsprep::TextMarks marks = tokenizer->marks();
    for (std::string line; std::getline(std::cin, line);) {
      nlohmann::json answer;
      try {
        std::vector<dsprep::TokenId> ids;
        tokenizer->encode(nlohmann::json::parse(line).get<std::string>(), ids);
        answer["ids"] = ids;
        answer["marks"] = {marks.front, marks.back};
        answer["text"] = tokenizer->decode(ids);
      } catch (const dsprep::Error& error) {
        answer["error"] = error.what();
      }
      std::cout << answer.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << '\n';
    }
  } catch (const dsprep::Error& error) {
    std::cout << nlohmann::json({{"refused", error.what()}}).dump() << '\n';
  }
  return 0;
}
