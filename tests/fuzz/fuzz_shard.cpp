// libFuzzer: any file is a shard of dsprep, a foreign one (tar; LMDB files are left to liblmdb) or
// an Error. The first byte chooses: the file as it is, or a real shard in whose header the rest of
// the input changes bytes, sealed again.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "dsprep/verify.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"

namespace {

using namespace dsprep;

constexpr std::size_t kLmdbMagicAt = 16;
constexpr std::uint32_t kLmdbMagic = 0xBEEFC0DE;
constexpr std::size_t kTailBytes = 64;

const std::filesystem::path& fuzz_file() {
  static const std::filesystem::path path =
      "/dev/shm/dsprep-fuzz-" + std::to_string(::getpid()) + ".tar";
  return path;
}

void write_file(Bytes bytes) {
  remove_file(fuzz_file());
  OutputFile out(fuzz_file());
  out.append(bytes);
  out.close();
}

// A tar of three samples with an array, a class and a text each.
std::vector<std::byte> make_shard() {
  ShardHeader header{.container = Container::kWds, .schema = {}, .split = "train", .plan = "fuzz"};
  header.schema.fields = {{"grid", DType::kUint16, {-1, 2}, Encoding::kArray},
                          {"label", DType::kInt64, {}, Encoding::kClass},
                          {"text", DType::kUint8, {-1}, Encoding::kText}};
  std::filesystem::path stem = fuzz_file();
  const auto writer = create_shard(stem.replace_extension(), header);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const std::vector<std::uint16_t> grid(4 * i, static_cast<std::uint16_t>(i));
    const std::int64_t label = static_cast<std::int64_t>(i);
    const std::string key = "sample" + std::to_string(i);
    const FieldValue values[] = {{std::as_bytes(std::span(grid)), Shape{2 * i, 2}},
                                 {std::as_bytes(std::span(&label, 1)), Shape{}},
                                 {as_bytes(key), Shape{key.size()}}};
    writer->append({.key = key, .fields = values});
  }
  writer->finish()->publish();
  std::vector<std::byte> bytes;
  read_whole(InputFile(fuzz_file()), bytes);
  return bytes;
}

// Three bytes of input are an edit: where (two of them), and what stands there then.
std::vector<std::byte> edited(std::vector<std::byte> shard, Bytes edits) {
  const std::size_t tail = shard.size() - kTailBytes;
  const auto header_bytes = get<std::uint64_t>(shard, tail);
  const std::size_t start = tail - header_bytes;
  for (; edits.size() >= 3; edits = edits.subspan(3))
    shard[start + get<std::uint16_t>(edits, 0) % header_bytes] = edits[2];
  Hasher128 hasher;
  hasher.update(Bytes(shard).subspan(start, header_bytes + 32));
  const Hash128 hash = hasher.value();
  std::memcpy(shard.data() + tail + 32, &hash, sizeof hash);
  return shard;
}

void read_all(const std::filesystem::path& path) {
  try {
    const auto reader = open_shard(path);
    ReadBuffer buffer;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(reader->size(), 100); ++i) {
      (void)reader->read(i, buffer);
      (void)reader->extents(i);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();
  }
  (void)verify_shard(path, Depth::kFull);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::byte> shard = make_shard();
  if (size == 0) return 0;
  const Bytes rest = std::as_bytes(std::span(data, size)).subspan(1);
  const bool edits = data[0] % 2 == 1;
  const bool lmdb =
      rest.size() >= kLmdbMagicAt + 4 && get<std::uint32_t>(rest, kLmdbMagicAt) == kLmdbMagic;
  if (!edits && lmdb) return 0;
  write_file(edits ? edited(shard, rest) : std::vector<std::byte>(rest.begin(), rest.end()));
  read_all(fuzz_file());
  remove_file(fuzz_file());
  return 0;
}
