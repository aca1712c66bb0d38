// ImageOptions as text: one table of names, each with a function that reads it and one that writes
// it.
#include "dsprep/error.h"
#include "dsprep/image_transform.h"
#include "formats/common/json.h"
#include "formats/common/text.h"

namespace dsprep {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view value, std::string remedy) {
  throw Error(ErrorCode::kUsage,
              "--" + std::string(name) + " does not take '" + escape_controls(value) + "'", {},
              std::move(remedy));
}

template <class Value>
Value require(std::optional<Value> value, std::string_view name, std::string_view text,
              std::string remedy) {
  if (!value) refuse(name, text, std::move(remedy));
  return *value;
}

void read_resize(ImageOptions& options, std::string_view text) {
  options.resize = require(resize_spec_from_text(text), "resize", text, "use N or WxH, in pixels");
}
void read_crop(ImageOptions& options, std::string_view text) {
  options.crop = require(resize_spec_from_text(text), "crop", text, "use N or WxH, in pixels");
}
void read_fit(ImageOptions& options, std::string_view text) {
  options.fit =
      require(fit_from_name(text), "fit", text, "use shorter, longer, cover, contain or stretch");
}
void read_filter(ImageOptions& options, std::string_view text) {
  options.filter = require(filter_from_name(text), "filter", text, "use area, bilinear or lanczos");
}

// The Q of "jpeg:Q"; the default where there is none.
int read_quality(std::string_view text, std::string_view digits, int otherwise) {
  if (digits.empty()) return otherwise;
  const auto quality = parse_u64(digits.substr(1));
  if (!quality || *quality < 1 || *quality > 100) {
    refuse("encode", text, "use a quality from 1 to 100");
  }
  return static_cast<int>(*quality);
}

void read_encode(ImageOptions& options, std::string_view text) {
  const std::string_view kind = text.substr(0, text.find(':'));
  const std::string_view digits = text.substr(kind.size());  // with the colon
  if (kind == "jpeg") {
    options.encode = ImageEncode::kJpeg;
    options.jpeg.quality = read_quality(text, digits, options.jpeg.quality);
  } else if (kind == "webp") {
    options.encode = ImageEncode::kWebp;
    options.webp_quality = read_quality(text, digits, options.webp_quality);
  } else if (text == "keep") {
    options.encode = ImageEncode::kKeep;
  } else if (text == "png") {
    options.encode = ImageEncode::kPng;
  } else if (text == "raw") {
    options.encode = ImageEncode::kRaw;
  } else {
    refuse("encode", text, "use keep, jpeg[:Q], png, webp[:Q] or raw");
  }
}

void read_subsampling(ImageOptions& options, std::string_view text) {
  if (text != "4:2:0" && text != "4:4:4") refuse("subsampling", text, "use 4:2:0 or 4:4:4");
  options.jpeg.subsampling = text == "4:2:0" ? Subsampling::k420 : Subsampling::k444;
}
void read_color(ImageOptions& options, std::string_view text) {
  if (text != "rgb" && text != "gray") refuse("color", text, "use rgb or gray");
  options.color = text == "rgb" ? ColorMode::kRgb : ColorMode::kGray;
}
void read_max_pixels(ImageOptions& options, std::string_view text) {
  options.max_pixels = require(parse_u64(text), "max-pixels", text, "use a number of pixels");
}
void read_check(ImageOptions& options, std::string_view text) {
  if (text != "header" && text != "decode") refuse("check", text, "use header or decode");
  options.check = text == "header" ? ImageCheck::kHeader : ImageCheck::kDecode;
}

void read_background(ImageOptions& options, std::string_view text) {
  std::string_view rest = text;
  for (std::size_t i = 0; i < options.background.size(); ++i) {
    const std::size_t comma = rest.find(',');
    const auto value = parse_u64(rest.substr(0, comma));
    const bool last = i + 1 == options.background.size();
    if (!value || *value > 255 || last != (comma == rest.npos)) {
      refuse("background", text, "use RED,GREEN,BLUE from 0 to 255");
    }
    options.background[i] = static_cast<std::uint8_t>(*value);
    if (!last) rest.remove_prefix(comma + 1);
  }
}

void read_lenient(ImageOptions& options, std::string_view text) {
  if (text != "yes" && text != "no") refuse("lenient", text, "use yes or no");
  options.lenient = text == "yes";
}

std::string encode_text(const ImageOptions& options) {
  switch (options.encode.value_or(ImageEncode::kKeep)) {
    case ImageEncode::kJpeg:
      return "jpeg:" + std::to_string(options.jpeg.quality);
    case ImageEncode::kPng:
      return "png";
    case ImageEncode::kWebp:
      return "webp:" + std::to_string(options.webp_quality);
    case ImageEncode::kRaw:
      return "raw";
    default:
      return "keep";
  }
}

std::string subsampling_text(const ImageOptions& options) {
  if (options.encode != ImageEncode::kJpeg) return {};
  return options.jpeg.subsampling == Subsampling::k420 ? "4:2:0" : "4:4:4";
}

std::string background_text(const ImageOptions& options) {
  const Rgb& color = options.background;
  return std::to_string(color[0]) + "," + std::to_string(color[1]) + "," + std::to_string(color[2]);
}

struct Row {
  ImageOptionHelp help;
  void (*read)(ImageOptions&, std::string_view);
  std::string (*write)(
      const ImageOptions&);  // of effective options; empty where the option means nothing
};

const Row kRows[] = {
    {{"resize", "N (one side, keeping the ratio) or WxH"},
     read_resize,
     [](const ImageOptions& o) { return o.resize ? o.resize->to_text() : std::string(); }},
    {{"fit", "shorter (for N), longer, cover (for WxH), contain or stretch"},
     read_fit,
     [](const ImageOptions& o) { return std::string(o.resize ? fit_name(*o.fit) : ""); }},
    {{"crop", "N or WxH: only the middle of what --resize N makes"},
     read_crop,
     [](const ImageOptions& o) { return o.crop ? o.crop->to_text() : std::string(); }},
    {{"filter", "area, bilinear (default) or lanczos, all antialiased"},
     read_filter,
     [](const ImageOptions& o) { return std::string(o.resize ? filter_name(o.filter) : ""); }},
    {{"encode", "keep (default where pixels stay), jpeg[:Q] (else: 95), png, webp[:Q] (90) or raw"},
     read_encode,
     encode_text},
    {{"subsampling", "of jpeg: 4:2:0 (default) or 4:4:4"}, read_subsampling, subsampling_text},
    {{"color", "rgb (default) or gray"},
     read_color,
     [](const ImageOptions& o) {
       return std::string(o.color == ColorMode::kRgb ? "rgb" : "gray");
     }},
    {{"max-pixels", "most pixels of a picture, by its header (default 2^28)"},
     read_max_pixels,
     [](const ImageOptions& o) { return std::to_string(o.max_pixels); }},
    {{"check", "with keep: header (default) or decode every picture"},
     read_check,
     [](const ImageOptions& o) {
       return std::string(o.check == ImageCheck::kHeader ? "header" : "decode");
     }},
    {{"background", "R,G,B under transparent pixels and around contain (default 255,255,255)"},
     read_background,
     background_text},
    {{"lenient",
      "JPEG, TIFF: count pixels that the codec lost, but could go on behind, instead of refusing "
      "them"},
     read_lenient,
     [](const ImageOptions& o) { return std::string(o.lenient ? "yes" : ""); }},
};

}  // namespace

std::span<const ImageOptionHelp> image_option_help() noexcept {
  static const std::vector<ImageOptionHelp> helps = [] {
    std::vector<ImageOptionHelp> result;
    for (const Row& row : kRows) result.push_back(row.help);
    return result;
  }();
  return helps;
}

void set_image_option(ImageOptions& options, std::string_view name, std::string_view value) {
  for (const Row& row : kRows) {
    if (row.help.name == name) return row.read(options, value);
  }
  throw Error(ErrorCode::kUsage, "there is no picture option --" + std::string(name));
}

ImageOptions ImageOptions::effective() const {
  ImageOptions result = *this;
  const bool changed = resize || color == ColorMode::kGray;
  if (!result.encode) result.encode = changed ? ImageEncode::kJpeg : ImageEncode::kKeep;
  if (resize && !fit) result.fit = resize->one_side() ? Fit::kShorter : Fit::kCover;
  if (crop && crop->one_side()) result.crop->height = crop->width;
  // Other encodings decode every picture anyway.
  if (result.encode != ImageEncode::kKeep) result.check = ImageCheck::kDecode;
  return result;
}

void ImageOptions::validate() const {
  const ImageOptions options = effective();
  const auto wrong = [](const char* what, const char* remedy) {
    throw Error(ErrorCode::kUsage, what, {}, remedy);
  };
  if (fit && !resize) wrong("--fit without --resize", "say the size with --resize");
  if (options.encode == ImageEncode::kKeep && resize) {
    wrong("--encode keep keeps the bytes, so --resize has no effect", "use jpeg, png, webp or raw");
  }
  if (options.encode == ImageEncode::kKeep && color == ColorMode::kGray) {
    wrong("--encode keep keeps the bytes, so --color has no effect", "use jpeg, png, webp or raw");
  }
  if (jpeg.quality < 1 || jpeg.quality > 100) wrong("--encode jpeg:Q needs Q from 1 to 100", "");
  if (webp_quality < 0 || webp_quality > 100) wrong("--encode webp:Q needs Q from 1 to 100", "");
  if (max_pixels == 0) wrong("--max-pixels 0 lets no picture in", "use at least 1");
  if (crop && (!resize || !resize->one_side())) {
    wrong("--crop cuts the middle out of what --resize N makes, and there is none",
          "say --resize N; --resize WxH cuts by itself");
  }
  if (crop && crop->width == 0) wrong("--crop needs sides of at least 1", "");
  if (!resize) return;
  if (resize->width == 0) wrong("--resize needs sides of at least 1", "");
  const bool ratio_of_one = options.fit == Fit::kShorter || options.fit == Fit::kLonger;
  if (ratio_of_one && !resize->one_side())
    wrong("--fit shorter and longer take one side", "use --resize N");
  if (!ratio_of_one && resize->one_side()) {
    wrong("--fit cover, contain and stretch take two sides", "use --resize WxH");
  }
}

std::string ImageOptions::to_text() const {
  const ImageOptions options = effective();
  nlohmann::json object = nlohmann::json::object();
  for (const Row& row : kRows) {
    std::string value = row.write(options);
    if (!value.empty()) object[std::string(row.help.name)] = std::move(value);
  }
  return object.dump();
}

ImageOptions image_options_from_text(std::string_view json) {
  return read_json(json, {}, [](const nlohmann::json& object) {
    ImageOptions options;
    try {
      for (const auto& [name, value] : object.items()) {
        set_image_option(options, name, value.get<std::string>());
      }
    } catch (const Error& error) {
      throw Error(ErrorCode::kCorrupt, "picture options: " + error.message(), error.where());
    }
    return options;
  });
}

}  // namespace dsprep
