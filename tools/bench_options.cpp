#include "tools/bench_options.h"

#include <time.h>

#include <algorithm>
#include <set>

#include "dsprep/augment.h"
#include "dsprep/columns.h"
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

std::string sequence_of(const Source& from) {
  for (const Field& field : from.schema().fields)
    if (field.ragged() && field.encoding == Encoding::kArray) return field.name;
  throw Error(ErrorCode::kUsage, "--pad: no field is a ragged array");
}

void set_padding(const BenchSetting& setting, const Dataset& data, BenchInput& input,
                 bool for_device) {
  if (setting.pad.empty()) return;
  std::uint64_t length = 0;
  const bool bucket = setting.pad == "bucket";
  if (!bucket && setting.pad != "longest") length = number("pad", setting.pad, 1, 1 << 24);
  const std::string field = sequence_of(*input.from);
  if (for_device)
    input.transforms.push_back(cuda::TokenOptions{.field = field, .length = length});
  else
    input.options.collate = pad(0, {.length = length});
  if (!bucket) return;
  input.options.shuffle = false;
  input.options.sampler =
      bucketed(lengths(data, field), {.batch = setting.batch * setting.world}, kSeed);
}

std::string raw_picture_of(const Source& from) {
  std::string name = NormalizeOptions{}.field;
  for (const Field& field : from.schema().fields)
    if (field.dtype == DType::kUint8 && !field.ragged() && field.shape.size() >= 2)
      name = field.name;
  return name;
}

// Only what a training step would look at: without --pad the text that windows are not made of.
void set_transforms(const BenchSetting& setting, BenchInput& input, bool for_device) {
  std::vector<TransformPtr>& host = input.options.transform;
  if (setting.crop != 0) {
    AugmentOptions crop{.width = static_cast<std::uint32_t>(setting.crop),
                        .height = static_cast<std::uint32_t>(setting.crop)};
    if (!setting.normalize || for_device) crop.layout = PixelLayout::kByteHwc;
    host.push_back(augment(crop));
  }
  if (setting.window != 0 && for_device)
    input.transforms.push_back(cuda::TokenOptions{.shift = true});
  if (setting.window != 0 && !for_device) host.push_back(next_token());
  if (!setting.normalize) return;
  if (for_device) {
    const std::string field = setting.crop != 0 ? "image" : raw_picture_of(*input.from);
    input.transforms.push_back(cuda::PixelOptions{.field = field});
  } else if (setting.crop == 0) {
    host.push_back(normalize({.field = raw_picture_of(*input.from)}));
  }
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

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

BenchInput bench_input(const std::string& directory, const std::string& split,
                       const BenchSetting& setting, bool for_device) {
  const Dataset data =
      Dataset::open(directory, split, {.verify = setting.verify, .io = setting.io});
  BenchInput input{
      .from = setting.window == 0 ? source(data) : token_windows(data, {.length = setting.window}),
      .options = {.batch_size = setting.batch,
                  .shuffle = setting.shuffle,
                  .seed = kSeed,
                  .threads = setting.threads,
                  .prefetch = setting.prefetch}};
  set_transforms(setting, input, for_device);
  set_padding(setting, data, input, for_device);
  return input;
}

BenchResult run_loader(const std::string& directory, const std::string& split,
                       const BenchSetting& setting, const std::string& trace) {
  BenchInput input = bench_input(directory, split, setting, false);
  input.options.trace = !trace.empty();
  Loader loader(input.from, input.options);
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
