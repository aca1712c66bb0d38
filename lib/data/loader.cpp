#include "dsprep/loader.h"

#include <algorithm>
#include <utility>

#include "dsprep/error.h"
#include "lib/data/ring.h"

namespace dsprep {
namespace {

void check_accumulation(std::uint64_t batches) {
  if (batches == 0)
    throw Error(ErrorCode::kUsage, "a step of the optimizer needs a batch at least");
}

}  // namespace

LoaderOptions LoaderOptions::train(std::uint64_t batch_size, std::uint64_t seed) {
  return {.batch_size = batch_size, .shuffle = true, .seed = seed, .drop_last = true};
}

LoaderOptions LoaderOptions::eval(std::uint64_t batch_size) {
  LoaderOptions options{.batch_size = batch_size};
  options.pad_last = true;
  return options;
}

std::string LoaderCounters::bottleneck() const {
  // Threads that wait for slots longer than the caller for batches: the caller is the slow one.
  if (wait_consumer_ns > wait_data_ns) return "consumer";
  const std::pair<std::uint64_t, const char*> stages[] = {
      {plan_ns, "plan"}, {read_ns, "read"}, {transform_ns, "transform"}, {collate_ns, "collate"}};
  return std::ranges::max_element(stages, {}, &std::pair<std::uint64_t, const char*>::first)
      ->second;
}

BatchRef::BatchRef(std::shared_ptr<Ring> ring, RingSlot* slot) noexcept
    : ring_(std::move(ring)), slot_(slot) {
  ring_->retain(*slot_);
}
BatchRef::BatchRef(const BatchRef& other) noexcept : ring_(other.ring_), slot_(other.slot_) {
  if (slot_) ring_->retain(*slot_);
}
BatchRef::BatchRef(BatchRef&& other) noexcept
    : ring_(std::move(other.ring_)), slot_(std::exchange(other.slot_, nullptr)) {}
BatchRef& BatchRef::operator=(BatchRef other) noexcept {
  std::swap(ring_, other.ring_);
  std::swap(slot_, other.slot_);
  return *this;
}
BatchRef::~BatchRef() {
  if (slot_) ring_->release(*slot_);
}

std::shared_ptr<const void> RingSlot::share() {
  return std::make_shared<const BatchRef>(ring->shared_from_this(), this);
}

std::span<const Tensor> Batch::tensors() const noexcept { return ref_.slot()->tensors; }
std::size_t Batch::rows() const noexcept { return ref_.slot()->valid.size(); }
std::span<const std::uint8_t> Batch::valid() const noexcept { return ref_.slot()->valid; }
std::span<const std::uint64_t> Batch::samples() const noexcept { return ref_.slot()->row_samples; }
std::uint64_t Batch::epoch() const noexcept { return ref_.slot()->epoch; }
std::uint64_t Batch::step() const noexcept { return ref_.slot()->step; }
std::size_t Batch::slot() const noexcept { return ref_.slot()->index; }
const Tensor& Batch::operator[](std::string_view name) const {
  return named_tensor(tensors(), name);
}

Epoch::~Epoch() {
  if (ring_) ring_->cancel(run_);
}
std::optional<Batch> Epoch::next() { return ring_->next(run_); }
std::uint64_t Epoch::steps() const noexcept { return ring_->steps(run_); }

Loader::Loader(Dataset data, LoaderOptions options)
    : Loader(source(std::move(data)), std::move(options)) {}
Loader::Loader(SourcePtr from, LoaderOptions options)
    : ring_(std::make_shared<Ring>(std::move(from), std::move(options))) {}
Loader::Loader(Loader&&) noexcept = default;
Loader::~Loader() {
  if (ring_) ring_->stop();
}

Epoch Loader::epoch(std::uint64_t epoch) { return {ring_, ring_->start(epoch)}; }
std::uint64_t Loader::steps_per_epoch() const {
  const Pipeline& pipeline = ring_->pipeline();
  return Share(pipeline.topology(), pipeline.sampler().rows(), 0).steps();
}
std::uint64_t Loader::effective_batch_size(std::uint64_t accumulation) const {
  const Pipeline& pipeline = ring_->pipeline();
  const Share share(pipeline.topology(), pipeline.sampler().rows(), 0);
  check_accumulation(accumulation);
  std::uint64_t rows = 0;
  if (__builtin_mul_overflow(share.global_batch(), accumulation, &rows))
    throw Error(ErrorCode::kUsage, "batch size times world times accumulation is over 64 bits");
  return rows;
}
std::uint64_t Loader::optimizer_steps_per_epoch(std::uint64_t accumulation) const {
  check_accumulation(accumulation);
  const std::uint64_t steps = steps_per_epoch();
  return steps / accumulation + (steps % accumulation != 0 ? 1 : 0);
}
const std::vector<Field>& Loader::fields() const noexcept { return ring_->pipeline().fields(); }
std::string Loader::state() const { return ring_->state(); }
std::uint64_t Loader::resume(std::string_view state) { return ring_->resume(state); }
LoaderCounters Loader::counters() const { return ring_->counters(); }
std::vector<BadSample> Loader::bad_samples() const { return ring_->pipeline().bad_samples(); }
std::string Loader::status() const { return ring_->status(); }
std::uint64_t Loader::memory_bytes() const { return ring_->memory_bytes(); }
void Loader::write_trace(const std::filesystem::path& file) { ring_->write_trace(file); }

}  // namespace dsprep
