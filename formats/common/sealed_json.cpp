#include "formats/common/sealed_json.h"

#include "formats/common/file.h"

namespace dsprep {
namespace {

constexpr std::string_view kObjectEnd = "\n}";
constexpr std::string_view kChecksum = "checksum";

std::string tail_for(std::string_view before) {
  return " \"checksum\": \"" + to_hex(xxh3_128(as_bytes(before))) + "\"\n}\n";
}

}  // namespace

std::string seal(nlohmann::json object) {
  object.erase(std::string(kChecksum));
  if (object.empty()) throw Error(ErrorCode::kInternal, "nothing to seal");
  std::string text;
  try {
    text = object.dump(1);
  } catch (const nlohmann::json::type_error& error) {
    throw Error(ErrorCode::kBadEncoding,
                std::string("text that is not UTF-8 cannot stand in JSON: ") + error.what());
  }
  text.resize(text.size() - kObjectEnd.size());
  text += ",\n";
  return text + tail_for(text);
}

nlohmann::json unseal(std::string_view text, const Where& where) {
  static const std::size_t tail_bytes = tail_for({}).size();
  const std::string remedy = "run `dsprep verify`, or make the file again";
  if (text.size() < tail_bytes)
    throw Error(ErrorCode::kCorrupt, "too short to hold its checksum: it was cut", where, remedy);
  const std::string_view before = text.substr(0, text.size() - tail_bytes);
  if (text.substr(before.size()) != tail_for(before)) {
    throw Error(ErrorCode::kCorrupt, "its checksum differs: it was damaged, cut or edited", where,
                remedy);
  }
  return read_json(text, where, [](nlohmann::json value) {
    value.erase(std::string(kChecksum));
    return value;
  });
}

nlohmann::json read_sealed(const std::filesystem::path& path) {
  const Where where{.file = path.string()};
  const InputFile file(path);
  if (file.size() > kMaxSealedBytes)
    throw Error(ErrorCode::kCorrupt, "larger than such a file can be", where);
  std::vector<std::byte> bytes;
  read_whole(file, bytes);
  return unseal({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where);
}

}  // namespace dsprep
