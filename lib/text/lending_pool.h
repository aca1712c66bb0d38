// What calls need for a while and give back: as many exist as calls ran at the same time.
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace dsprep {

/// Any number of threads. What an exception leaves is not given back: it may be half-used.
template <class T>
class LendingPool {
 public:
  class Lease {
   public:
    /// `make` gives a std::unique_ptr<T>, for when all are lent.
    template <class Make>
    Lease(LendingPool& pool, Make make) : pool_(pool), lent_(pool.take()) {
      if (lent_ == nullptr) lent_ = make();
    }
    ~Lease() {
      if (std::uncaught_exceptions() == exceptions_) pool_.give_back(std::move(lent_));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    T& operator*() const noexcept { return *lent_; }

   private:
    LendingPool& pool_;
    std::unique_ptr<T> lent_;
    int exceptions_ = std::uncaught_exceptions();
  };

 private:
  std::unique_ptr<T> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    std::unique_ptr<T> lent = std::move(free_.back());
    free_.pop_back();
    return lent;
  }
  void give_back(std::unique_ptr<T> lent) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(lent));
    } catch (...) {  // no memory to remember it by: the next call makes another
    }
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace dsprep
