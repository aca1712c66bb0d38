#include "tools/ingest/survey.h"

#include "formats/common/file.h"
#include "formats/common/sealed_json.h"

namespace dsprep {
using nlohmann::json;

void SurveyCounts::merge(const SurveyCounts& other) {
  words.merge(other.words);
  labels.insert(other.labels.begin(), other.labels.end());
  number_labels = number_labels || other.number_labels;
  for (const auto& [name, count] : other.splits) splits[name] += count;
}

void save_survey(const std::filesystem::path& file, const SurveyCounts& counts,
                 const Digest& stats) {
  json words = json::object();
  for (const auto& [word, count] : counts.words.counts()) words[word] = count;
  const json out = {{"words", std::move(words)},
                    {"labels", counts.labels},
                    {"number_labels", counts.number_labels},
                    {"splits", counts.splits},
                    {"tail_lines", counts.tail_lines},
                    {"stats", to_hex(stats.polynomial())}};
  write_whole(file, as_bytes(seal(out)));
}

std::optional<SurveyCounts> load_survey(const std::filesystem::path& file, const Digest& stats) {
  try {
    const json in = read_sealed(file);
    if (in.at("stats") != to_hex(stats.polynomial())) return std::nullopt;
    SurveyCounts counts;
    for (const auto& [word, count] : in.at("words").items())
      counts.words.add(word, count.get<std::uint64_t>());
    counts.labels = in.at("labels");
    counts.number_labels = in.at("number_labels");
    counts.splits = in.at("splits");
    counts.tail_lines = in.at("tail_lines");
    return counts;
  } catch (const Error&) {
    return std::nullopt;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace dsprep
