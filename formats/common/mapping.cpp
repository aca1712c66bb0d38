#include "formats/common/mapping.h"

#include <sys/mman.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

namespace dsprep {

Mapping::Mapping(const InputFile& file) noexcept {
  if (file.size() == 0) return;
  void* memory = ::mmap(nullptr, file.size(), PROT_READ, MAP_SHARED, file.descriptor(), 0);
  if (memory == MAP_FAILED) return;
  bytes_ = {static_cast<const std::byte*>(memory), file.size()};
}

Mapping::~Mapping() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

bool is_local(const InputFile& file) noexcept {
  // From statfs(2): NFS, SMB, CIFS, SMB2, FUSE, 9p, Ceph, AFS, Lustre, GPFS.
  constexpr std::array<std::uint32_t, 10> kRemote = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                                     0x65735546, 0x01021997, 0x00C36400, 0x5346414F,
                                                     0x0BD00BD0, 0x47504653};
  struct statfs about {};
  if (::fstatfs(file.descriptor(), &about) != 0) return false;
  return std::ranges::find(kRemote, static_cast<std::uint32_t>(about.f_type)) == kRemote.end();
}

}  // namespace dsprep
