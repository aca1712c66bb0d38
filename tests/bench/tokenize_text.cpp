// Times one tokenizer on one text, on one thread: MB (10^6 bytes) per second of CPU time for the
// first 4 MB, with nothing remembered yet, and for all of it.
//   dsprep_bench_tokenize TOKENIZER TEXT [IDS]      IDS: where the ids go, as uint32
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "dsprep/error.h"
#include "dsprep/tokenizer.h"
#include "formats/common/file.h"

namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void time_it(const dsprep::Tokenizer& tokenizer, const char* what, std::string_view text,
             std::vector<dsprep::TokenId>& ids) {
  ids.clear();
  const double start = cpu_seconds();
  tokenizer.encode(text, ids);
  const double seconds = std::max(cpu_seconds() - start, 1e-6);
  std::printf("%s: %.1f MB/s, %zu ids\n", what, static_cast<double>(text.size()) / 1e6 / seconds,
              ids.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    const double start = cpu_seconds();
    const auto cold = dsprep::Tokenizer::load(argv[1]);
    std::printf("load: %.3f s\n", cpu_seconds() - start);
    const auto fresh = dsprep::Tokenizer::load(argv[1]);
    const std::string text = dsprep::read_text(argv[2]);
    std::vector<dsprep::TokenId> ids;
    std::size_t head = std::min<std::size_t>(text.size(), 4'000'000);
    while (head < text.size() && (static_cast<unsigned char>(text[head]) & 0xC0) == 0x80) ++head;
    time_it(*cold, "first 4 MB", std::string_view(text).substr(0, head), ids);
    time_it(*fresh, "all", text, ids);
    if (argc > 3) {
      std::ofstream(argv[3], std::ios::binary)
          .write(reinterpret_cast<const char*>(ids.data()),
                 static_cast<std::streamsize>(ids.size() * sizeof(ids[0])));
    }
  } catch (const dsprep::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
