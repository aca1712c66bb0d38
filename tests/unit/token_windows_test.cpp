#include "tools/ingest/token_windows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "tools/ingest/window_writer.h"

using namespace dsprep;

namespace {

std::string windows_of(std::uint64_t ids, std::uint64_t length, std::uint64_t stride, Tail tail) {
  std::vector<TokenWindow> windows;
  const WindowOptions options{.length = length, .stride = stride, .pack = false, .tail = tail};
  const std::uint64_t lost = cut_windows(ids, options, windows);
  std::string text;
  for (const TokenWindow& window : windows)
    text += std::to_string(window.start) + "+" + std::to_string(window.length) + " ";
  return text + "lost " + std::to_string(lost);
}

// Writes down what is appended.
class ListWriter final : public ShardWriter {
 public:
  void append(const Record& record) override {
    text += std::string(record.key) + "=";
    for (const FieldValue& field : record.fields) {
      for (std::size_t at = 0; at < field.bytes.size(); ++at)
        text += std::to_string(static_cast<unsigned>(field.bytes[at])) + ",";
    }
    text += " ";
  }
  void append_part(std::size_t, Bytes) override {}
  std::uint64_t samples() const noexcept override { return 0; }
  std::unique_ptr<PendingShard> finish() override { return nullptr; }

  std::string text;
};

// The same of windows that cut_windows() gives, of ids 0, 1, 2, …
std::string expected_text(std::uint64_t ids, const WindowOptions& options) {
  std::vector<TokenWindow> windows;
  const std::uint64_t lost = cut_windows(ids, options, windows);
  std::string text;
  for (const TokenWindow& window : windows) {
    text += "k@" + std::to_string(window.start) + "=";
    std::uint64_t i = 0;
    for (; i < window.length; ++i) text += std::to_string(window.start + i) + ",0,";
    if (options.tail == Tail::kPad) {
      for (; i < options.length; ++i) text += "99,0,";
      text += std::to_string(window.length) + ",0,0,0,";
    }
    text += " ";
  }
  return text + "lost " + std::to_string(lost);
}

std::string text_in_parts(std::uint64_t ids, std::uint64_t step, const WindowOptions& options,
                          WindowWriter& windows) {
  ListWriter list;
  const auto writer = [&]() -> ShardWriter& { return list; };
  std::vector<std::uint16_t> all(ids);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  const std::uint32_t none = 0;
  for (std::uint64_t at = 0;; at += step) {
    const std::uint64_t count = std::min(step, ids - at);
    const FieldValue fields[] = {{std::as_bytes(std::span(all).subspan(at, count)), Shape{count}},
                                 {std::as_bytes(std::span(&none, 1)), Shape{}}};
    const Record record{.key = "k",
                        .fields = std::span(fields).first(options.tail == Tail::kPad ? 2 : 1)};
    if (at + count == ids)
      return list.text + "lost " + std::to_string(windows.finish(record, writer));
    windows.add(record, writer);
  }
}

}  // namespace

TEST_CASE("ids that come in parts give the windows of the whole") {
  for (const Tail tail : {Tail::kKeep, Tail::kDrop, Tail::kShift, Tail::kPad}) {
    for (std::uint64_t length = 1; length <= 5; ++length) {
      for (std::uint64_t stride = 1; stride <= 7; ++stride) {
        const WindowOptions options{
            .length = length, .stride = stride, .pack = false, .tail = tail, .pad = 99};
        WindowWriter windows(options, DType::kUint16);  // one for all: each document begins anew
        for (std::uint64_t ids = 0; ids <= 20; ++ids) {
          for (const std::uint64_t step : {1, 2, 3, 7, 100}) {
            CAPTURE(ids);
            CAPTURE(length);
            CAPTURE(stride);
            CAPTURE(step);
            CHECK(text_in_parts(ids, step, options, windows) == expected_text(ids, options));
          }
        }
      }
    }
  }
}

TEST_CASE("a document is cut into windows as the options say") {
  // Whole windows only.
  CHECK(windows_of(8, 4, 4, Tail::kDrop) == "0+4 4+4 lost 0");
  CHECK(windows_of(8, 4, 2, Tail::kKeep) == "0+4 2+4 4+4 lost 0");
  // A last one that is not full.
  CHECK(windows_of(10, 4, 4, Tail::kKeep) == "0+4 4+4 8+2 lost 0");
  CHECK(windows_of(10, 4, 4, Tail::kPad) == "0+4 4+4 8+2 lost 0");
  CHECK(windows_of(10, 4, 4, Tail::kDrop) == "0+4 4+4 lost 2");
  CHECK(windows_of(10, 4, 4, Tail::kShift) == "0+4 4+4 6+4 lost 0");
  CHECK(windows_of(9, 4, 3, Tail::kDrop) == "0+4 3+4 lost 2");
  CHECK(windows_of(9, 4, 3, Tail::kShift) == "0+4 3+4 5+4 lost 0");
  // Shorter than a window.
  CHECK(windows_of(3, 4, 4, Tail::kKeep) == "0+3 lost 0");
  CHECK(windows_of(3, 4, 4, Tail::kShift) == "0+3 lost 0");
  CHECK(windows_of(3, 4, 4, Tail::kDrop) == "lost 3");
  CHECK(windows_of(4, 4, 4, Tail::kDrop) == "0+4 lost 0");
  // Nothing at all.
  CHECK(windows_of(0, 4, 4, Tail::kKeep) == "0+0 lost 0");
  CHECK(windows_of(0, 4, 4, Tail::kDrop) == "lost 0");
  // A stride longer than a window leaves ids out.
  CHECK(windows_of(10, 2, 4, Tail::kKeep) == "0+2 4+2 8+2 lost 4");
  CHECK(windows_of(10, 4, 7, Tail::kShift) == "0+4 6+4 lost 2");
  CHECK(windows_of(7, 4, 7, Tail::kKeep) == "0+4 lost 3");
}

TEST_CASE("windows with a stride up to their length leave no id out, unless the tail is dropped") {
  for (std::uint64_t ids = 0; ids < 40; ++ids)
    for (std::uint64_t length = 1; length < 10; ++length)
      for (std::uint64_t stride = 1; stride <= length; ++stride)
        for (const Tail tail : {Tail::kKeep, Tail::kShift, Tail::kPad}) {
          std::vector<TokenWindow> windows;
          const WindowOptions options{
              .length = length, .stride = stride, .pack = false, .tail = tail};
          CHECK(cut_windows(ids, options, windows) == 0);
          CHECK(windows.back().start + windows.back().length == ids);
        }
}
