// Device: what the GPU loader needs of CUDA, and nothing more, so that a stand-in can do the same.
// Semantics are those of the CUDA runtime's functions of like names. Members throw Error unless
// noexcept, and may be called by any number of threads.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "dsprep/device.h"
#include "lib/gpu/pixel_job.h"
#include "lib/gpu/token_job.h"

namespace dsprep::cuda {

struct EventTag;
using Event = EventTag*;

enum class Direction { kToDevice, kToHost, kOnDevice };

class Device {
 public:
  virtual ~Device() = default;
  virtual std::string name() const = 0;
  virtual int ordinal() const noexcept = 0;
  virtual int numa_node() const noexcept = 0;  ///< of the host's memory near it; -1: not known

  /// First of all in a thread of our own.
  virtual void attach_thread() = 0;

  /// Page-locks; returns why not where the system refuses it, else nothing.
  virtual std::string pin(void* memory, std::size_t bytes) = 0;
  virtual void unpin(void* memory) noexcept = 0;
  virtual void* allocate(std::size_t bytes) = 0;  ///< at a multiple of 256
  virtual void free(void* memory) noexcept = 0;   ///< requires: nothing uses it any more

  virtual Stream make_stream() = 0;  ///< waits for no other, and no other for it
  virtual void destroy(Stream stream) noexcept = 0;
  virtual Event make_event(bool timed) = 0;
  virtual void destroy(Event event) noexcept = 0;

  virtual void record(Event event, Stream stream) = 0;
  virtual void wait(Stream stream, Event event) = 0;  ///< the stream waits, not the caller
  virtual void synchronize(Event event) = 0;          ///< the caller waits
  virtual bool done(Event event) = 0;
  virtual double elapsed_ms(Event begin, Event end) = 0;  ///< both timed, and done

  virtual void copy(void* to, const void* from, std::size_t bytes, Direction direction,
                    Stream stream) = 0;
  virtual void run(const PixelJob& job, Stream stream) = 0;
  virtual void run(const TokenJob& job, Stream stream) = 0;
};

/// Owns a stream or an event. Move-only.
template <class Handle>
class Owned {
 public:
  Owned() = default;
  Owned(Device& device, Handle handle) noexcept : device_(&device), handle_(handle) {}
  Owned(Owned&& other) noexcept
      : device_(other.device_), handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() {
    if (handle_ != nullptr) device_->destroy(handle_);
  }
  Handle get() const noexcept { return handle_; }

 private:
  Device* device_ = nullptr;
  Handle handle_ = nullptr;
};

inline Owned<Stream> own_stream(Device& device) { return {device, device.make_stream()}; }
inline Owned<Event> own_event(Device& device, bool timed = false) {
  return {device, device.make_event(timed)};
}

}  // namespace dsprep::cuda
