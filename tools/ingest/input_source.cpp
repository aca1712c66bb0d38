#include "tools/ingest/input_source.h"

#include "tools/ingest/kind.h"

namespace dsprep {

InputSource::InputSource(InputBytes input) : input_(std::move(input)), hash_(input_->hash()) {}

void note_source(const Entry& entry, const InputSource& source, Batch& batch) {
  batch.bytes += entry.bytes;
  if (source.readable()) {
    note_stat(batch.stats, source.stat());
    batch.inputs.append(source.hash());
  } else {
    batch.stats.append(Hash128{});  // as stats_now() has it for a file that cannot be opened
  }
}

}  // namespace dsprep
