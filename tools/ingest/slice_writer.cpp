#include "tools/ingest/slice_writer.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "formats/common/file.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostWaiting = 2;

// KEY:NUMBER and what is behind it; `text` keeps its memory from call to call.
void put_key(std::string& text, std::string_view key, std::uint64_t base, std::uint64_t line,
             std::string_view suffix = {}) {
  text.assign(key);
  if (line != 0) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, base + line).ptr;
    text.append(":").append(digits, end);
  }
  text.append(suffix);
}

}  // namespace

std::string reject_line(const Reject& reject, const std::string& path) {
  const nlohmann::ordered_json line = {
      {"path", path}, {"class", error_class_name(reject.code)}, {"reason", reject.reason}};
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

SliceWriter::SliceWriter(const BuildFolder& folder, const Plan& plan, std::size_t slice,
                         const WindowOptions* windows)
    : folder_(folder),
      plan_(plan),
      slice_(slice),
      packing_(windows != nullptr && windows->pack ? windows : nullptr) {
  if (windows != nullptr && !windows->pack) windows_.emplace(*windows, plan.schema.fields[0].dtype);
  lines_.start(plan.slices[slice].first_line);
  unit_.name = slice_unit(slice);
  unit_.record.plan = plan.id;
}

ShardWriter& SliceWriter::writer_for(std::uint32_t split) {
  auto& writer = writers_[split];
  if (writer) return *writer;
  const Slice& slice = plan_.slices[slice_];
  const bool by_content = slice.split == kSplitByContent;
  UnitShard shard{.name = {},
                  .split = split,
                  .part = by_content ? static_cast<std::uint32_t>(slice_) : slice.part,
                  .fragment = by_content && plan_.slices_a_shard[split] > 1,
                  .summary = {}};
  shard.name = (shard.fragment ? "fragment-" : "shard-") + plan_.splits[split] + "-" +
               std::to_string(shard.part);
  writer = create_shard(folder_.shards() / shard.name,
                        {.container = shard.fragment ? Container::kWds : plan_.container,
                         .schema = plan_.schema,
                         .split = plan_.splits[split],
                         .part = shard.part,
                         .plan = plan_.id,
                         .options = plan_.options});
  unit_.record.shards.push_back(std::move(shard));
  return *writer;
}

// A shard is begun with its first row, not with its first document.
Packer& SliceWriter::packer_for(std::uint32_t split) {
  const auto found = packers_.find(split);
  if (found != packers_.end()) return found->second;
  const auto writer = [this, split]() -> ShardWriter& { return writer_for(split); };
  return packers_.try_emplace(split, *packing_, plan_.schema.fields[0].dtype, writer).first->second;
}

void SliceWriter::append(const Batch& batch) {
  std::vector<std::uint64_t> bases;
  for (const Segment& segment : batch.segments) {
    bases.push_back(lines_.base(segment));
    lines_.advance(segment);
  }
  const std::size_t fields = packing_ != nullptr ? 1 : plan_.schema.fields.size();
  std::string key;
  for (std::size_t i = 0; i < batch.samples.size(); ++i) {
    const PreparedSample& sample = batch.samples[i];
    Record record{.key = sample.key,
                  .fields = std::span(batch.values).subspan(i * fields, fields),
                  .source = sample.source,
                  .ambiguous_stem = sample.ambiguous_stem};
    if (sample.line != 0 || !sample.suffix.empty()) {
      put_key(key, sample.key, bases[sample.segment], sample.line, sample.suffix);
      record.key = key;
    }
    if (packing_ != nullptr) {
      packer_for(sample.split)
          .add(record.key, record.fields[0].bytes, sample.source, sample.part == ValuePart::kMore);
    } else if (sample.part == ValuePart::kWhole) {
      writer_for(sample.split).append(record);
    } else {
      append_part(record, sample);
    }
  }
  append_rejects(batch, bases);
  unit_.record.left_out.add(batch.left_out);
  unit_.record.bytes += batch.bytes;
  unit_.record.inputs.append(batch.inputs);
  unit_.record.stats.append(batch.stats);
  unit_.record.pixels.add(batch.pixels);
}

void SliceWriter::append_part(const Record& record, const PreparedSample& sample) {
  const auto writer = [&]() -> ShardWriter& { return writer_for(sample.split); };
  const bool more = sample.part == ValuePart::kMore;
  if (windows_ && more) return windows_->add(record, writer);
  if (windows_) {
    unit_.record.left_out.ids += windows_->finish(record, writer);
  } else if (more) {
    writer().append_part(0, record.fields[0].bytes);
  } else {
    writer().append(record);
  }
}

void SliceWriter::append_rejects(const Batch& batch, const std::vector<std::uint64_t>& bases) {
  std::string path;
  for (const Reject& reject : batch.rejects) {
    const std::uint64_t base = reject.line == 0 ? 0 : bases[reject.segment];
    put_key(path, reject.path, base, reject.line);
    unit_.rejects += reject_line(reject, path);
    ++unit_.record.rejects;
  }
}

FinishedUnit SliceWriter::finish() {
  for (auto& [split, packer] : packers_) unit_.record.left_out.ids += packer.finish();
  for (UnitShard& shard : unit_.record.shards) {
    unit_.pending.push_back(writers_[shard.split]->finish());
    shard.summary = unit_.pending.back()->summary();
  }
  writers_.clear();
  return std::move(unit_);
}

Publisher::Publisher(const BuildFolder& folder) : folder_(folder), thread_([this] { run(); }) {}

Publisher::~Publisher() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

void Publisher::submit(FinishedUnit unit) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || waiting_.size() < kMostWaiting; });
  if (error_) std::rethrow_exception(error_);
  waiting_.push_back(std::move(unit));
  changed_.notify_all();
}

void Publisher::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return error_ || (waiting_.empty() && !busy_); });
  if (error_) std::rethrow_exception(error_);
}

void Publisher::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return;
    FinishedUnit unit = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    std::exception_ptr error;
    try {
      publish(unit);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    busy_ = false;
    error_ = error;
    changed_.notify_all();
    if (error_) return;
  }
}

// The record comes last: where it stands, everything that it names is on the disk.
void Publisher::publish(FinishedUnit& unit) const {
  for (const auto& pending : unit.pending) pending->publish();
  if (!unit.rejects.empty()) write_whole(folder_.rejects_file(unit.name), as_bytes(unit.rejects));
  if (!unit.counts.empty()) {
    write_whole(folder_.counts_file(unit.name), unit.counts);
    unit.record.counts = xxh3_128(unit.counts);
  }
  save_unit(folder_, unit.name, unit.record);
}

}  // namespace dsprep
