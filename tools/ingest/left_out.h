// LeftOut: what a build leaves out of what it was given, or takes in spite of a fault. Counted in
// the manifest's provenance, and said at the end of a build.
#pragma once

#include <array>
#include <cstdint>

namespace dsprep {

struct LeftOut {
  std::uint64_t blank = 0;          ///< lines without a character: no samples
  std::uint64_t tileless = 0;       ///< pictures too small for one whole tile
  std::uint64_t pages = 0;          ///< files with several pictures: their first one is taken
  std::uint64_t cut_documents = 0;  ///< texts that lost ids to --max-length
  std::uint64_t ids = 0;            ///< ids that no window holds
  std::uint64_t rows = 0;           ///< rows of tables that no window holds
  std::uint64_t warned = 0;         ///< pictures with a harmless fault
  std::uint64_t lossy = 0;          ///< pictures that lost pixels, by --lenient
  std::uint64_t sound = 0;          ///< samples of sound that no window holds
  std::uint64_t frames = 0;         ///< the same of frames of a spectrogram
  std::uint64_t soundless = 0;      ///< files of sound too short for one window or frame
  std::uint64_t clipped = 0;        ///< values of int16 that were beyond its range

  void add(const LeftOut& other) noexcept;
  bool operator==(const LeftOut&) const noexcept = default;
};

/// A count, and its name in provenance.
struct LeftOutCount {
  std::uint64_t LeftOut::*count;
  const char* name;
};
inline constexpr std::array<LeftOutCount, 12> kLeftOutCounts = {{
    {&LeftOut::blank, "blank_lines"},
    {&LeftOut::tileless, "pictures_without_tile"},
    {&LeftOut::pages, "first_of_several_pictures"},
    {&LeftOut::cut_documents, "cut_documents"},
    {&LeftOut::ids, "left_out_ids"},
    {&LeftOut::rows, "left_out_rows"},
    {&LeftOut::warned, "pictures_with_harmless_faults"},
    {&LeftOut::lossy, "pictures_with_lost_pixels"},
    {&LeftOut::sound, "left_out_samples"},
    {&LeftOut::frames, "left_out_frames"},
    {&LeftOut::soundless, "sounds_without_sample"},
    {&LeftOut::clipped, "clipped_values"},
}};

inline void LeftOut::add(const LeftOut& other) noexcept {
  for (const LeftOutCount& each : kLeftOutCounts) this->*each.count += other.*each.count;
}

}  // namespace dsprep
