#include "tools/ingest/image_policy.h"

#include <string>

namespace dsprep {

nlohmann::json image_policy(const nlohmann::json& options) {
  const bool gray = options.value("color", "rgb") == "gray";
  const bool kept = options.value("encode", "keep") == "keep";
  return {{"in", kept ? "readers" : "samples"},
          {"16-bit", "scaled by the range: round(v * 255 / 65535)"},
          {"alpha", "over the background " + options.value("background", "255,255,255")},
          {"gray", gray ? "one channel; colours by the luma of BT.601" : "three equal channels"},
          {"cmyk", "(255 - C)(255 - K) / 255; inverted where an Adobe marker says so"},
          {"icc", "ignored: values as they are stored"},
          {"orientation", kept ? "in the bytes; applied when they are decoded" : "applied"},
          {"several pictures", "the first page or frame"}};
}

}  // namespace dsprep
