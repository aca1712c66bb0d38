#include "tools/ingest/options.h"

#include <initializer_list>
#include <utility>

#include "dsprep/error.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

template <class T>
T choose(const char* option, const std::string& text,
         std::initializer_list<std::pair<const char*, T>> choices) {
  std::string legal;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    legal += (legal.empty() ? "" : ", ") + std::string(name);
  }
  throw Error(ErrorCode::kUsage, std::string(option) + ": there is no '" + text + "'", {},
              "write one of " + legal);
}

}  // namespace

InputKind parse_kind(const std::string& text) {
  return choose<InputKind>("--kind", text,
                           {{"auto", InputKind::kAuto},
                            {"image", InputKind::kImage},
                            {"text", InputKind::kText},
                            {"table", InputKind::kTable},
                            {"audio", InputKind::kAudio}});
}

LabelRule parse_labels(const std::string& text) {
  return choose<LabelRule>(
      "--labels", text,
      {{"auto", LabelRule::kAuto}, {"folder", LabelRule::kFolder}, {"none", LabelRule::kNone}});
}

DocRule parse_doc(const std::string& text) {
  return choose<DocRule>("--doc", text,
                         {{"auto", DocRule::kAuto},
                          {"file", DocRule::kFile},
                          {"line", DocRule::kLine},
                          {"jsonl", DocRule::kJsonl},
                          {"csv", DocRule::kCsv}});
}

void parse_tail(const std::string& text, WindowOptions& windows) {
  if (text.starts_with("pad:")) {
    const auto id = parse_u64(std::string_view(text).substr(4));
    if (!id || *id > 0xFFFFFFFF)
      throw Error(ErrorCode::kUsage, "--tail: '" + text + "' has no id of 32 bits behind pad:");
    windows.tail = Tail::kPad;
    windows.pad = static_cast<std::uint32_t>(*id);
    return;
  }
  windows.silence = text == "pad";
  windows.tail = choose<Tail>("--tail", text,
                              {{"keep", Tail::kKeep},
                               {"drop", Tail::kDrop},
                               {"shift", Tail::kShift},
                               {"pad", Tail::kPad},
                               {"pad:ID", Tail::kPad}});
}

std::string tail_text(const WindowOptions& windows) {
  static constexpr const char* kNames[] = {"keep", "drop", "shift", "pad"};
  const std::string name = kNames[static_cast<std::size_t>(windows.tail)];
  if (windows.tail != Tail::kPad || windows.silence) return name;
  return name + ":" + std::to_string(windows.pad);
}

Phase parse_phase(const std::string& text) {
  return choose<Phase>(
      "--phase", text,
      {{"survey", Phase::kSurvey}, {"plan", Phase::kPlan}, {"write", Phase::kWrite}});
}

ProgressMode parse_progress(const std::string& text) {
  return choose<ProgressMode>("--progress", text,
                              {{"auto", ProgressMode::kAuto},
                               {"bar", ProgressMode::kBar},
                               {"plain", ProgressMode::kPlain},
                               {"json", ProgressMode::kJson},
                               {"none", ProgressMode::kNone}});
}

MaxRejects parse_max_rejects(const std::string& text) {
  std::string_view number = text;
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  const auto value = parse_u64(number);
  if (!value || (percent && *value > 100)) {
    throw Error(ErrorCode::kUsage,
                "--max-rejects: '" + text + "' is neither a number nor a percentage", {},
                "write 100 or 1%");
  }
  return {*value, percent};
}

std::string kind_name(InputKind kind) {
  static constexpr const char* kNames[] = {"auto", "image", "text", "table", "audio"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string doc_name(DocRule doc) {
  static constexpr const char* kNames[] = {"auto", "file", "line", "jsonl", "csv"};
  return kNames[static_cast<std::size_t>(doc)];
}

std::string special_name(SpecialTokens special) {
  static constexpr const char* kNames[] = {"default", "allow", "forbid", "text"};
  return kNames[static_cast<std::size_t>(special)];
}

}  // namespace dsprep
