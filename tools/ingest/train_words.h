// The words of the documents of the train split, to train tokenizers on.
#pragma once

#include <filesystem>

#include "dsprep/tokenizer.h"
#include "tools/ingest/options.h"

namespace dsprep {

/// Reads the inputs as build-shards would, and counts what options.text.count says of the documents
/// of train. The counts do not depend on `jobs`. Throws as run_build, and kNotFound where no
/// document is in train.
WordCounts count_train_words(const BuildOptions& options);

/// The same of the train split of a dataset: of its field of text, or of its tokens, turned back
/// into text by its tokenizer. Throws kUsage where documents cannot be had back (windows, packed
/// rows, words).
WordCounts count_dataset_words(const std::filesystem::path& directory, CountUnit unit,
                               unsigned jobs);

}  // namespace dsprep
