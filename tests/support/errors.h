// What an action throws.
#pragma once

#include <functional>
#include <optional>

#include "dsprep/error.h"

namespace dsprep::test {

/// The class of the Error that `run` throws; empty where it throws none.
inline std::optional<ErrorCode> code_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace dsprep::test
