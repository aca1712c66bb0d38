// libFuzzer: any text is a schema, a tokenizer file, sealed JSON or an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dsprep/error.h"
#include "dsprep/schema.h"
#include "dsprep/tokenizer.h"
#include "formats/common/sealed_json.h"

namespace {

template <class Parse>
void expect_error_or_value(Parse parse) {
  try {
    parse();
  } catch (const dsprep::Error& error) {
    if (error.code() == dsprep::ErrorCode::kInternal) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  expect_error_or_value([&] { (void)dsprep::schema_from_json(text); });
  expect_error_or_value([&] { (void)dsprep::load_tokenizer(text, "tokenizer.json"); });
  expect_error_or_value([&] { (void)dsprep::unseal(text, {}); });
  return 0;
}
