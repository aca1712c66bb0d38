#include "dsprep/error.h"
#include "lib/text/models.h"

namespace dsprep {

std::unique_ptr<Tokenizer> load_tiktoken(std::string_view /*bytes*/, const std::string& file,
                                         const TokenizerOptions& /*options*/) {
  throw Error(ErrorCode::kUnsupportedFormat, "tiktoken files are not supported yet",
              {.file = file});
}

}  // namespace dsprep
