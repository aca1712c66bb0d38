#include <nlohmann/json.hpp>

#include "lib/text/models.h"

namespace dsprep {

std::unique_ptr<Tokenizer> make_byte_level_bpe(const nlohmann::json& /*json*/,
                                               const std::string& /*file*/,
                                               const TokenizerOptions& /*options*/) {
  return nullptr;
}

}  // namespace dsprep
