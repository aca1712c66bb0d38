#include "formats/common/spool.h"

#include <algorithm>
#include <cstring>

namespace dsprep {
namespace {

constexpr std::size_t kStep = 256 << 10;

}  // namespace

void Spool::write_out() {
  if (!out_) {
    const std::filesystem::path path = temporary_name(place_);
    out_.emplace(path);
    out_->hash_later();
    in_.emplace(path);
    remove_file(path);
  }
  out_->append(memory_);
  written_ += memory_.size();
  memory_.clear();
}

void Spool::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset < written_) {
    const auto count = std::min<std::uint64_t>(out.size(), written_ - offset);
    in_->read_at(offset, out.first(count));
    out = out.subspan(count);
    offset += count;
  }
  if (!out.empty()) std::memcpy(out.data(), memory_.data() + (offset - written_), out.size());
}

void Spool::read(const std::function<void(Bytes)>& take) {
  SpoolReader reader(*this);
  for (std::uint64_t left = size_; left > 0;) {
    const auto count = std::min<std::uint64_t>(left, kStep);
    take(reader.next(count));
    left -= count;
  }
}

SpoolReader::SpoolReader(Spool& spool) : spool_(spool) {
  if (spool.out_) spool.out_->flush();
}

Bytes SpoolReader::next(std::size_t bytes) {
  if (memory_.size() - used_ < bytes) {
    memory_.erase(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    const std::size_t old = memory_.size();
    const std::uint64_t more =
        std::min<std::uint64_t>(std::max(kStep, bytes - old), spool_.size() - at_);
    memory_.resize(old + more);
    spool_.read_at(at_, std::span(memory_).subspan(old));
    at_ += more;
  }
  const Bytes next = Bytes(memory_).subspan(used_, bytes);
  used_ += bytes;
  return next;
}

}  // namespace dsprep
