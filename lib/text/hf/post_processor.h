// What a tokenizer.json's post-processor puts around a single text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dsprep/tokenizer.h"

namespace dsprep::hf {

/// Reading never fails: most users of a file do not ask for its marks.
class PostProcessor {
 public:
  PostProcessor() = default;
  /// Of the whole file.
  explicit PostProcessor(const nlohmann::json& file);

  /// Throws kUnsupportedFormat where the file asks for something else than ids in front and behind.
  TextMarks marks() const;

 private:
  TextMarks marks_;
  std::string refusal_;
};

}  // namespace dsprep::hf
