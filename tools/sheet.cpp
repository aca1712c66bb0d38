#include "tools/sheet.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dsprep/dataset.h"
#include "dsprep/error.h"
#include "formats/common/text.h"
#include "tools/canvas.h"
#include "tools/target.h"

namespace dsprep {
namespace {

constexpr std::uint32_t kSide = 96;  // of a thumbnail
constexpr std::uint32_t kGap = 4;    // between thumbnails
constexpr std::uint32_t kMargin = 12;
constexpr std::size_t kColumns = 10;
constexpr std::size_t kMostClasses = 60;
constexpr std::size_t kMostPlain = 60;   // samples where there are no classes
constexpr std::size_t kMostSources = 4;  // pictures whose tiles are shown
constexpr std::uint32_t kSourceSide = 900;
constexpr std::uint32_t kWidth = 2 * kMargin + kColumns * (kSide + kGap);
constexpr std::uint32_t kLine = Canvas::kLetterHeight + 8;
constexpr std::size_t kMostLetters = (kWidth - 2 * kMargin) / Canvas::kLetterWidth;

// The pixels of a sample's field "image"; empty where they cannot be decoded.
std::optional<Image> pixels_of(const Tensor& tensor) {
  try {
    if (tensor.encoding == Encoding::kImage) return decode_image(tensor.bytes);
    const bool rows = tensor.dtype == DType::kUint8 && tensor.shape.rank() == 3 &&
                      (tensor.shape[2] == 1 || tensor.shape[2] == 3);
    if (!rows) return std::nullopt;
    Image image;
    image.reshape(static_cast<std::uint32_t>(tensor.shape[1]),
                  static_cast<std::uint32_t>(tensor.shape[0]),
                  static_cast<std::uint32_t>(tensor.shape[2]));
    std::ranges::copy(tensor.as<std::uint8_t>(), image.pixels.begin());
    return image;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Fits into a square of kSide, in its middle.
void draw_thumbnail(Canvas& canvas, const std::optional<Image>& image, std::uint32_t x,
                    std::uint32_t y) {
  if (!image || image->width == 0 || image->height == 0)
    return canvas.cross(x, y, kSide, Canvas::kRed);
  const std::uint64_t longer = std::max(image->width, image->height);
  const auto side = [&](std::uint32_t length) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, length * kSide / longer));
  };
  const std::uint32_t width = side(image->width), height = side(image->height);
  canvas.picture(*image, x + (kSide - width) / 2, y + (kSide - height) / 2, width, height);
}

// Width and height, without the pixels; 1 x 1 where that cannot be told.
std::pair<std::uint64_t, std::uint64_t> size_of(const Tensor& tensor) {
  if (tensor.encoding != Encoding::kImage && tensor.shape.rank() == 3)
    return {tensor.shape[1], tensor.shape[0]};
  try {
    const ImageInfo info = inspect_image(tensor.bytes);
    return {info.width, info.height};
  } catch (const Error&) {
    return {1, 1};
  }
}

// A heading and the samples below it.
struct Group {
  std::string heading;
  std::uint64_t samples = 0;
  std::vector<std::uint64_t> shown;
};

std::string class_heading(const Dataset& data, std::int64_t label) {
  const auto index = static_cast<std::uint64_t>(label);
  const bool named = label >= 0 && index < data.classes().size();
  return std::to_string(label) +
         (named ? " " + escape_controls(data.classes()[static_cast<std::size_t>(label)]) : "");
}

std::vector<Group> groups_of(const Dataset& data) {
  std::map<std::int64_t, Group> groups;
  const auto label = data.schema().find("label");
  if (!label) {
    Group all{.heading = "", .samples = data.size(), .shown = {}};
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(kMostPlain, data.size()); ++i)
      all.shown.push_back(i);
    return {all};
  }
  SampleBuffer buffer;
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    Group& group = groups[data.field(i, *label, buffer).label()];
    if (++group.samples <= kColumns) group.shown.push_back(i);
  }
  std::vector<Group> out;
  for (auto& [value, group] : groups) {
    group.heading = class_heading(data, value) + ": " + std::to_string(group.samples);
    out.push_back(std::move(group));
  }
  return out;
}

std::uint32_t height_of(const Group& group) {
  const auto rows = static_cast<std::uint32_t>((group.shown.size() + kColumns - 1) / kColumns);
  return (group.heading.empty() ? 0 : kLine) + rows * (kSide + kGap) + kGap;
}

void draw_title(Canvas& canvas, const Dataset& data, const std::string& more) {
  const std::string title = data.split() + ": " + std::to_string(data.size()) + " samples" + more;
  canvas.text(kMargin, kMargin, title, Canvas::kBlack, kMostLetters);
}

Image draw_groups(const Dataset& data) {
  std::vector<Group> groups = groups_of(data);
  const std::size_t all = groups.size();
  groups.resize(std::min(all, kMostClasses));
  std::uint32_t height = 2 * kMargin + kLine + kGap;
  for (const Group& group : groups) height += height_of(group);
  Canvas canvas(kWidth, height);
  draw_title(canvas, data,
             all > groups.size() ? ", the first " + std::to_string(groups.size()) + " of " +
                                       std::to_string(all) + " classes"
                                 : "");
  std::uint32_t y = kMargin + kLine + kGap;
  SampleBuffer buffer;
  for (const Group& group : groups) {
    const std::uint32_t top = y + (group.heading.empty() ? 0 : kLine);
    canvas.text(kMargin, y, group.heading, Canvas::kBlack, kMostLetters);
    for (std::size_t i = 0; i < group.shown.size(); ++i) {
      const auto column = static_cast<std::uint32_t>(i % kColumns);
      const auto row = static_cast<std::uint32_t>(i / kColumns);
      draw_thumbnail(canvas, pixels_of(data.field(group.shown[i], "image", buffer)),
                     kMargin + column * (kSide + kGap), top + row * (kSide + kGap));
    }
    y += height_of(group);
  }
  return canvas.image();
}

// A picture that was cut, and the samples that are its tiles: they stand together in a split.
struct Source {
  std::string key;
  std::uint64_t first = 0;
  std::uint64_t tiles = 0;
  std::uint64_t width = 0, height = 0;
  std::uint64_t covered_width = 0, covered_height = 0;  // by its tiles
  /// A place in the picture, on the sheet.
  std::uint32_t scaled(std::uint64_t length) const {
    const std::uint64_t longer =
        std::max({width, height, covered_width, covered_height, std::uint64_t{kSourceSide}});
    return static_cast<std::uint32_t>(length * kSourceSide / longer);
  }
};

struct Corner {
  std::uint64_t x = 0, y = 0;
};

Corner corner_of(const Sample& sample) {
  const auto number = [&](const char* field) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, sample[field].label()));
  };
  return {number("x"), number("y")};
}

std::vector<Source> sources_of(const Dataset& data) {
  std::vector<Source> sources;
  SampleBuffer buffer;
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    const Sample sample = data.read(i, buffer);
    const std::string_view key = sample.key().substr(0, sample.key().rfind('@'));
    if (sources.empty() || sources.back().key != key) {
      if (sources.size() == kMostSources) break;
      const auto size = sample["source_size"].as<std::int64_t>();
      sources.push_back({.key = std::string(key), .first = i});
      sources.back().width = static_cast<std::uint64_t>(std::max<std::int64_t>(1, size[0]));
      sources.back().height = static_cast<std::uint64_t>(std::max<std::int64_t>(1, size[1]));
    }
    Source& source = sources.back();
    ++source.tiles;
    const auto [width, height] = size_of(sample["image"]);  // padded tiles reach over the border
    const Corner corner = corner_of(sample);
    source.covered_width = std::max(source.covered_width, corner.x + width);
    source.covered_height = std::max(source.covered_height, corner.y + height);
  }
  return sources;
}

void draw_source(Canvas& canvas, const Dataset& data, const Source& source, std::uint32_t top) {
  SampleBuffer buffer;
  for (std::uint64_t i = source.first; i < source.first + source.tiles; ++i) {
    const Sample sample = data.read(i, buffer);
    const Corner corner = corner_of(sample);
    const std::uint32_t x = source.scaled(corner.x), y = source.scaled(corner.y);
    const auto image = pixels_of(sample["image"]);
    if (!image) {
      canvas.cross(kMargin + x, top + y, 10, Canvas::kRed);
      continue;
    }
    const std::uint32_t width = std::max(source.scaled(corner.x + image->width) - x, 1U);
    const std::uint32_t height = std::max(source.scaled(corner.y + image->height) - y, 1U);
    canvas.picture(*image, kMargin + x, top + y, width, height);
    canvas.frame(kMargin + x, top + y, width, height, Canvas::kGray);
  }
  canvas.frame(kMargin, top, source.scaled(source.width), source.scaled(source.height),
               Canvas::kRed);
}

std::uint32_t height_of(const Source& source) {
  return kLine + source.scaled(std::max(source.height, source.covered_height)) + 4 * kGap;
}

Image draw_tiles(const Dataset& data) {
  const std::vector<Source> sources = sources_of(data);
  std::uint32_t height = 2 * kMargin + kLine + kGap;
  for (const Source& source : sources) height += height_of(source);
  Canvas canvas(kWidth, height);
  draw_title(canvas, data, ", tiles");
  std::uint32_t y = kMargin + kLine + kGap;
  for (const Source& source : sources) {
    const std::string heading = escape_controls(source.key) + ": " + std::to_string(source.width) +
                                "x" + std::to_string(source.height) + ", " +
                                std::to_string(source.tiles) +
                                (source.tiles == 1 ? " tile" : " tiles");
    canvas.text(kMargin, y, heading, Canvas::kBlack, kMostLetters);
    draw_source(canvas, data, source, y + kLine);
    y += height_of(source);
  }
  return canvas.image();
}

}  // namespace

Image contact_sheet(const std::filesystem::path& directory) {
  const std::vector<Dataset> splits = open_splits(directory);
  if (splits.empty() || !splits.front().schema().find("image")) {
    throw Error(ErrorCode::kUsage, "there are no pictures to show", {.file = directory.string()},
                "--sheet is for datasets with a field 'image'");
  }
  const Dataset& data = splits.front();
  const bool tiles = data.schema().find("source_size") && data.schema().find("x");
  return tiles ? draw_tiles(data) : draw_groups(data);
}

}  // namespace dsprep
