// VerifiedBits: which checksum units have been compared already. Any number of threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace dsprep {

class VerifiedBits {
 public:
  explicit VerifiedBits(std::uint64_t units)
      : words_(std::make_unique<std::atomic<std::uint64_t>[]>(units / kBits + 1)) {}
  bool has(std::uint64_t unit) const noexcept {
    return (words_[unit / kBits].load(std::memory_order_relaxed) >> unit % kBits & 1) != 0;
  }
  void add(std::uint64_t unit) const noexcept {
    words_[unit / kBits].fetch_or(std::uint64_t{1} << unit % kBits, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t kBits = 64;
  std::unique_ptr<std::atomic<std::uint64_t>[]> words_;
};

}  // namespace dsprep
