// deliver_ids DIR OUT --workers N --batch N --rank R --world W [--state FILE] [--save-at STEP]:
// runs an epoch of a dataset of numbered samples (make_bench_data ids) as peers' resume.py runs the
// other loaders, and writes OUT: seconds to the first batch, rows of each step, and the ids, a line
// each. OUT.state is the checkpoint after STEP.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "dsprep/loader.h"

namespace {

using Options = std::map<std::string, std::string>;

std::uint64_t number(Options& options, const char* name) {
  return options[name].empty() ? 0 : std::stoull(options[name]);
}

std::string whole_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class Values>
void write_line(std::ofstream& out, const Values& values) {
  for (const auto& value : values) out << value << ' ';
  out << '\n';
}

void run(const char* directory, const std::string& out_path, Options options) {
  const auto begin = std::chrono::steady_clock::now();
  dsprep::LoaderOptions wanted{.batch_size = number(options, "--batch"),
                               .shuffle = true,
                               .seed = 1,
                               .threads = static_cast<unsigned>(number(options, "--workers"))};
  wanted.rank = number(options, "--rank");
  wanted.world = number(options, "--world");
  wanted.pad_last = true;
  dsprep::Loader loader(dsprep::Dataset::open(directory, "train"), wanted);
  std::uint64_t epoch = 0;
  if (!options["--state"].empty()) epoch = loader.resume(whole_file(options["--state"]));
  double first = 0;
  std::vector<std::uint64_t> rows, ids;
  for (const dsprep::Batch& batch : loader.epoch(epoch)) {
    if (rows.empty())
      first = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    rows.push_back(0);
    const dsprep::Bytes bytes = batch["x"].bytes;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      if (!batch.valid()[row]) continue;
      std::uint64_t id = 0;
      std::memcpy(&id, bytes.data() + row * bytes.size() / batch.rows(), sizeof id);
      ids.push_back(id);
      ++rows.back();
    }
    if (rows.size() == number(options, "--save-at"))
      std::ofstream(out_path + ".state") << loader.state();
  }
  std::ofstream out(out_path);
  out << first << '\n';
  write_line(out, rows);
  write_line(out, ids);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || argc % 2 == 0)
    return std::fprintf(stderr, "usage: deliver_ids DIR OUT [--option value]...\n"), 2;
  Options options;
  for (int i = 3; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  run(argv[1], argv[2], std::move(options));
  return 0;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
