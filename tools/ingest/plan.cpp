#include "tools/ingest/plan.h"

#include <algorithm>
#include <cstdio>

#include "dsprep/version.h"
#include "formats/common/bytes.h"
#include "formats/common/file.h"
#include "formats/common/sealed_json.h"

namespace dsprep {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr std::size_t kEntryHeadBytes = 45;

std::vector<std::byte> encode_entries(const Plan& plan) {
  std::vector<std::byte> out;
  for (const Entry& entry : plan.entries) {
    put_u32(out, entry.root);
    put_u32(out, entry.split);
    put(out, entry.label);
    put_u64(out, entry.bytes);
    put(out, static_cast<std::uint8_t>(entry.ambiguous_stem));
    put_u32(out, entry.archive);
    put_u64(out, entry.position);
    put_u64(out, entry.key.size());
    put_bytes(out, as_bytes(entry.key));
  }
  return out;
}

std::vector<Entry> decode_entries(Bytes bytes) {
  std::vector<Entry> entries;
  for (std::size_t at = 0; at < bytes.size();) {
    if (bytes.size() - at < kEntryHeadBytes)
      throw Error(ErrorCode::kCorrupt, "the list of inputs is cut");
    Entry entry{.root = get<std::uint32_t>(bytes, at),
                .split = get<std::uint32_t>(bytes, at + 4),
                .label = get<std::int64_t>(bytes, at + 8),
                .bytes = get<std::uint64_t>(bytes, at + 16),
                .ambiguous_stem = get<std::uint8_t>(bytes, at + 24) != 0,
                .archive = get<std::uint32_t>(bytes, at + 25),
                .position = get<std::uint64_t>(bytes, at + 29),
                .key = {}};
    const auto length = get<std::uint64_t>(bytes, at + 37);
    at += kEntryHeadBytes;
    if (bytes.size() - at < length) throw Error(ErrorCode::kCorrupt, "the list of inputs is cut");
    entry.key.assign(reinterpret_cast<const char*>(bytes.data()) + at, length);
    entries.push_back(std::move(entry));
    at += length;
  }
  return entries;
}

json to_json(const Slice& slice) {
  return {slice.split, slice.part, slice.first_entry, slice.entries,
          slice.begin, slice.end,  slice.bytes,       slice.first_line};
}

Slice slice_from_json(const json& in) {
  return {in.at(0), in.at(1), in.at(2), in.at(3), in.at(4), in.at(5), in.at(6), in.at(7)};
}

// Names as bytes: as rejects_to_json() has them.
json archives_to_json(const std::vector<ArchiveInput>& archives) {
  json list = json::array();
  for (const ArchiveInput& archive : archives) {
    list.push_back({archive.root, std::vector<std::uint8_t>(archive.key.begin(), archive.key.end()),
                    archive.bytes, archive.streamed});
  }
  return list;
}

std::vector<ArchiveInput> archives_from_json(const json& in) {
  std::vector<ArchiveInput> archives;
  for (const json& item : in) {
    const auto key = item.at(1).get<std::vector<std::uint8_t>>();
    archives.push_back(
        {item.at(0), std::string(key.begin(), key.end()), item.at(2), item.at(3).get<bool>()});
  }
  return archives;
}

// Names are bytes, JSON is Unicode: hexadecimal keeps any of them.
json rejects_to_json(const std::vector<Reject>& rejects) {
  json list = json::array();
  for (const Reject& reject : rejects) {
    std::vector<std::uint8_t> path(reject.path.begin(), reject.path.end());
    list.push_back(
        {{"path", path}, {"class", error_class_name(reject.code)}, {"reason", reject.reason}});
  }
  return list;
}

std::vector<Reject> rejects_from_json(const json& in) {
  std::vector<Reject> rejects;
  for (const json& item : in) {
    const auto path = item.at("path").get<std::vector<std::uint8_t>>();
    const auto code = error_code_from_name(item.at("class").get<std::string>());
    rejects.push_back({std::string(path.begin(), path.end()), code.value_or(ErrorCode::kInternal),
                       item.at("reason")});
  }
  return rejects;
}

std::string hash_text(const std::string& text) { return to_hex(xxh3_128(as_bytes(text))); }

std::vector<std::vector<std::uint8_t>> bytes_of(const std::vector<std::string>& texts) {
  std::vector<std::vector<std::uint8_t>> out;
  for (const std::string& text : texts) out.emplace_back(text.begin(), text.end());
  return out;
}

std::vector<std::string> texts_of(const json& in) {
  std::vector<std::string> out;
  for (const auto& bytes : in.get<std::vector<std::vector<std::uint8_t>>>())
    out.emplace_back(bytes.begin(), bytes.end());
  return out;
}

}  // namespace

std::uint32_t Plan::train_split() const noexcept {
  return static_cast<std::uint32_t>(std::ranges::find(splits, "train") - splits.begin());
}

std::uint64_t Plan::input_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Slice& slice : slices) sum += slice.bytes;
  return sum;
}

BuildFolder::BuildFolder(const fs::path& directory, const std::string& build)
    : out(directory), work(directory / ".build" / build) {}

fs::path BuildFolder::survey_file(std::size_t slice) const {
  return work / "survey" / (std::to_string(slice) + ".json");
}

std::vector<std::string> BuildFolder::builds_in(const fs::path& directory) {
  std::vector<std::string> builds;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory / ".build", error)) {
    if (hash128_from_hex(entry.path().filename().string()))
      builds.push_back(entry.path().filename().string());
  }
  std::ranges::sort(builds);
  return builds;
}

void name_build(Plan& plan) {
  Hasher128 hasher;
  for (const Entry& entry : plan.entries) {
    std::vector<std::byte> form;
    put_u32(form, entry.split);
    put(form, entry.label);
    put_u64(form, entry.bytes);
    put_u64(form, entry.position);  // an archive that is packed anew is another input
    put_u64(form, entry.key.size());
    put_bytes(form, as_bytes(entry.key));
    hasher.update(form);
  }
  const json named = {{"version", version()},
                      {"kind", plan.kind},
                      {"options", plan.options},
                      {"canary", plan.canary},
                      {"splits", plan.splits},
                      {"classes", bytes_of(plan.classes)},
                      {"tokenizer", hash_text(plan.tokenizer)},
                      {"rejects", rejects_to_json(plan.listing_rejects)},
                      {"inputs", to_hex(hasher.value())}};
  plan.build = hash_text(named.dump());
}

void name_plan(Plan& plan) {
  const json found = {{"build", plan.build},
                      {"schema", json::parse(schema_to_json(plan.schema))},
                      {"splits", plan.splits},
                      {"slices_a_shard", plan.slices_a_shard},
                      {"classes", bytes_of(plan.classes)},
                      {"tokenizer", hash_text(plan.tokenizer)},
                      {"table", plan.table}};
  plan.id = hash_text(found.dump());
}

void save_plan(const BuildFolder& folder, const Plan& plan) {
  for (const fs::path& sub : {folder.work / "units", folder.work / "survey", folder.shards()})
    make_folders(sub);
  const std::vector<std::byte> entries = encode_entries(plan);
  write_whole(folder.inputs_file(), entries);
  write_whole(folder.tokenizer_file(hash_text(plan.tokenizer)), as_bytes(plan.tokenizer));
  json slices = json::array();
  for (const Slice& slice : plan.slices) slices.push_back(to_json(slice));
  const json out = {{"format", "dsprep-plan"},
                    {"version", version()},
                    {"build", plan.build},
                    {"plan", plan.id},
                    {"kind", plan.kind},
                    {"options", plan.options},
                    {"canary", plan.canary},
                    {"container", container_name(plan.container)},
                    {"schema", plan.schema.fields.empty() ? "" : schema_to_json(plan.schema)},
                    {"roots", bytes_of(plan.roots)},
                    {"archives", archives_to_json(plan.archives)},
                    {"inputs", to_hex(xxh3_128(entries))},
                    {"splits", plan.splits},
                    {"classes", bytes_of(plan.classes)},
                    {"slices", std::move(slices)},
                    {"slices_a_shard", plan.slices_a_shard},
                    {"tokenizer", hash_text(plan.tokenizer)},
                    {"table", plan.table},
                    {"rejects", rejects_to_json(plan.listing_rejects)},
                    {"ignored", plan.ignored},
                    {"surveyed", plan.surveyed}};
  write_whole(folder.plan_file(), as_bytes(seal(out)));
}

Plan load_plan(const BuildFolder& folder) {
  const Where where{.file = folder.plan_file().string()};
  const json in = read_sealed(folder.plan_file());
  try {
    if (in.at("version") != version()) {
      throw Error(ErrorCode::kVersion,
                  "the build was planned by dsprep " + in.at("version").get<std::string>() +
                      ", this is " + std::string(version()),
                  where, "go on with that version, or throw the unfinished work away with --force");
    }
    Plan plan;
    plan.build = in.at("build");
    plan.id = in.at("plan");
    plan.kind = in.at("kind");
    plan.options = in.at("options");
    plan.canary = in.at("canary");
    plan.container = container_from_name(in.at("container").get<std::string>()).value();
    if (const std::string schema = in.at("schema"); !schema.empty())
      plan.schema = schema_from_json(schema);
    plan.roots = texts_of(in.at("roots"));
    plan.archives = archives_from_json(in.at("archives"));
    plan.splits = in.at("splits").get<std::vector<std::string>>();
    plan.classes = texts_of(in.at("classes"));
    for (const json& slice : in.at("slices")) plan.slices.push_back(slice_from_json(slice));
    plan.slices_a_shard = in.at("slices_a_shard").get<std::vector<std::uint32_t>>();
    const std::string tokenizer = in.at("tokenizer");
    plan.tokenizer = read_text(folder.tokenizer_file(tokenizer));
    if (hash_text(plan.tokenizer) != tokenizer)
      throw Error(ErrorCode::kCorrupt, "the tokenizer is not the plan's", where);
    plan.table = in.at("table");
    plan.listing_rejects = rejects_from_json(in.at("rejects"));
    plan.ignored = in.at("ignored");
    plan.surveyed = in.at("surveyed");
    std::vector<std::byte> entries;
    read_whole(InputFile(folder.inputs_file()), entries);
    if (to_hex(xxh3_128(entries)) != in.at("inputs"))
      throw Error(ErrorCode::kCorrupt, "the list of inputs is not the plan's", where);
    plan.entries = decode_entries(entries);
    return plan;
  } catch (const json::exception& error) {
    throw Error(ErrorCode::kCorrupt, error.what(), where,
                "throw the unfinished work away with --force");
  }
}

void check_canary(const Plan& plan, const std::string& canary_here) {
  if (plan.canary == canary_here) return;
  throw Error(ErrorCode::kVersion,
              "this machine's codecs do not make the plan's bytes: here " + canary_here +
                  ", in the plan " + plan.canary,
              {}, "run all tasks with the same libraries");
}

}  // namespace dsprep
