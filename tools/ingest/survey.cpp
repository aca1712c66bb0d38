#include "tools/ingest/survey.h"

#include <algorithm>

#include "formats/common/file.h"
#include "formats/common/sealed_json.h"

namespace dsprep {
using nlohmann::json;
namespace {

json to_json(const WordCounts& counts) {
  json words = json::object();
  for (const auto& [word, count] : counts.counts()) words[word] = count;
  return words;
}

WordCounts words_from_json(const json& in) {
  WordCounts counts;
  for (const auto& [word, count] : in.items()) counts.add(word, count.get<std::uint64_t>());
  return counts;
}

}  // namespace

void SurveyCounts::merge(const SurveyCounts& other) {
  words.merge(other.words);
  labels.insert(other.labels.begin(), other.labels.end());
  number_labels = number_labels || other.number_labels;
  for (const auto& [name, count] : other.splits) splits[name] += count;
  looks.resize(std::max(looks.size(), other.looks.size()));
  for (std::size_t i = 0; i < other.looks.size(); ++i) looks[i] |= other.looks[i];
  categories.resize(std::max(categories.size(), other.categories.size()));
  for (std::size_t i = 0; i < other.categories.size(); ++i)
    categories[i].merge(other.categories[i]);
}

void save_survey(const std::filesystem::path& file, const SurveyCounts& counts,
                 const Digest& stats) {
  json categories = json::array();
  for (const WordCounts& words : counts.categories) categories.push_back(to_json(words));
  const json out = {{"words", to_json(counts.words)},        {"looks", counts.looks},
                    {"categories", std::move(categories)},   {"labels", counts.labels},
                    {"number_labels", counts.number_labels}, {"splits", counts.splits},
                    {"tail_lines", counts.tail_lines},       {"stats", to_hex(stats.polynomial())}};
  write_whole(file, as_bytes(seal(out)));
}

std::optional<SurveyCounts> load_survey(const std::filesystem::path& file, const Digest& stats) {
  try {
    const json in = read_sealed(file);
    if (in.at("stats") != to_hex(stats.polynomial())) return std::nullopt;
    SurveyCounts counts;
    counts.words = words_from_json(in.at("words"));
    counts.looks = in.at("looks").get<std::vector<std::uint8_t>>();
    for (const json& words : in.at("categories"))
      counts.categories.push_back(words_from_json(words));
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
