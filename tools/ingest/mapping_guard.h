// MappingGuard: a mapped file that somebody cuts short, or whose disk fails, is an error and not
// the end of the process. The system answers a read of a page that it cannot give with SIGBUS;
// while a guard lives, such a page of its memory becomes a page of zeros, and hit() tells. The
// handler is installed once for the process, with the first guard: for the program, not for the
// library. All other SIGBUS go to whoever had them before.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dsprep {

/// Any thread; not movable: handlers on any thread look at it.
class MappingGuard {
 public:
  /// Watches `bytes` from `begin` on, whole pages of a private mapping. Throws kInternal above
  /// 1,024 guards at a time.
  MappingGuard(void* begin, std::size_t bytes);
  MappingGuard(const MappingGuard&) = delete;
  MappingGuard& operator=(const MappingGuard&) = delete;
  ~MappingGuard();

  /// True once a page could not be read: what was read since may be zeros.
  bool hit() const noexcept;

 private:
  std::size_t place_;
};

}  // namespace dsprep
