// Standin: a device made of this machine's memory and threads, with the order of events that CUDA
// promises and no more. What a stream may do late, it does late; memory that is used behind its end
// or after it was freed is a fault. Members may be called by any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/gpu/device.h"
#include "lib/gpu/standin_streams.h"

namespace dsprep::cuda {

class Standin : public Device {
 public:
  explicit Standin(const StandinOptions& options);
  ~Standin() override;
  Standin(const Standin&) = delete;

  /// What a kernel of the consumer does: runs when the stream comes to it.
  void enqueue(Stream stream, std::function<void()> work) {
    streams_->enqueue(stream, std::move(work));
  }
  /// Waits until the stream has done all it was given.
  void synchronize(Stream stream) { streams_->synchronize(stream); }
  /// What went wrong inside of streams; empty: nothing.
  std::vector<std::string> faults() const;
  std::size_t allocated() const;  ///< bytes of the device now
  std::size_t pinned() const;     ///< blocks that are locked now

  std::string name() const override { return "standin"; }
  dlpack::Device where() const noexcept override { return {}; }
  int numa_node() const noexcept override { return -1; }
  void attach_thread() override {}
  std::string pin(void* memory, std::size_t bytes) override;
  void unpin(void* memory) noexcept override;
  void* allocate(std::size_t bytes) override;
  void free(void* memory) noexcept override;
  Stream make_stream() override { return streams_->make_stream(); }
  void destroy(Stream stream) noexcept override { streams_->destroy(stream); }
  Event make_event(bool) override { return streams_->make_event(); }
  void destroy(Event event) noexcept override { streams_->destroy(event); }
  void record(Event event, Stream stream) override { streams_->record(event, stream); }
  void wait(Stream stream, Event event) override { streams_->wait(stream, event); }
  void synchronize(Event event) override { streams_->synchronize(event); }
  bool done(Event event) override { return streams_->done(event); }
  double elapsed_ms(Event begin, Event end) override { return streams_->elapsed_ms(begin, end); }
  void copy(void* to, const void* from, std::size_t bytes, Direction direction,
            Stream stream) override;
  void run(const PixelJob& job, Stream stream) override;
  void run(const TokenJob& job, Stream stream) override;

 private:
  void check(const void* memory, std::size_t bytes, const char* what);

  StandinOptions options_;
  mutable std::mutex mutex_;  // of what follows
  std::map<const std::byte*, std::size_t> blocks_;
  std::map<const void*, std::size_t> pinned_;
  std::size_t allocated_ = 0;
  std::vector<std::string> faults_;
  std::unique_ptr<StandinStreams> streams_;
};

std::shared_ptr<Standin> make_standin(const StandinOptions& options);

}  // namespace dsprep::cuda
