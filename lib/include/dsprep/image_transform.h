// What ingest makes of a picture: its options, and the transform that carries them out.
// ImageOptions: a value. ImageTransform: const, any number of threads, each with its own
// ImageWorkspace.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dsprep/image.h"
#include "dsprep/record.h"
#include "dsprep/resize.h"

namespace dsprep {

/// What the samples hold.
enum class ImageEncode : std::uint8_t {
  kKeep,  ///< the input's own bytes, orientation and all
  kJpeg,
  kPng,
  kWebp,  ///< lossy
  kRaw,   ///< uint8, height x width x channels
};

/// How carefully kept bytes are looked at.
enum class ImageCheck : std::uint8_t {
  kHeader,  ///< signature, frame header, size and end marker
  kDecode,  ///< every pixel
};

/// Empty optionals stand for defaults that depend on the other options; see effective().
struct ImageOptions {
  std::optional<ResizeSpec> resize = std::nullopt;
  std::optional<Fit> fit = std::nullopt;          ///< shorter for one side, cover for two
  std::optional<ResizeSpec> crop = std::nullopt;  ///< of one side: the middle that is left of it
  Filter filter = Filter::kBilinear;
  std::optional<ImageEncode> encode = std::nullopt;  ///< keep; with resize or gray: jpeg
  JpegOptions jpeg = {};                             ///< for encode jpeg
  int webp_quality = 90;                             ///< for encode webp: 0 to 100
  ColorMode color = ColorMode::kRgb;
  std::uint64_t max_pixels =
      ImageLimits{}.max_pixels;  ///< of an input, and of what a resize makes of it
  ImageCheck check = ImageCheck::kHeader;
  Rgb background = {255, 255, 255};  ///< under transparent pixels and around contained pictures
  bool lenient = false;              ///< lost pixels are counted (ImageInfo::losses), not refused

  /// Throws kUsage that names the option at fault.
  void validate() const;
  /// The same with every default filled in.
  ImageOptions effective() const;
  /// Canonical JSON of the effective options, one text a member:
  /// `{"background":"255,255,255","check":"header",…}`.
  std::string to_text() const;
};

/// The options' names on the command line and in the canonical JSON, with a line of help each.
struct ImageOptionHelp {
  std::string_view name;
  std::string_view help;
};
std::span<const ImageOptionHelp> image_option_help() noexcept;

/// Sets one option from its text, as the command line has it: ("encode", "jpeg:90"). Throws kUsage
/// that names it.
void set_image_option(ImageOptions& options, std::string_view name, std::string_view value);
/// The inverse of to_text(). Throws kCorrupt.
ImageOptions image_options_from_text(std::string_view json);

/// Takes pixels of a picture, some whole rows after the other.
using PixelSink = std::function<void(std::span<const std::uint8_t> pixels)>;

struct ResampleMemory;
struct StoredPixels;

/// Memory that one thread uses for picture after picture, and what is known of the last one.
class ImageWorkspace {
 public:
  ImageWorkspace();
  ~ImageWorkspace();
  ImageWorkspace(ImageWorkspace&&) noexcept;
  ImageWorkspace& operator=(ImageWorkspace&&) noexcept;

  /// The header of the picture that was worked on last, and the number of harmless faults in it.
  const ImageInfo& info() const noexcept { return info_; }
  /// From now on `sink` is shown the pixels that readers will get of each value that is encoded: as
  /// decode_image() gives them, and those of raw values as they are; an empty one ends it. Needs
  /// ImageTransform::shows_stored().
  void show_stored(PixelSink sink);

 private:
  friend class ImageTransform;
  ImageInfo info_;
  std::unique_ptr<ResampleMemory> memory_;
  Image pixels_;
  Image canvas_;
  std::vector<std::byte> encoded_;
  std::unique_ptr<StoredPixels> stored_;  // null: nobody asks
};

class ImageTransform {
 public:
  /// Throws kUsage as ImageOptions::validate.
  explicit ImageTransform(const ImageOptions& options);

  /// The effective options.
  const ImageOptions& options() const noexcept { return options_; }
  /// What comes out: "image", encoded (kImage) or raw (kArray; extents fixed where the size is).
  const Field& field() const noexcept { return field_; }

  /// The value of field() for the picture in `input`. Its bytes are `input` itself (encode keep) or
  /// live in `workspace` until it is used again. Throws as inspect_image and decode_image; the
  /// place is up to the caller, who knows the file.
  FieldValue apply(Bytes input, ImageWorkspace& workspace) const;
  /// The upright, resized pixels that would be encoded (with keep: the decoded ones). They live in
  /// `workspace`.
  const Image& render(Bytes input, ImageWorkspace& workspace) const;
  /// The value for pixels that are made already: encoded as the options say, which must not be
  /// keep. Its bytes are the image's own (raw) or live in `workspace`.
  FieldValue encode(const Image& image, ImageWorkspace& workspace) const;
  /// Raw, PNG and JPEG: readers' pixels are at hand when a value is made (of a JPEG all but the
  /// codes is decoded once more); and kept pictures that are decoded to be checked, as readers do
  /// it. Others have to be decoded.
  bool shows_stored() const noexcept;

 private:
  FieldValue keep(Bytes input, ImageWorkspace& workspace) const;
  bool decodes_as_readers_do() const noexcept;
  static StoredPixels* asked(ImageWorkspace& workspace) noexcept;  // null: nobody is shown anything

  ImageOptions options_;
  Field field_;
};

}  // namespace dsprep
