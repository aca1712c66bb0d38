// with_simd: runs a loop that the compiler has made vectors of for this machine. The loops are the
// same source, without reordering of floating point, so all paths give the same bits.
#pragma once

#include <cstddef>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define DSPREP_X86_SIMD 1
#endif
#define DSPREP_INLINE __attribute__((always_inline)) inline

namespace dsprep {

enum class Simd { kBase, kAvx2, kAvx512 };

inline Simd& simd_limit() noexcept {  // tests lower it
  static Simd limit = Simd::kAvx512;
  return limit;
}

inline Simd simd_of_machine() noexcept {
#ifdef DSPREP_X86_SIMD
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) return Simd::kAvx512;
  if (__builtin_cpu_supports("avx2")) return Simd::kAvx2;
#endif
  return Simd::kBase;
}

#ifdef DSPREP_X86_SIMD
template <class Loop, class... Arguments>
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) void run_avx512(
    Arguments... arguments) {
  Loop::run(arguments...);
}
template <class Loop, class... Arguments>
__attribute__((target("avx2"))) void run_avx2(Arguments... arguments) {
  Loop::run(arguments...);
}
#endif

/// Loop::run(arguments...), which must be DSPREP_INLINE.
template <class Loop, class... Arguments>
void with_simd(Arguments... arguments) noexcept {
#ifdef DSPREP_X86_SIMD
  static const Simd machine = simd_of_machine();
  const Simd limit = simd_limit();
  const Simd use = machine < limit ? machine : limit;
  if (use == Simd::kAvx512) return run_avx512<Loop>(arguments...);
  if (use == Simd::kAvx2) return run_avx2<Loop>(arguments...);
#endif
  Loop::run(arguments...);
}

}  // namespace dsprep
