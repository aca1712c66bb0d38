// What calls need for a while and give back: as many exist as calls ran at the same time.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace dsprep {

/// Any number of threads.
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
    ~Lease() { pool_.give_back(std::move(lent_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    T& operator*() const noexcept { return *lent_; }

   private:
    LendingPool& pool_;
    std::unique_ptr<T> lent_;
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
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(lent));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace dsprep
