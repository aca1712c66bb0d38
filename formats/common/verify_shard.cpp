#include <algorithm>
#include <array>
#include <utility>

#include "dsprep/verify.h"
#include "formats/common/column_reader.h"
#include "formats/common/key_reader.h"

namespace dsprep {
namespace {

// Verifies one shard whose footer can be read. One thread.
class ShardCheck {
 public:
  explicit ShardCheck(const ShardFiles& files, std::vector<Fault>& faults)
      : files_(files), faults_(faults) {}

  void run(Depth depth) {
    for (std::uint32_t index = 0; index < files_.size(); ++index) {
      guarded([&] { check_file(index, depth); });
    }
    check_footer();
  }

 private:
  template <class Action>
  void guarded(Action action) {
    try {
      action();
    } catch (const Error& error) {
      add(error);
    }
  }

  void add(const Error& error) {
    Where where = error.where();
    where.shard = files_.shard_name();
    const Error placed = shard_error(error, std::move(where));
    faults_.push_back({placed.code(), placed.where(), {}, placed.message()});
  }

  void check_file(std::uint32_t index, Depth depth);
  void name_damage(std::uint32_t index, const std::string& what);
  void check_columns(std::uint32_t index);
  void add_damage(std::uint32_t index, const std::string& field, const Damage& damage);
  void check_footer();
  void check_padding(std::uint64_t begin, std::uint64_t end);

  const ShardFiles& files_;
  std::vector<Fault>& faults_;
};

void ShardCheck::check_file(std::uint32_t index, Depth depth) {
  const InputFile& file = files_.file(index);  // compares the size
  if (depth == Depth::kQuick) return;
  const Hash128 expected = files_.header().files[index].hash;
  const Hash128 got = hasher_of(file, files_.body_bytes(index)).value();
  if (got != expected)
    name_damage(index,
                "hash of the file differs: expected " + to_hex(expected) + ", got " + to_hex(got));
}

// The file as a whole is damaged: which samples are?
void ShardCheck::name_damage(std::uint32_t index, const std::string& what) {
  const std::size_t before = faults_.size();
  check_columns(index);
  if (faults_.size() != before) return;
  const std::string place =
      ", outside any sample, between offsets 0 and " + std::to_string(files_.body_bytes(index));
  faults_.push_back({ErrorCode::kCorrupt,
                     {.file = files_.path(index).string(), .shard = files_.shard_name()},
                     {},
                     what + place});
}

void ShardCheck::check_columns(std::uint32_t index) {
  const std::vector<Field>& fields = files_.schema().fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    guarded([&] {
      make_column_reader(files_, fields[i], files_.header().columns[i + 1], Verify::kNever)
          ->check(index, [&](const Damage& damage) { add_damage(index, fields[i].name, damage); });
    });
  }
  guarded([&] {
    KeyReader(files_, Verify::kNever).check(index, [&](const Damage& damage) {
      add_damage(index, "key", damage);
    });
  });
}

void ShardCheck::add_damage(std::uint32_t index, const std::string& field, const Damage& damage) {
  Fault fault{ErrorCode::kCorrupt,
              {.file = files_.path(index).string(),
               .shard = files_.shard_name(),
               .sample = damage.first_sample,
               .field = field,
               .offset = damage.offset},
              {},
              damage.what};
  if (damage.first_sample) {
    if (damage.last_sample != *damage.first_sample) {
      fault.what += " (samples " + std::to_string(*damage.first_sample) + " to " +
                    std::to_string(damage.last_sample) + ")";
    }
    try {
      std::string buffer;
      fault.key = KeyReader(files_, Verify::kAlways).read(*damage.first_sample, buffer);
    } catch (const Error&) {
      fault.key.clear();  // the keys are damaged too, and are reported as such
    }
  }
  faults_.push_back(std::move(fault));
}

// The footer's header was checked when it was read; what is left are its sections and the zeros
// between them.
void ShardCheck::check_footer() {
  const Footer& footer = files_.footer();
  std::uint64_t end = 0;
  for (const SectionRef& section : files_.header().sections) {
    guarded([&] { (void)footer.section_bytes(files_.footer_file(), section.name); });
    guarded([&] { check_padding(end, section.offset); });
    end = section.offset + section.bytes;
  }
  guarded([&] { check_padding(end, round_up(end, kSectionAlignment)); });
}

void ShardCheck::check_padding(std::uint64_t begin, std::uint64_t end) {
  if (end < begin || end - begin >= kSectionAlignment)
    files_.corrupt("the footer's sections do not follow one another");
  std::array<std::byte, kSectionAlignment> zeros{};
  const std::uint64_t offset = files_.footer().body_bytes() + begin;
  files_.footer_file().read_at(offset, std::span(zeros).first(end - begin));
  if (zeros != decltype(zeros){}) {
    files_.corrupt(files_.size() - 1, offset,
                   "bytes between the sections of the index are not zero");
  }
}

// The shard's name where no footer tells it: the file's name without what a writer put behind it.
std::string name_without_footer(const std::filesystem::path& file) {
  const std::filesystem::path stem = file.stem();
  return (stem.extension() == ".key" ? stem.stem() : stem).string();
}

}  // namespace

std::vector<Fault> verify_shard(const std::filesystem::path& file, Depth depth) {
  std::vector<Fault> faults;
  try {
    const ShardFiles files(file);
    ShardCheck(files, faults).run(depth);
  } catch (const Error& error) {
    Where where = error.where();
    if (where.file.empty()) where.file = file.string();
    if (where.shard.empty()) where.shard = name_without_footer(file);
    const Error placed = shard_error(error, std::move(where));
    faults.push_back({placed.code(), placed.where(), {}, placed.message()});
  }
  return faults;
}

}  // namespace dsprep
