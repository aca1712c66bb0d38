// InputOpener: the bytes of inputs that are read one after the other.
#pragma once

#include <memory>

#include "tools/ingest/archive_stream.h"
#include "tools/ingest/mapped_input.h"

namespace dsprep {

/// Opens the entries of a plan in order; packed archives are read as a stream meanwhile. One thread.
class InputOpener {
 public:
  /// The plan must outlive it.
  explicit InputOpener(const Plan& plan) : plan_(&plan) {}

  /// Throws as InputBytes and ArchiveStream.
  InputBytes open(const Entry& entry);

 private:
  const Plan* plan_;
  std::shared_ptr<ArchiveStream> stream_;  // shared: std::function copies
  std::uint32_t archive_ = kNoArchive;
  std::uint64_t position_ = 0;
};

}  // namespace dsprep
