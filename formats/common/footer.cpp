#include "formats/common/footer.h"

#include <algorithm>
#include <array>

#include "formats/common/json.h"

namespace dsprep {
namespace {

using nlohmann::json;

constexpr std::array<char, 8> kMagic = {'D', 'S', 'P', 'R', 'E', 'P', '\x1A', '\n'};
constexpr std::uint64_t kMaxHeaderBytes = 64 << 20;

// The tail, byte for byte; see formats/SPEC.md.
struct Tail {
  std::uint64_t header_bytes;
  std::uint64_t footer_bytes;
  std::uint64_t file_bytes;
  std::uint32_t major;
  std::uint32_t minor;
  Hash128 hash;  // XXH3-128 of the padded header and the 32 bytes of the tail before this
  std::uint64_t reserved;
  std::array<char, 8> magic;
};
static_assert(sizeof(Tail) == kTailBytes);
constexpr std::size_t kHashedTailBytes = offsetof(Tail, hash);

Hash128 header_hash(Bytes header, const Tail& tail) {
  Hasher128 hasher;
  hasher.update(header);
  hasher.update(std::as_bytes(std::span(&tail, 1)).first(kHashedTailBytes));
  return hasher.value();
}

constexpr std::array kLayouts = {"inline", "ranges", "rows", "ragged"};

json to_json(const Column& column) {
  json out = {{"name", column.name},
              {"layout", kLayouts[static_cast<std::size_t>(column.layout)]},
              {"file", column.file}};
  const auto put = [&out](const char* name, std::uint64_t value) {
    if (value != 0) out[name] = value;
  };
  put("data_offset", column.data_offset);
  put("row_bytes", column.row_bytes);
  put("block_bytes", column.block_bytes);
  put("offsets_file", column.offsets_file);
  put("offsets_offset", column.offsets_offset);
  put("shapes_file", column.shapes_file);
  put("shapes_offset", column.shapes_offset);
  return out;
}

Column column_from_json(const json& in) {
  Column column;
  column.name = in.at("name");
  const auto layout = std::ranges::find(kLayouts, in.at("layout").get<std::string>());
  if (layout == kLayouts.end()) throw Error(ErrorCode::kCorrupt, "a column of unknown layout");
  column.layout = static_cast<Layout>(layout - kLayouts.begin());
  column.file = in.at("file");
  column.data_offset = in.value("data_offset", std::uint64_t{0});
  column.row_bytes = in.value("row_bytes", std::uint64_t{0});
  column.block_bytes = in.value("block_bytes", std::uint64_t{0});
  column.offsets_file = in.value("offsets_file", std::uint32_t{0});
  column.offsets_offset = in.value("offsets_offset", std::uint64_t{0});
  column.shapes_file = in.value("shapes_file", std::uint32_t{0});
  column.shapes_offset = in.value("shapes_offset", std::uint64_t{0});
  return column;
}

std::string header_to_json(const FooterHeader& header) {
  json out = {{"format", "dsprep-shard"},
              {"version", {kFooterMajor, kFooterMinor}},
              {"container", container_name(header.shard.container)},
              {"schema", json::parse(schema_to_json(header.shard.schema))},
              {"split", header.shard.split},
              {"part", header.shard.part},
              {"plan", header.shard.plan},
              {"options", header.shard.options.empty() ? json::object() : json::parse(header.shard.options)},
              {"samples", header.digest.count()},
              {"digest", to_hex(header.digest.polynomial())}};
  for (const BodyFile& file : header.files) {
    out["files"].push_back({{"suffix", file.suffix}, {"bytes", file.bytes}, {"xxh3_128", to_hex(file.hash)}});
  }
  for (const Column& column : header.columns) out["columns"].push_back(to_json(column));
  out["sections"] = json::array();
  for (const SectionRef& section : header.sections) {
    out["sections"].push_back({{"name", section.name},
                               {"offset", section.offset},
                               {"bytes", section.bytes},
                               {"xxh3_128", to_hex(section.hash)}});
  }
  return out.dump();
}

FooterHeader header_from_json(const json& in) {
  FooterHeader header;
  const auto container = container_from_name(in.at("container").get<std::string>());
  if (!container) throw Error(ErrorCode::kVersion, "a container that this version does not know");
  header.shard = {*container,
                  schema_from_json(in.at("schema").dump()),
                  in.at("split"),
                  in.at("part"),
                  in.at("plan"),
                  in.at("options").dump()};
  header.digest = Digest(in.at("samples"), hash_from_json(in.at("digest")));
  for (const json& file : in.at("files")) {
    header.files.push_back({file.at("suffix"), file.at("bytes"), hash_from_json(file.at("xxh3_128"))});
  }
  for (const json& column : in.at("columns")) header.columns.push_back(column_from_json(column));
  for (const json& section : in.at("sections")) {
    header.sections.push_back(
        {section.at("name"), section.at("offset"), section.at("bytes"), hash_from_json(section.at("xxh3_128"))});
  }
  return header;
}

// What a well-made header never breaks; after this, code may index files and sections without looking again.
void check_header(const FooterHeader& header, std::uint64_t sections_bytes) {
  const auto corrupt = [](const char* what) { throw Error(ErrorCode::kCorrupt, what); };
  if (header.files.empty()) corrupt("the footer names no files");
  for (const SectionRef& section : header.sections) {
    if (section.offset > sections_bytes || section.bytes > sections_bytes - section.offset) {
      corrupt("a section lies outside the footer");
    }
  }
  const auto files = header.files.size();
  for (const Column& column : header.columns) {
    if (column.file >= files || column.offsets_file >= files || column.shapes_file >= files) {
      corrupt("a column is in a file that the footer does not name");
    }
    const bool blocks = column.layout == Layout::kRows || column.layout == Layout::kRagged;
    if (blocks && column.block_bytes == 0) corrupt("a column without a block size");
  }
  if (header.columns.size() != header.shard.schema.fields.size() + 1 || header.columns[0].name != "key") {
    corrupt("the columns are not the key and the schema's fields");
  }
  for (std::size_t i = 1; i < header.columns.size(); ++i) {
    if (header.columns[i].name != header.shard.schema.fields[i - 1].name) corrupt("a column is not the schema's field");
  }
}

Tail read_tail(const InputFile& file) {
  Tail tail{};
  if (file.size() >= kTailBytes) {
    file.read_at(file.size() - kTailBytes, std::as_writable_bytes(std::span(&tail, 1)));
  }
  return tail;
}

}  // namespace

void write_footer(FooterHeader& header, const std::vector<Section>& sections, std::uint64_t body_bytes,
                  std::size_t multiple, const std::function<void(Bytes)>& put) {
  std::uint64_t written = 0;
  header.sections.clear();
  for (const Section& section : sections) {
    Hasher128 hasher;
    std::uint64_t bytes = 0;
    const auto put_section = [&](Bytes piece) {
      hasher.update(piece);
      put(piece);
      bytes += piece.size();
    };
    section.spool != nullptr ? section.spool->read(put_section) : put_section(section.bytes);
    header.sections.push_back({section.name, written, bytes, hasher.value()});
    const std::uint64_t end = round_up(written + bytes, kSectionAlignment);
    put(std::vector<std::byte>(end - written - bytes));
    written = end;
  }
  std::vector<std::byte> out;
  put_bytes(out, as_bytes(header_to_json(header)));
  // Spaces behind the JSON keep it parseable as it stands.
  out.resize(round_up(written + out.size() + kTailBytes, multiple) - kTailBytes - written, std::byte{' '});
  Tail tail{.header_bytes = out.size(),
            .footer_bytes = written + out.size() + kTailBytes,
            .file_bytes = body_bytes + written + out.size() + kTailBytes,
            .major = kFooterMajor,
            .minor = kFooterMinor,
            .hash = {},
            .reserved = 0,
            .magic = kMagic};
  tail.hash = header_hash(out, tail);
  dsprep::put(out, tail);
  put(out);
}

std::vector<std::byte> encode_footer(FooterHeader& header, const std::vector<Section>& sections,
                                     std::uint64_t body_bytes, std::size_t multiple) {
  std::vector<std::byte> out;
  write_footer(header, sections, body_bytes, multiple, [&](Bytes bytes) { put_bytes(out, bytes); });
  return out;
}

bool has_footer(const InputFile& file) { return read_tail(file).magic == kMagic; }

Footer::Footer(const InputFile& file) {
  const Where where{.file = file.path().string()};
  const auto corrupt = [&where](const std::string& what) {
    throw Error(ErrorCode::kCorrupt, what, where, "run `dsprep verify`, and build the shard again");
  };
  const Tail tail = read_tail(file);
  if (tail.magic != kMagic) corrupt("no footer at the end of the file: it was cut, or it is no shard of dsprep");
  if (tail.file_bytes != file.size()) {
    corrupt("the file has " + std::to_string(file.size()) + " bytes, the footer says " + std::to_string(tail.file_bytes));
  }
  if (tail.footer_bytes > file.size() || tail.footer_bytes < kTailBytes ||
      tail.header_bytes > tail.footer_bytes - kTailBytes || tail.header_bytes > kMaxHeaderBytes) {
    corrupt("the footer's sizes do not add up");
  }
  std::vector<std::byte> text(tail.header_bytes);
  file.read_at(file.size() - kTailBytes - tail.header_bytes, text);
  if (header_hash(text, tail) != tail.hash || tail.reserved != 0) corrupt("the footer's checksum differs");
  if (tail.major > kFooterMajor) {
    throw Error(ErrorCode::kVersion,
                "written in format " + std::to_string(tail.major) + "." + std::to_string(tail.minor) +
                    ", this program reads up to " + std::to_string(kFooterMajor),
                where, "use a newer dsprep");
  }
  start_ = file.size() - tail.footer_bytes;
  try {
    const std::string_view view(reinterpret_cast<const char*>(text.data()), text.size());
    header_ = read_json(view, where, header_from_json);
    check_header(header_, tail.footer_bytes - kTailBytes - tail.header_bytes);
  } catch (const Error& error) {
    throw Error(error.code(), error.message(), where, error.remedy());
  }
}

const SectionRef* Footer::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(header_.sections, name, &SectionRef::name);
  return found == header_.sections.end() ? nullptr : &*found;
}

bool Footer::has_section(std::string_view name) const noexcept { return find(name) != nullptr; }

const Column& Footer::column(std::string_view name) const {
  const auto found = std::ranges::find(header_.columns, name, &Column::name);
  if (found == header_.columns.end()) {
    throw Error(ErrorCode::kCorrupt, "the footer has no column '" + std::string(name) + "'");
  }
  return *found;
}

std::vector<std::byte> Footer::section_bytes(const InputFile& file, std::string_view name) const {
  const SectionRef* ref = find(name);
  const std::string place = file.path().string();
  if (ref == nullptr) {
    throw Error(ErrorCode::kCorrupt, "the footer has no section '" + std::string(name) + "'", {.file = place});
  }
  std::vector<std::byte> bytes(ref->bytes);
  file.read_at(start_ + ref->offset, bytes);
  if (xxh3_128(bytes) != ref->hash) {
    throw Error(ErrorCode::kCorrupt, "the checksum of the index section '" + ref->name + "' differs",
                {.file = place, .offset = start_ + ref->offset}, "run `dsprep verify`, and build the shard again");
  }
  return bytes;
}

void Footer::refuse_count(const InputFile& file, std::string_view name, std::uint64_t count) const {
  throw Error(ErrorCode::kCorrupt,
              "the index section '" + std::string(name) + "' does not have " + std::to_string(count) + " entries",
              {.file = file.path().string()});
}

}  // namespace dsprep
