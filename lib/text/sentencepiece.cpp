#include "dsprep/error.h"
#include "lib/text/models.h"
#include "lib/text/sentencepiece/tokenizer.h"

namespace dsprep {

std::unique_ptr<Tokenizer> load_sentencepiece(std::string_view bytes, const std::string& file,
                                              const TokenizerOptions& options) {
  refuse_pattern(options, file);
  return sentencepiece::make_tokenizer(bytes, file, options);
}

}  // namespace dsprep
