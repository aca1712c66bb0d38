// The texts of the train split, or the words in them, to train tokenizers on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dsprep/words.h"
#include "tools/ingest/options.h"

namespace dsprep {

struct TrainTexts {
  WordCounts words;                ///< as options.text.count says
  std::vector<std::string> texts;  ///< for CountUnit::kTexts, in the order of the inputs
};

/// Reads the inputs as build-shards would, and takes the documents of train. The result does not
/// depend on `jobs`. Throws as run_build, and kNotFound where no document is in train.
TrainTexts read_train_texts(const BuildOptions& options);

/// The same of the train split of a dataset: of its field of text, or of its tokens, turned back
/// into text by its tokenizer. Throws kUsage where documents cannot be had back (windows, packed
/// rows, words).
TrainTexts read_train_texts(const std::filesystem::path& directory, CountUnit unit, unsigned jobs);

}  // namespace dsprep
