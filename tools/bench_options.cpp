#include "tools/bench_options.h"

#include <time.h>

#include <algorithm>
#include <set>

#include "dsprep/augment.h"
#include "dsprep/error.h"
#include "formats/common/text.h"
#include "tools/timing.h"

namespace dsprep {
namespace {

constexpr std::uint64_t kSeed = 0;

std::uint64_t number(const std::string& name, const std::string& value, std::uint64_t least,
                     std::uint64_t most) {
  const auto parsed = parse_u64(value);
  if (parsed && *parsed >= least && *parsed <= most) return *parsed;
  throw Error(ErrorCode::kUsage, "--" + name + " must be from " + std::to_string(least) + " to " +
                                     std::to_string(most));
}

template <class T>
T choice(const std::string& name, const std::string& value,
         const std::map<std::string, T>& allowed) {
  const auto found = allowed.find(value);
  if (found != allowed.end()) return found->second;
  std::string known;
  for (const auto& entry : allowed) known += (known.empty() ? "" : ", ") + entry.first;
  throw Error(ErrorCode::kUsage, "--" + name + " must be one of: " + known);
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::vector<std::uint32_t> lengths_of(const Source& from, const std::string& name) {
  const std::size_t field = from.schema().index_of(name);
  const auto reader = from.reader();
  std::vector<std::uint32_t> lengths(from.size());
  for (std::uint64_t i = 0; i < lengths.size(); ++i)
    lengths[i] = static_cast<std::uint32_t>(reader->shape(i, field)[0]);
  return lengths;
}

void set_padding(const BenchSetting& setting, const Source& from, LoaderOptions& options) {
  if (setting.pad.empty()) return;
  PadOptions padding;
  const bool bucket = setting.pad == "bucket";
  if (!bucket && setting.pad != "longest") padding.length = number("pad", setting.pad, 1, 1 << 24);
  options.collate = pad(0, padding);
  if (!bucket) return;
  for (const Field& field : from.schema().fields) {
    if (!field.ragged() || field.encoding != Encoding::kArray) continue;
    options.shuffle = false;
    options.sampler =
        bucketed(lengths_of(from, field.name), {.batch = setting.batch * setting.world}, kSeed);
    return;
  }
  throw Error(ErrorCode::kUsage, "--pad bucket: no field is a ragged array");
}

// Only what a training step would look at: without --pad the text that windows are not made of.
void set_transforms(const BenchSetting& setting, const Source& from, LoaderOptions& options) {
  if (setting.crop != 0) {
    AugmentOptions crop{.width = static_cast<std::uint32_t>(setting.crop),
                        .height = static_cast<std::uint32_t>(setting.crop)};
    if (!setting.normalize) crop.layout = PixelLayout::kByteHwc;
    options.transform.push_back(augment(crop));
  }
  if (setting.window != 0) options.transform.push_back(next_token());
  if (!setting.normalize || setting.crop != 0) return;
  NormalizeOptions normalizing;
  for (const Field& field : from.schema().fields) {
    if (field.dtype == DType::kUint8 && !field.ragged() && field.shape.size() >= 2)
      normalizing.field = field.name;
  }
  options.transform.push_back(normalize(normalizing));
}

}  // namespace

void BenchSetting::set(const std::string& name, const std::string& value) {
  if (name == "batch")
    batch = number(name, value, 1, 1 << 20);
  else if (name == "threads")
    threads = static_cast<unsigned>(number(name, value, 0, 1024));
  else if (name == "prefetch")
    prefetch = static_cast<unsigned>(number(name, value, 1, 1024));
  else if (name == "epochs")
    epochs = number(name, value, 1, 1 << 20);
  else if (name == "crop")
    crop = number(name, value, 1, 1 << 14);
  else if (name == "window")
    window = number(name, value, 1, 1 << 24);
  else if (name == "pad")
    pad = value;
  else if (name == "verify")
    verify = choice<Verify>(
        name, value,
        {{"first", Verify::kFirst}, {"always", Verify::kAlways}, {"never", Verify::kNever}});
  else if (name == "io")
    io = choice<Io>(name, value, {{"auto", Io::kAuto}, {"mmap", Io::kMmap}, {"pread", Io::kPread}});
  else
    throw Error(ErrorCode::kUsage, "--sweep cannot change '" + name + "'", {},
                "it can: batch, threads, prefetch, pad, verify, io, container");
}

void add_bench_options(po::options_description& options) {
  options.add_options()("split", po::value<std::string>()->default_value("train")->value_name("S"),
                        "the split")(
      "batch", po::value<std::string>()->default_value("64")->value_name("N"), "rows of a batch")(
      "threads", po::value<std::string>()->default_value("1")->value_name("N"),
      "threads of the loader; 0: the caller reads")(
      "prefetch", po::value<std::string>()->default_value("4")->value_name("N"),
      "batches made ahead")("shuffle", po::bool_switch(), "in shuffled order")(
      "normalize", po::bool_switch(), "raw pixels to normalised float32 CHW")(
      "crop", po::value<std::string>()->value_name("N"), "random resized crop, N x N")(
      "window", po::value<std::string>()->value_name("N"),
      "windows of N tokens and their targets, int64")(
      "pad", po::value<std::string>()->value_name("longest|N|bucket"),
      "sequences as int64 rows of one length, with masks; bucket: like lengths together")(
      "epochs", po::value<std::string>()->default_value("1")->value_name("N"),
      "how often the split is read; with more than one the first is left out of the time")(
      "verify", po::value<std::string>()->default_value("first")->value_name("first|always|never"),
      "when checksums are compared")(
      "io", po::value<std::string>()->default_value("auto")->value_name("auto|mmap|pread"),
      "how bytes are read");
}

BenchSetting bench_setting(const ParsedOptions& options) {
  BenchSetting setting;
  for (const char* name :
       {"batch", "threads", "prefetch", "epochs", "crop", "window", "pad", "verify", "io"}) {
    if (options.values().count(name) != 0) setting.set(name, options.text(name));
  }
  setting.shuffle = options.flag("shuffle");
  setting.normalize = options.flag("normalize");
  return setting;
}

BenchResult run_loader(const std::string& directory, const std::string& split,
                       const BenchSetting& setting, const std::string& trace) {
  const Dataset data =
      Dataset::open(directory, split, {.verify = setting.verify, .io = setting.io});
  const SourcePtr from =
      setting.window == 0 ? source(data) : token_windows(data, {.length = setting.window});
  LoaderOptions options{.batch_size = setting.batch,
                        .shuffle = setting.shuffle,
                        .seed = kSeed,
                        .threads = setting.threads,
                        .prefetch = setting.prefetch};
  options.trace = !trace.empty();
  set_transforms(setting, *from, options);
  set_padding(setting, *from, options);
  Loader loader(from, options);
  BenchResult result;
  Stopwatch watch;
  double cpu = cpu_seconds();
  for (std::uint64_t epoch = 0; epoch < setting.epochs; ++epoch) {
    if (epoch == 1) {
      result = {.first_seconds = watch.seconds()};
      watch = Stopwatch();
      cpu = cpu_seconds();
    }
    for (const Batch& batch : loader.epoch(epoch)) {
      result.samples += batch.samples().size();
      ++result.batches;
      for (const Tensor& tensor : batch.tensors()) result.bytes += tensor.bytes.size();
    }
  }
  result.seconds = watch.seconds();
  result.cpu_seconds = cpu_seconds() - cpu;
  if (setting.epochs == 1) result.first_seconds = result.seconds;
  result.counters = loader.counters();
  result.memory_bytes = loader.memory_bytes();
  if (!trace.empty()) loader.write_trace(trace);
  return result;
}

}  // namespace dsprep
