#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "contract/samples.h"
#include "dsprep/verify.h"
#include "support/scratch.h"

using namespace dsprep;
using namespace dsprep::test;
namespace fs = std::filesystem;

namespace {

// A published shard, whose files can be damaged and put back.
class Victim {
 public:
  explicit Victim(Container container, std::size_t samples = 12, std::uint64_t most = 9)
      : container_(container), samples_(wide_samples(samples, most)) {
    write_shard(scratch_ / "s", header_for(container), samples_);
    for (const std::string& suffix : shard_suffixes(container, wide_schema())) {
      files_.push_back({scratch_ / ("s" + suffix), slurp(scratch_ / ("s" + suffix))});
    }
  }
  struct File {
    fs::path path;
    std::string bytes;
  };
  const std::vector<File>& files() const { return files_; }
  const std::vector<Sample>& samples() const { return samples_; }
  fs::path main_file() const { return files_.back().path; }
  void restore(const File& file) const { spill(file.path, file.bytes); }

  // Empty where verify_shard() names the file and no other.
  std::string verify_names(const fs::path& path, Depth depth = Depth::kFull) const {
    const std::vector<Fault> faults = verify_shard(main_file(), depth);
    if (faults.empty()) return "nothing was found";
    for (const Fault& fault : faults) {
      if (fault.where.file != path.string())
        return "another file is named: " + describe(fault.where) + ": " + fault.what;
      if (fault.where.shard != "s") return "another shard is named: " + fault.where.shard;
    }
    return {};
  }

  // Empty where each sample is right or refused as corrupt.
  std::string read_is_honest() const {
    try {
      const auto reader = open_shard(main_file());
      if (reader->foreign()) return "a shard of dsprep was read as a foreign one";
      if (reader->size() != samples_.size()) return "another number of samples";
      for (std::size_t field = 0; field < wide_schema().fields.size(); ++field) {
        const std::string wrong = read_many(*reader, field);
        if (!wrong.empty()) return wrong;
      }
      for (std::size_t i = 0; i < samples_.size(); ++i) {
        const std::string wrong = read_one(*reader, i);
        if (!wrong.empty()) return wrong;
      }
    } catch (const Error& error) {
      return honest(error);
    }
    return {};
  }

 private:
  static std::string honest(const Error& error) {
    const bool fits = error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kVersion;
    return fits ? "" : error.what();
  }
  // What comes in one call is right, or is left to the calls that say where the damage is.
  std::string read_many(const ShardReader& reader, std::size_t field) const {
    std::vector<std::uint64_t> all(samples_.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    std::vector<Shape> shapes(all.size());
    std::vector<Bytes> views(all.size());
    const bool shaped = reader.shapes(all, field, shapes);
    reader.views(all, field, views);
    const std::string name = wide_schema().fields[field].name;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (shaped && !(shapes[i] == samples_[i].shapes[field])) return "a wrong shape of " + name;
      if (views[i].data() != nullptr &&
          !std::ranges::equal(views[i], as_bytes(samples_[i].values[field])))
        return "a wrong view of " + name;
    }
    return {};
  }
  std::string read_one(const ShardReader& reader, std::size_t i) const {
    ReadBuffer buffer;
    try {
      const std::string wrong = difference(reader.read(i, buffer), samples_[i]);
      return wrong.empty() ? "" : "sample " + std::to_string(i) + " is wrong: " + wrong;
    } catch (const Error& error) {
      if (error.where().sample != i || error.where().shard != "s" || error.where().file.empty()) {
        return std::string("the error does not say where: ") + error.what();
      }
      return honest(error);
    }
  }

  Scratch scratch_;
  Container container_;
  std::vector<Sample> samples_;
  std::vector<File> files_;
};

void check_damage(const Victim& victim, const Victim::File& file, const std::string& damaged) {
  spill(file.path, damaged);
  CHECK(victim.verify_names(file.path) == "");
  CHECK(victim.read_is_honest() == "");
  victim.restore(file);
}

// Flips a bit of every `step`-th byte, at another phase in each file.
std::size_t step_for(const Victim::File& file) {
  return std::max<std::size_t>(1, file.bytes.size() / 400) | 1;
}

}  // namespace

TEST_CASE(
    "a flipped bit anywhere is found by verify, which names the file, and never read as data") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Victim victim(container, container == Container::kLmdb ? 4 : 12);
    for (const Victim::File& file : victim.files()) {
      CAPTURE(file.path.filename().string());
      for (std::size_t offset = 0; offset < file.bytes.size(); offset += step_for(file)) {
        CAPTURE(offset);
        std::string damaged = file.bytes;
        damaged[offset] = static_cast<char>(damaged[offset] ^ (1 << offset % 8));
        check_damage(victim, file, damaged);
      }
    }
    CHECK(verify_shard(victim.main_file(), Depth::kFull).empty());
  }
}

TEST_CASE("every byte of the footer's tail, flipped, is found") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Victim victim(container, 3);
    const Victim::File& file = victim.files().back();
    for (std::size_t back = 1; back <= 200; ++back) {
      CAPTURE(back);
      std::string damaged = file.bytes;
      damaged[damaged.size() - back] = static_cast<char>(~damaged[damaged.size() - back]);
      check_damage(victim, file, damaged);
    }
  }
}

TEST_CASE("a cut file, whatever its length, is found, also by a quick look") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Victim victim(container, 5);
    for (const Victim::File& file : victim.files()) {
      CAPTURE(file.path.filename().string());
      for (std::size_t i = 0; i < 60; ++i) {
        const std::size_t length = i < 20 ? file.bytes.size() - 1 - i * 7 % file.bytes.size()
                                          : file.bytes.size() * (i - 20) / 40;
        CAPTURE(length);
        spill(file.path, file.bytes.substr(0, length));
        CHECK(victim.verify_names(file.path, Depth::kQuick) == "");
        CHECK(victim.read_is_honest() == "");
        victim.restore(file);
      }
    }
  }
}

TEST_CASE("a zeroed page and bytes behind the end are found") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Victim victim(container, 12, 3000);
    for (const Victim::File& file : victim.files()) {
      CAPTURE(file.path.filename().string());
      for (std::size_t page = 0; page < file.bytes.size();
           page += 4096 * (1 + file.bytes.size() / 400'000)) {
        CAPTURE(page);
        std::string damaged = file.bytes;
        const std::size_t end = std::min(damaged.size(), page + 4096);
        std::fill(damaged.begin() + static_cast<std::ptrdiff_t>(page),
                  damaged.begin() + static_cast<std::ptrdiff_t>(end), '\0');
        if (damaged != file.bytes) check_damage(victim, file, damaged);
      }
      check_damage(victim, file, file.bytes + "x");
    }
  }
}

TEST_CASE("every damaged value is named by sample, field, key and offset") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Victim victim(container, 12, 500);
    const auto reader = open_shard(victim.main_file());
    const std::size_t image = wide_schema().index_of("image");
    const std::vector<std::size_t> hit = {2, 7};
    const Victim::File* file = nullptr;
    std::string damaged;
    for (const std::size_t sample : hit) {
      const Extent extent = reader->extents(sample)[image];
      const auto found = std::ranges::find_if(
          victim.files(), [&](const auto& f) { return f.path.filename() == extent.file; });
      if (file == nullptr) file = &*found, damaged = found->bytes;
      REQUIRE(extent.length > 0);
      damaged[extent.offset] = static_cast<char>(damaged[extent.offset] ^ 4);
    }
    spill(file->path, damaged);
    const std::vector<Fault> faults = verify_shard(victim.main_file(), Depth::kFull);
    // Memmap has small values in one block of 64 KiB: one fault that names the samples of the
    // block.
    REQUIRE(faults.size() == (container == Container::kMemmap ? 1 : hit.size()));
    for (std::size_t i = 0; i < faults.size(); ++i) {
      const std::size_t sample = container == Container::kMemmap ? 0 : hit[i];
      CHECK(faults[i].code == ErrorCode::kCorrupt);
      CHECK(faults[i].where.sample == sample);
      CHECK(faults[i].where.field == "image");
      CHECK(faults[i].where.offset == reader->extents(sample)[image].offset);
      CHECK(faults[i].key == victim.samples()[sample].key);
      CHECK(faults[i].what.starts_with("checksum differs: expected "));
    }
  }
}

TEST_CASE("damage outside any sample is said to be there") {
  for (const Container container : {Container::kMemmap, Container::kWds}) {
    const Victim victim(container, 3);
    const Victim::File& file = victim.files().front();
    std::string damaged = file.bytes;
    damaged[60] =
        static_cast<char>(damaged[60] ^ 1);  // in the .npy header; in the first tar header
    spill(file.path, damaged);
    const std::vector<Fault> faults = verify_shard(victim.main_file(), Depth::kFull);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].what.find("outside any sample") != std::string::npos);
  }
}

TEST_CASE("a missing file is a not-found error that names it") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Victim victim(container);
    for (const Victim::File& file : victim.files()) {
      fs::remove(file.path);
      const std::vector<Fault> faults = verify_shard(victim.main_file(), Depth::kQuick);
      REQUIRE(faults.size() == 1);
      CHECK(faults[0].code == ErrorCode::kNotFound);
      CHECK(faults[0].where.file == file.path.string());
      try {
        ReadBuffer buffer;
        open_shard(victim.main_file())->read(0, buffer);
        CHECK(false);
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kNotFound);
        CHECK(error.where().file == file.path.string());
      }
      victim.restore(file);
    }
  }
}

TEST_CASE(
    "with Verify::kNever nothing is compared, with kAlways damage after the first read is seen") {
  for (const Container container : kContainers) {
    CAPTURE(container_name(container));
    const Victim victim(container, 12, 500);
    const auto always = open_shard(victim.main_file(), Verify::kAlways);
    const auto never = open_shard(victim.main_file(), Verify::kNever);
    ReadBuffer buffer;
    CHECK(difference(always->read(2, buffer), victim.samples()[2]) == "");
    const Extent extent = always->extents(2)[6];  // tokens
    const auto found = std::ranges::find_if(
        victim.files(), [&](const auto& f) { return f.path.filename() == extent.file; });
    std::string damaged = found->bytes;
    REQUIRE(extent.length > 0);
    damaged[extent.offset] = static_cast<char>(damaged[extent.offset] ^ 1);
    spill(found->path, damaged);
    CHECK_THROWS_AS(always->read(2, buffer), Error);
    CHECK(difference(never->read(2, buffer), victim.samples()[2]) == "bytes of field 6");
  }
}
