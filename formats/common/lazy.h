// Lazy<T>: a value that is made when it is first asked for, by whichever thread asks.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace dsprep {

/// Any number of threads. Where `make` throws, nothing is kept and the next call tries again.
template <class T>
class Lazy {
 public:
  template <class Make>
  const T& get(Make make) const {
    if (const T* made = ready_.load(std::memory_order_acquire)) return *made;
    const std::scoped_lock lock(mutex_);
    if (!value_) {
      value_ = std::make_unique<const T>(make());
      ready_.store(value_.get(), std::memory_order_release);
    }
    return *value_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::unique_ptr<const T> value_;
  mutable std::atomic<const T*> ready_{nullptr};
};

}  // namespace dsprep
