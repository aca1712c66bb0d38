// InputSource: one input whose samples are made by several pieces, each in its turn.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "dsprep/error.h"
#include "tools/ingest/batch.h"
#include "tools/ingest/mapped_input.h"
#include "tools/ingest/pieces.h"

namespace dsprep {

/// Made by one thread, then read by pieces in their turns. What is wrong with the input is kept and
/// thrown by the first part that reads.
class InputSource : public PartSource {
 public:
  const Hash128& hash() const noexcept { return hash_; }
  const FileStat& stat() const noexcept { return input_->stat(); }  ///< requires: readable()
  bool readable() const noexcept { return input_.has_value(); }

 protected:
  explicit InputSource(InputBytes input);
  /// An input that could not be read.
  explicit InputSource(std::exception_ptr error) : error_(std::move(error)) {}

  InputBytes& input() noexcept { return *input_; }  ///< requires: readable()
  /// Runs work(), which looks at the header; an Error of it waits for the first part.
  template <class Work>
  void open(Work work);
  /// In turn `part`: runs work(). False where an earlier part has failed. Throws what work()
  /// throws; but kIo where somebody writes to the file, for a file that changes is no corrupt one.
  template <class Work>
  bool in_turn(std::uint64_t part, Work work);

 private:
  std::optional<InputBytes> input_;
  Hash128 hash_;
  std::exception_ptr error_;
  bool failed_ = false;
};

/// Notes an entry's bytes, hash and stat: once, with its first part.
void note_source(const Entry& entry, const InputSource& source, Batch& batch);

template <class Work>
void InputSource::open(Work work) {
  try {
    work();
  } catch (const Error&) {
    error_ = std::current_exception();
  }
}

template <class Work>
bool InputSource::in_turn(std::uint64_t part, Work work) {
  const Turns::Hold turn(*this, part);
  if (failed_) return false;
  failed_ = true;  // unless all goes well
  if (input_) input_->check_unchanged();
  if (error_) std::rethrow_exception(error_);
  try {
    work();
  } catch (const Error&) {
    input_->check_unchanged();
    throw;
  }
  input_->check_unchanged();
  failed_ = false;
  return true;
}

}  // namespace dsprep
