// SliceWriter: takes the batches of one slice in order and writes its shards, one a split.
// Publisher: syncs what is finished on a thread of its own, while the next slice is written.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tools/ingest/packer.h"
#include "tools/ingest/survey.h"
#include "tools/ingest/unit.h"
#include "tools/ingest/window_writer.h"

namespace dsprep {

/// A slice that is written, but neither synced nor recorded.
struct FinishedUnit {
  std::string name;
  UnitRecord record;
  std::vector<std::unique_ptr<PendingShard>> pending;
  std::string rejects;  ///< text of its rejects.jsonl
  std::vector<std::byte> counts = {};  ///< of SliceCounts
};

/// One thread at a time.
class SliceWriter {
 public:
  /// `windows`, where it is not null, is how documents are packed, or how those are cut that come
  /// in parts; it outlives the writer.
  SliceWriter(const BuildFolder& folder, const Plan& plan, std::size_t slice,
              const WindowOptions* windows);
  void append(const Batch& batch);
  FinishedUnit finish();

 private:
  ShardWriter& writer_for(std::uint32_t split);
  Packer& packer_for(std::uint32_t split);
  void append_part(const Record& record, const PreparedSample& sample);
  void append_rejects(const Batch& batch, const std::vector<std::uint64_t>& bases);

  const BuildFolder& folder_;
  const Plan& plan_;
  std::size_t slice_;
  const WindowOptions* packing_;
  std::map<std::uint32_t, std::unique_ptr<ShardWriter>> writers_;  // by split
  std::map<std::uint32_t, Packer> packers_;
  std::optional<WindowWriter> windows_;
  LineCounter lines_;
  FinishedUnit unit_;
};

/// One line of rejects.jsonl.
std::string reject_line(const Reject& reject, const std::string& path);

class Publisher {
 public:
  explicit Publisher(const BuildFolder& folder);
  ~Publisher();  ///< drops what waits
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Waits while two units are waiting already. Throws what publishing an earlier unit has thrown.
  void submit(FinishedUnit unit);
  /// Waits until all is synced and recorded; throws as submit().
  void drain();

 private:
  void run();
  void publish(FinishedUnit& unit) const;

  const BuildFolder& folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FinishedUnit> waiting_;
  bool busy_ = false;
  bool stopped_ = false;
  std::exception_ptr error_;
  std::jthread thread_;
};

}  // namespace dsprep
