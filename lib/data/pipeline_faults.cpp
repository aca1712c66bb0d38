// What becomes of faults: named, counted, or the end of the epoch.
#include <cstring>
#include <new>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/pipeline.h"

namespace dsprep {
namespace {

constexpr std::size_t kMostListed = 1000;

// Faults of a sample's content. Others (the disk, the caller) are no reason to skip it.
bool is_content(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kCorrupt:
    case ErrorCode::kTruncated:
    case ErrorCode::kEmptyFile:
    case ErrorCode::kNotAnImage:
    case ErrorCode::kUnsupportedFormat:
    case ErrorCode::kTooLarge:
    case ErrorCode::kBadRow:
    case ErrorCode::kBadEncoding:
      return true;
    default:
      return false;
  }
}

}  // namespace

void refuse_tensor_name(std::string_view name) {
  throw Error(ErrorCode::kUsage,
              "two tensors of a batch would be called '" + std::string(name) + "'",
              {.field = std::string(name)}, "give one another name, or leave it out by `fields`");
}

void Pipeline::settle(RingSlot& slot, std::size_t sample, std::exception_ptr fault,
                      Stage stage) const {
  const Error error = placed(std::move(fault), slot.samples[sample], stage);
  if (options_.on_bad_sample == OnBadSample::kThrow || !is_content(error.code())) throw error;
  reject(slot, sample, error);
}

// The row stays, zero and not valid: shapes and steps are the same on all ranks.
void Pipeline::reject(RingSlot& slot, std::size_t sample, const Error& error) const {
  for (std::size_t field = 0; field < fields_.size(); ++field) {
    const std::span<std::byte> out = place(slot, sample, field);
    if (!out.empty()) std::memset(out.data(), 0, out.size());
  }
  options_.collate->finish(sample, false, slot.shapes, BatchMemory(slot.layout, slot.spans));
  std::atomic_ref<std::uint8_t>(slot.valid[slot.valid_row(sample)])
      .store(0, std::memory_order_relaxed);
  const std::uint64_t count = rejected_.fetch_add(1) + 1;
  {
    const std::lock_guard lock(bad_mutex_);
    if (bad_.size() < kMostListed) bad_.push_back({slot.samples[sample], error.what()});
  }
  if (count <= options_.max_bad_samples) return;
  throw Error(ErrorCode::kRejected,
              std::to_string(count) +
                  " bad samples, more than max_bad_samples; the last one: " + error.what(),
              error.where(), "look at bad_samples(), and run `dsprep verify`");
}

// Every fault leaves a thread as an Error that names the sample.
Error Pipeline::placed(std::exception_ptr fault, std::uint64_t sample, Stage stage) const {
  const auto name = [&] { return " (sample " + std::to_string(sample) + " of the loader)"; };
  try {
    std::rethrow_exception(fault);
  } catch (const Error& error) {
    Where where = error.where();
    if (!where.sample) where.sample = sample;
    return Error(error.code(), error.message() + name(), std::move(where), error.remedy());
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kIo, "no memory for the " + std::string(stage_name(stage)) + name(),
                 {.sample = sample});
  } catch (const std::exception& other) {
    return Error(ErrorCode::kInternal,
                 "the " + std::string(stage_name(stage)) + " threw: " + other.what() + name(),
                 {.sample = sample});
  } catch (...) {
    return Error(ErrorCode::kInternal,
                 "the " + std::string(stage_name(stage)) + " threw no std::exception" + name(),
                 {.sample = sample});
  }
}

std::vector<BadSample> Pipeline::bad_samples() const {
  const std::lock_guard lock(bad_mutex_);
  return bad_;
}

}  // namespace dsprep
