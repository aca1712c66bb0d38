// What a ring says of itself: its checkpoint, counters, memory, trace, and what its threads do.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dsprep/checksum.h"
#include "dsprep/error.h"
#include "formats/common/file.h"
#include "lib/data/ring.h"

namespace dsprep {
namespace {

constexpr int kStateVersion = 1;  // of the order, too: a change of what a seed means raises it

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kUsage, "the checkpoint does not fit: " + what);
}

// Sources and samplers that a program derives itself may say more than there is room for.
std::string bounded(std::string text, std::size_t most) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (plain && nlohmann::json(text).dump().size() <= most) return text;
  return "xxh3-128:" + to_hex(xxh3_128(as_bytes(text)));
}

}  // namespace

// Asked once: a sampler may have to hash a list of all samples for it, and a checkpoint may be
// wanted after every batch.
const Ring::Identity& Ring::identity() const {
  if (!identity_)
    identity_ = {.data = bounded(pipeline_.source().id(), 300),
                 .sampler = bounded(pipeline_.sampler().describe(), 500)};
  return *identity_;
}

std::string Ring::state() const {
  const std::lock_guard lock(mutex_);
  const Pipeline& from = pipeline_;
  const Mark mark = resume_ ? *resume_ : taken_;
  return nlohmann::json({{"version", kStateVersion},
                         {"data", identity().data},
                         {"samples", from.source().size()},
                         {"sampler", identity().sampler},
                         {"seed", from.options().seed},
                         {"epoch", mark.epoch},
                         {"position", mark.position}})
      .dump();
}

std::uint64_t Ring::resume(std::string_view state) {
  Lock lock(mutex_);
  const nlohmann::json json = nlohmann::json::parse(state, nullptr, false);
  if (!json.is_object()) refuse("it is no JSON object");
  const auto check = [&json](const char* name, const nlohmann::json& expected) {
    if (!json.contains(name)) refuse(std::string("it has no ") + name);
    if (json[name] != expected)
      refuse(std::string(name) + " is " + json[name].dump() + ", here it is " + expected.dump());
  };
  check("version", kStateVersion);
  check("data", identity().data);
  check("samples", pipeline_.source().size());
  check("sampler", identity().sampler);
  check("seed", pipeline_.options().seed);
  for (const char* name : {"epoch", "position"})
    if (!json.contains(name) || !json[name].is_number_unsigned())
      refuse(std::string("its ") + name + " is no number");
  const Mark mark{json["epoch"], json["position"]};
  if (mark.position > pipeline_.sampler().rows()) refuse("its position is behind the epoch's end");
  end_run();
  resume_ = mark;
  return mark.epoch;
}

LoaderCounters Ring::counters() const {
  LoaderCounters out;
  {
    const std::lock_guard lock(mutex_);
    out = counters_;
  }
  const auto sum = [this](Stage stage) {
    std::uint64_t all = 0;
    for (const Lane& lane : lanes_)
      all += lane.spent[static_cast<std::size_t>(stage)].load(std::memory_order_relaxed);
    return all;
  };
  out.plan_ns = sum(Stage::kPlan);
  out.read_ns = sum(Stage::kRead);
  out.transform_ns = sum(Stage::kTransform);
  out.collate_ns = sum(Stage::kCollate);
  out.rejected = pipeline_.rejected();
  return out;
}

std::uint64_t Ring::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  return slots_.memory_bytes();
}

void Ring::throw_timeout() const {
  throw Error(
      ErrorCode::kIo,
      "no batch within " + std::to_string(pipeline_.options().timeout.count()) + " ms; " + status(),
      {}, "a batch may still come: call next() again, or raise timeout");
}

std::string Ring::status() const {
  std::string text;
  const std::uint64_t now = now_ns();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const Lane& lane = lanes_[i];
    const Stage stage = lane.stage.load(std::memory_order_relaxed);
    if (i + 1 == lanes_.size() && stage == Stage::kIdle) continue;
    if (!text.empty()) text += ", ";
    text += "thread " + std::to_string(i) + ": " + stage_name(stage);
    if (stage == Stage::kIdle) continue;
    const std::uint64_t since = lane.since.load(std::memory_order_relaxed);
    text += " of sample " + std::to_string(lane.sample.load(std::memory_order_relaxed)) + " for " +
            std::to_string((now - std::min(now, since)) / 1'000'000) + " ms";
  }
  return text;
}

// The Trace Event Format's complete events ("ph": "X", microseconds), a line each.
void Ring::write_trace(const std::filesystem::path& file) {
  Lock lock(mutex_);
  end_run();  // events belong to their threads until those are quiet
  wait_quiet(lock);
  std::uint64_t begin = ~std::uint64_t{0};
  for (const Lane& lane : lanes_)
    if (!lane.events.empty()) begin = std::min(begin, lane.events.front().begin);
  std::string text = "[\n";
  std::size_t written = 0;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    for (const TraceEvent& event : lanes_[i].events) {
      ++written;
      char line[200];
      std::snprintf(
          line, sizeof line,
          "%s{\"name\":\"%s\",\"ph\":\"X\",\"pid\":1,\"tid\":%zu,\"ts\":%.3f,\"dur\":%.3f,"
          "\"args\":{\"%s\":%llu}}",
          written == 1 ? "" : ",\n", stage_name(event.stage), i,
          static_cast<double>(event.begin - begin) / 1e3,
          static_cast<double>(event.end - event.begin) / 1e3,
          event.stage == Stage::kPlan ? "step" : "sample",
          static_cast<unsigned long long>(event.what));
      text += line;
    }
  }
  text += "\n]\n";
  write_whole(file, as_bytes(text));
}

}  // namespace dsprep
