#include "lib/text/hf/post_processor.h"

#include "lib/text/hf/json_parts.h"

namespace dsprep::hf {
namespace {

// A second layer would not see one text any more but the parts of the first one's template.
void set(TextMarks& marks, TextMarks found) {
  if (marks != TextMarks{}) refuse("post-processors that add to what others added");
  marks = std::move(found);
}

// The single text's template: special tokens, and the text ("A") exactly once.
void read_template(const nlohmann::json& part, TextMarks& marks) {
  TextMarks found;
  bool passed = false;
  for (const nlohmann::json& item : part.at("single")) {
    if (const auto text = item.find("Sequence"); text != item.end()) {
      if (passed || text->at("id") != "A") refuse("a template that is not one text and its marks");
      passed = true;
      continue;
    }
    const auto name = item.at("SpecialToken").at("id").get<std::string>();
    for (const nlohmann::json& id : part.at("special_tokens").at(name).at("ids"))
      (passed ? found.back : found.front).push_back(id.get<TokenId>());
  }
  if (!passed) refuse("a template without the text");
  set(marks, std::move(found));
}

// BERT's and RoBERTa's put cls in front and sep behind, each a pair of token and id.
void read_pair(const nlohmann::json& part, TextMarks& marks) {
  set(marks, {{part.at("cls").at(1).get<TokenId>()}, {part.at("sep").at(1).get<TokenId>()}});
}

void read(const nlohmann::json& part, TextMarks& marks) {
  const std::string type = type_of(part);
  if (type == "ByteLevel") return;  // moves offsets only
  if (type == "TemplateProcessing") return read_template(part, marks);
  if (type == "BertProcessing" || type == "RobertaProcessing") return read_pair(part, marks);
  if (type != "Sequence") refuse("a post-processor '" + type + "'");
  for (const nlohmann::json& inner : part.at("processors")) read(inner, marks);
}

}  // namespace

PostProcessor::PostProcessor(const nlohmann::json& file) {
  try {
    const auto part = file.find("post_processor");
    if (part != file.end() && !part->is_null()) read(*part, marks_);
  } catch (const Error& error) {
    marks_ = {};
    refusal_ = error.message();
  } catch (const nlohmann::json::exception& error) {
    refusal_ = "the tokenizer's post-processor is damaged: " + std::string(error.what());
  }
}

TextMarks PostProcessor::marks() const {
  if (!refusal_.empty())
    throw Error(ErrorCode::kUnsupportedFormat, refusal_, {}, "give the marks by --bos and --eos");
  return marks_;
}

}  // namespace dsprep::hf
