// Memory of zeros for a table that is read at random: in huge pages where the system has them, and
// touched only where it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace dsprep {

/// `Size` elements; zeros must be a value of T.
template <class T, std::size_t Size>
class ZeroedTable {
 public:
  ZeroedTable() {
#if defined(__linux__)
    // Huge pages begin at multiples of their size.
    memory_ =
        ::mmap(nullptr, kBytes + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    const auto place = (reinterpret_cast<std::uintptr_t>(memory_) + kPage - 1) / kPage * kPage;
    values_ = reinterpret_cast<T*>(place);
    ::madvise(values_, kBytes, MADV_HUGEPAGE);
#else
    memory_ = ::operator new (kBytes, std::align_val_t{kPage});
    values_ = static_cast<T*>(memory_);
    clear();
#endif
  }
  ZeroedTable(const ZeroedTable&) = delete;
  ZeroedTable& operator=(const ZeroedTable&) = delete;
  ~ZeroedTable() {
#if defined(__linux__)
    ::munmap(memory_, kBytes + kPage);
#else
    ::operator delete (memory_, std::align_val_t{kPage});
#endif
  }

  T* data() noexcept { return values_; }
  const T* data() const noexcept { return values_; }
  T& operator[](std::size_t i) noexcept { return values_[i]; }
  const T& operator[](std::size_t i) const noexcept { return values_[i]; }
  void clear() noexcept { std::memset(static_cast<void*>(values_), 0, kBytes); }

 private:
  static constexpr std::size_t kPage = std::size_t{2} << 20;
  static constexpr std::size_t kBytes = (Size * sizeof(T) + kPage - 1) / kPage * kPage;
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kPage);

  void* memory_;
  T* values_;
};

}  // namespace dsprep
