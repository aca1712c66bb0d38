// parallel_chunks: a range of indexes over several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dsprep {

/// Calls work(begin, end, worker) for chunks of [0, count), from `jobs` threads (the caller is one
/// of them); `worker` counts from 0. Chunks are taken in order, so that the first fault of the
/// range is what is thrown, whatever `jobs` is.
template <class Work>
void parallel_chunks(std::uint64_t count, std::uint64_t chunk, unsigned jobs, Work work) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::uint64_t fault_begin = 0;
  std::exception_ptr fault;  // of the lowest chunk that failed

  const auto run = [&](unsigned worker) {
    while (!failed.load()) {
      const std::uint64_t begin = next.fetch_add(chunk);
      if (begin >= count) return;
      try {
        work(begin, std::min(begin + chunk, count), worker);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault || begin < fault_begin) {
          fault = std::current_exception();
          fault_begin = begin;
        }
        failed.store(true);
      }
    }
  };
  const std::uint64_t chunks = (count + chunk - 1) / chunk;
  {
    std::vector<std::jthread> threads;
    for (unsigned worker = 1; worker < jobs && worker < chunks; ++worker)
      threads.emplace_back(run, worker);
    run(0);
  }
  if (fault) std::rethrow_exception(fault);
}

}  // namespace dsprep
