#include "formats/wds/wds_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "formats/common/member.h"
#include "formats/common/pending_shard.h"
#include "formats/common/whole_value_writer.h"
#include "formats/wds/name_set.h"
#include "formats/wds/tar_header.h"
#include "formats/wds/tar_name.h"

namespace dsprep {
namespace {

constexpr std::string_view kFooterName = ".dsprep-footer";

// What a reader of a stream learns before the first sample; the footer has the same and more.
std::string stream_header(const ShardHeader& header) {
  const nlohmann::json json = {{"format", "dsprep-shard"},
                               {"version", {kFooterMajor, kFooterMinor}},
                               {"container", container_name(header.container)},
                               {"split", header.split},
                               {"part", header.part},
                               {"plan", header.plan},
                               {"schema", nlohmann::json::parse(schema_to_json(header.schema))}};
  return json.dump();
}

class WdsWriter final : public WholeValueWriter {
 public:
  WdsWriter(const std::filesystem::path& stem, ShardHeader header)
      : WholeValueWriter(std::move(header)), files_(stem), file_(files_.add(kTarSuffix)) {
    const std::size_t fields = schema().fields.size();
    members_.resize(fields);
    order_.resize(fields);
    for (std::size_t i = 0; i < fields; ++i) order_[i] = i;
    put_pax(TarType::kPaxGlobal, "pax_global_header",
            pax_record("DSPREP.header", stream_header(builder_.header())));
  }

  std::unique_ptr<PendingShard> finish() override;

 private:
  static constexpr const char* kTarSuffix = ".tar";

  void append_whole(const Record& record) override;
  void prepare_members(const Record& record);
  void put_pax(TarType type, std::string_view name, const std::string& records);
  void put_header(const std::string& name, std::uint64_t size);
  void put_member(const std::string& name, const Member& member);

  TemporaryFiles files_;
  OutputFile file_;
  NameSet names_;
  std::vector<Member> members_;     // of the sample that is being written, by field
  std::vector<std::size_t> order_;  // the fields in the order of their extensions
};

void WdsWriter::prepare_members(const Record& record) {
  const std::vector<Field>& fields = schema().fields;
  for (std::size_t i = 0; i < fields.size(); ++i)
    make_member(fields[i], record.fields[i], members_[i]);
  const auto extension = [this](std::size_t i) -> const std::string& {
    return members_[i].extension;
  };
  std::ranges::sort(order_, {}, extension);
  const auto twice = std::ranges::adjacent_find(order_, {}, extension);
  if (twice != order_.end()) {
    throw Error(ErrorCode::kUsage,
                "two fields of the sample '" + std::string(record.key) +
                    "' would be the member '." + extension(*twice) + "'",
                {.field = fields[*twice].name}, "rename one of the fields");
  }
}

void WdsWriter::put_pax(TarType type, std::string_view name, const std::string& records) {
  file_.append(tar_header(name, records.size(), type));
  file_.append(as_bytes(records));
  file_.append_zeros(tar_padding(records.size()));
}

void WdsWriter::put_header(const std::string& name, std::uint64_t size) {
  std::string records;
  if (name.size() > kTarNameBytes) records += pax_record("path", name);
  if (size > kTarMaxSize) records += pax_record("size", std::to_string(size));
  if (!records.empty()) put_pax(TarType::kPaxNext, "pax_header", records);
  file_.append(tar_header(name, size, TarType::kFile));
}

void WdsWriter::put_member(const std::string& name, const Member& member) {
  put_header(name, member.size());
  file_.append(member.prefix);
  file_.append(member.body);
  file_.append_zeros(tar_padding(member.size()));
}

void WdsWriter::append_whole(const Record& record) {
  prepare_members(record);
  const std::string name = tar_name(record.key, record.ambiguous_stem);
  if (!names_.insert(name)) {
    throw Error(ErrorCode::kDuplicateKey,
                "a second sample would have the name '" + name + "' in the tar",
                {.file = file_.path().string(), .sample = samples()},
                "rename one of the inputs with this name");
  }
  const std::uint64_t position = samples();
  builder_.append(record);
  for (const std::size_t i : order_) {
    const Member& member = members_[i];
    put_member(name + "." + member.extension, member);
    if (builder_.has_ranges(i)) {
      builder_.set_offset(position, i,
                          file_.size() - tar_padding(member.size()) - member.body.size());
    }
  }
}

std::unique_ptr<PendingShard> WdsWriter::finish() {
  names_ = {};
  file_.append_zeros(2 * kTarBlock);
  // The footer's header is part of the body, whose hash stands in the footer; the footer's size
  // does not depend on that hash.
  const BodyFile unhashed{kTarSuffix, file_.size() + kTarBlock, {}};
  const std::uint64_t size = builder_.encode(unhashed, kTarBlock).size();
  file_.append(tar_header(kFooterName, size, TarType::kFile));
  file_.append(builder_.encode({kTarSuffix, file_.size(), file_.hash()}, kTarBlock));
  ShardSummary summary{builder_.digest(), {{kTarSuffix, file_.size(), file_.hash()}}};
  file_.close();
  return make_pending_shard(std::move(files_), std::move(summary));
}

}  // namespace

std::unique_ptr<ShardWriter> create_wds_shard(const std::filesystem::path& stem,
                                              ShardHeader header) {
  return std::make_unique<WdsWriter>(stem, std::move(header));
}

}  // namespace dsprep
