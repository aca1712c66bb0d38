// Walks over the members of a tar file: ustar, pax and GNU, as POSIX tar, GNU tar and Python's
// tarfile write them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "dsprep/checksum.h"
#include "formats/common/file.h"
#include "formats/wds/tar_header.h"

namespace dsprep {

/// A regular file in the archive.
struct TarMember {
  std::string name;          ///< whole, from wherever it stands
  std::uint64_t header = 0;  ///< offset of its own header block
  std::uint64_t offset = 0;  ///< of its bytes
  std::uint64_t length = 0;
};

/// True where the bytes begin with a header block whose checksum is right.
bool is_tar_header(Bytes bytes) noexcept;

/// Whether shards of dsprep itself may be scanned, as tars like any other; their footer and what
/// stands behind the end of the archive are passed over.
enum class TarOrigin : std::uint8_t { kForeign, kAny };

/// Calls `found` for each regular member in order; what is no regular file is passed over. Reads
/// each header once and no member's bytes. Throws kTruncated and kCorrupt with the offset: a member
/// that ends behind the file, a header whose checksum differs, no end-of-archive block, anything
/// but zeros behind it; kUnsupportedFormat for sparse members; kCorrupt where the front says that
/// it is a shard of dsprep (which should have had a footer), unless `origin` is kAny.
void scan_tar(const InputFile& file, const std::function<void(TarMember&&)>& found,
              TarOrigin origin = TarOrigin::kForeign);

}  // namespace dsprep
