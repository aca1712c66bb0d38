// Tokens on the device: from options and a batch to a TokenJob.
#include <algorithm>

#include "dsprep/error.h"
#include "lib/gpu/draws.h"
#include "lib/gpu/work.h"

namespace dsprep::cuda {
namespace {

TokenType token_type(const Field& field) {
  switch (field.dtype) {
    case DType::kBool:
    case DType::kUint8:
      return TokenType::kUint8;
    case DType::kInt8:
      return TokenType::kInt8;
    case DType::kUint16:
      return TokenType::kUint16;
    case DType::kInt16:
      return TokenType::kInt16;
    case DType::kUint32:
      return TokenType::kUint32;
    case DType::kInt32:
      return TokenType::kInt32;
    case DType::kInt64:
      return TokenType::kInt64;
    default:
      throw Error(ErrorCode::kUsage,
                  "tokens are integers, not " + std::string(dtype_name(field.dtype)),
                  {.field = field.name});
  }
}

void check(const TokenOptions& options, const Field& field) {
  const auto refuse = [&](const char* why) {
    throw Error(ErrorCode::kUsage, why, {.field = field.name});
  };
  if (field.encoding != Encoding::kArray || field.shape.size() != 1)
    refuse("tokens are arrays of rank 1");
  if (options.type != ElementType::kInt64 && options.type != ElementType::kInt32)
    refuse("tokens become int64 or int32 on the device");
  const bool wide = field.dtype == DType::kUint32 || field.dtype == DType::kInt64;
  if (options.type == ElementType::kInt32 && wide) refuse("these tokens may not fit int32");
  if (options.type == ElementType::kInt32 && options.pad != static_cast<std::int32_t>(options.pad))
    refuse("the padding does not fit int32");
  if (options.multiple == 0) refuse("a multiple of 0");
  if (options.shift && (field.ragged() || field.shape[0] < 2))
    refuse("shift needs windows of n + 1 tokens");
}

class TokenWork final : public Work {
 public:
  TokenWork(const TokenOptions& options, const Field& field)
      : options_(options),
        ragged_(field.ragged()),
        stride_(ragged_ ? 0 : static_cast<std::uint64_t>(field.shape[0])),
        offsets_(field.name + "_offsets"),
        made_(field.name + "_made") {
    if (options_.name.empty()) options_.name = field.name == "tokens" ? "input_ids" : field.name;
    job_.from = token_type(field);
    job_.wide = options.type == ElementType::kInt64;
    job_.shift = options.shift;
    job_.pad = options.pad;
    job_.stride = stride_;
  }

  bool takes(std::string_view tensor) const noexcept override {
    return tensor == options_.field || tensor == made_ || (ragged_ && tensor == offsets_);
  }

  std::vector<Made> makes(const Arrival& batch) const override {
    const std::uint64_t rows = batch.rows();
    if (batch.tensor(made_).shape[0] != rows)
      throw Error(ErrorCode::kUsage, "tokens on the device need a sample a row",
                  {.field = options_.field}, "pack on the host: pack_rows()");
    const Shape both{rows, row_length(batch)};
    std::vector<Made> out = {{options_.name, options_.type, both}};
    if (!options_.shift) {
      out.push_back({"lengths", ElementType::kInt64, {rows}});
      out.push_back({"attention_mask", ElementType::kBool, both});
    }
    if (options_.shift || options_.targets) out.push_back({"targets", options_.type, both});
    return out;
  }

  void run(Device& device, Stream stream, const Arrival& batch, std::span<const Made> made,
           std::span<std::byte* const> out) const override {
    TokenJob job = job_;
    job.rows = batch.rows();
    job.length = made[0].shape[1];
    job.values = batch.place(options_.field);
    job.made = static_cast<const std::uint8_t*>(batch.place(made_));
    if (ragged_) job.offsets = static_cast<const std::int64_t*>(batch.place(offsets_));
    job.ids = out[0];
    if (!options_.shift) {
      job.lengths = reinterpret_cast<std::int64_t*>(out[1]);
      job.mask = reinterpret_cast<std::uint8_t*>(out[2]);
    }
    if (options_.shift || options_.targets) job.targets = out.back();
    device.run(job, stream);
  }

 private:
  std::uint64_t row_length(const Arrival& batch) const {
    if (options_.shift) return stride_ - 1;
    std::uint64_t longest = stride_;
    if (ragged_) {
      const auto offsets = batch.tensor(offsets_).as<std::int64_t>();
      for (std::size_t i = 0; i + 1 < offsets.size(); ++i)
        longest = std::max(longest, static_cast<std::uint64_t>(offsets[i + 1] - offsets[i]));
    }
    if (options_.length == 0)
      return (longest + options_.multiple - 1) / options_.multiple * options_.multiple;
    if (longest > options_.length) {
      throw Error(ErrorCode::kUsage,
                  "a sample of the batch has " + std::to_string(longest) +
                      " tokens, more than the row's " + std::to_string(options_.length),
                  {.field = options_.field},
                  "pad to a greater length, or cut long samples when the dataset is built");
    }
    return options_.length;
  }

  TokenOptions options_;
  bool ragged_;
  std::uint64_t stride_;
  std::string offsets_, made_;
  TokenJob job_{};
};

}  // namespace

std::unique_ptr<Work> token_work(const TokenOptions& options, const Source& from,
                                 LoaderOptions& loader) {
  const Field field = loaded_field(from, loader, options.field).field;
  check(options, field);
  auto work = std::make_unique<TokenWork>(options, field);
  loader.transform.push_back(made_marks(field.name));
  return work;
}

}  // namespace dsprep::cuda
