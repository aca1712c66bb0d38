// Times one tokenizer on one text: MB (10^6 bytes) per second of CPU time on one thread for the
// first 4 MB, with nothing remembered yet, for all of it, and for all of it once more; and two
// threads on the text as a fraction of two that each encode all of it with a tokenizer of their
// own.
//   dsprep_bench_tokenize TOKENIZER TEXT [IDS]      IDS: where the ids go, as uint32
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <thread>

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

double wall_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// Parts that the tokenizer allows, of about 256 KiB.
std::vector<std::string_view> parts_of(const dsprep::Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    std::size_t cut = text.size() > 262'144 ? tokenizer.cut(text.substr(0, 262'144)) : 0;
    if (cut == 0) cut = text.size();
    parts.push_back(text.substr(0, cut));
    text.remove_prefix(cut);
  }
  return parts;
}

void compare_two_threads(const char* file, std::string_view text) {
  std::vector<double> ratios;
  for (int i = 0; i < 5; ++i) {
    const auto shared = dsprep::Tokenizer::load(file);
    const std::unique_ptr<dsprep::Tokenizer> own[] = {dsprep::Tokenizer::load(file),
                                                      dsprep::Tokenizer::load(file)};
    const auto parts = parts_of(*shared, text);
    double start = wall_seconds();
    shared->encode_batch(parts, 2);
    const double together = wall_seconds() - start;
    start = wall_seconds();
    {
      std::vector<std::jthread> threads;
      for (const auto& tokenizer : own)
        threads.emplace_back([&] { tokenizer->encode_batch(parts, 1); });
    }
    ratios.push_back((wall_seconds() - start) / 2 / together);
  }
  std::ranges::sort(ratios);
  std::printf("two threads: %.2f of two alone (median of 5)\n", ratios[2]);
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
    time_it(*fresh, "all once more", text, ids);
    compare_two_threads(argv[1], text);
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
