// What the tests of the loader share: sources that are made, and what batches and errors say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "dsprep/loader.h"
#include "support/errors.h"
#include "support/fake_source.h"
#include "support/indexes.h"

namespace dsprep::test {

inline SourcePtr fake(std::uint64_t size, FakeBehaviour behaviour = {}, bool ragged = true) {
  return std::make_shared<FakeSource>(size, std::move(behaviour), ragged);
}

// The ids that a batch holds, as they were read into its memory.
inline Indexes ids_of(const Batch& batch) {
  const auto ids = batch["id"].as<std::uint64_t>();
  return {ids.begin(), ids.end()};
}

inline Indexes valid_ids(const Batch& batch) {
  Indexes out;
  const auto ids = batch["id"].as<std::uint64_t>();
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (batch.valid()[i]) out.push_back(ids[i]);
  return out;
}

inline Indexes epoch_ids(Loader& loader, std::uint64_t epoch) {
  Indexes out;
  for (const Batch& batch : loader.epoch(epoch)) {
    const Indexes ids = valid_ids(batch);
    out.insert(out.end(), ids.begin(), ids.end());
  }
  return out;
}

inline Error error_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorCode::kInternal, "nothing was thrown"};
}

inline bool says(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace dsprep::test
