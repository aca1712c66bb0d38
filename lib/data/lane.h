// Lane: what one thread of a loader owns, and what others may see of it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "dsprep/source.h"
#include "dsprep/transform.h"

namespace dsprep {

enum class Stage : std::uint8_t { kIdle, kPlan, kRead, kTransform, kCollate };

inline const char* stage_name(Stage stage) noexcept {
  constexpr const char* kNames[] = {"idle", "plan", "read", "transform", "collate"};
  return kNames[static_cast<std::size_t>(stage)];
}

inline std::uint64_t now_ns() noexcept {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

inline constexpr std::size_t kMostEvents = std::size_t{1} << 20;  // a thread

struct TraceEvent {
  Stage stage;
  std::uint64_t begin, end, what;  // nanoseconds; step of a plan, else the sample
};

/// One thread writes; the atomics are read by any.
struct alignas(64) Lane {
  std::unique_ptr<SourceReader> reader;
  std::vector<std::unique_ptr<Transform::Workspace>> workspaces;  // one a transform
  std::vector<Tensor> inputs;
  std::vector<TransformOutput> outputs;
  std::vector<Shape> shapes, output_shapes;
  static constexpr std::size_t kMostViews = 64;
  std::vector<std::array<Bytes, kMostViews>> views;  // by what is read, of samples from
  std::size_t first_view = 0;                        // this one of the batch on
  std::vector<TraceEvent> events;

  std::atomic<Stage> stage{Stage::kIdle};
  std::atomic<std::uint64_t> sample{0};
  std::atomic<std::uint64_t> since{0};
  std::atomic<std::uint64_t> spent[5] = {};  // nanoseconds, by stage

  std::uint64_t weight = 1;  // how many samples a timed one stands for; 0: this one is not timed
  std::uint64_t last_tick = 0;

  /// From here on the thread is in `next`; the time since the last call went to the stage before.
  void enter(Stage next, bool trace, std::uint64_t what) {
    const Stage before = stage.load(std::memory_order_relaxed);
    stage.store(next, std::memory_order_relaxed);
    if (weight == 0) return;
    const std::uint64_t now = now_ns();
    if (before != Stage::kIdle) {
      std::atomic<std::uint64_t>& sum = spent[static_cast<std::size_t>(before)];
      sum.store(sum.load(std::memory_order_relaxed) + (now - last_tick) * weight,
                std::memory_order_relaxed);
      if (trace && events.size() < kMostEvents) events.push_back({before, last_tick, now, what});
    }
    last_tick = now;
    since.store(now, std::memory_order_relaxed);
  }
};

}  // namespace dsprep
