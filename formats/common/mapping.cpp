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

bool Mapping::resident(std::uint64_t offset, std::uint64_t bytes) const noexcept {
  constexpr std::uint64_t kPage = 4096, kMostPages = 1024;
  std::array<unsigned char, kMostPages> pages;
  const std::uint64_t first = offset / kPage * kPage, length = offset + bytes - first;
  const std::uint64_t count = (length + kPage - 1) / kPage;
  if (count > kMostPages) return false;
  void* from = const_cast<std::byte*>(bytes_.data() + first);
  if (::mincore(from, length, pages.data()) != 0) return false;
  return std::all_of(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(count),
                     [](unsigned char page) { return (page & 1) != 0; });
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
