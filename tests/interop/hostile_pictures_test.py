"""hostile_pictures_test.py DSPREP: files as cameras, scanners, editors, crawlers and attackers leave them.

Four quadrants red, green / blue, white, so that a turn, a negative or a lost part shows. What Pillow decodes is
the reference where it has one (after exif_transpose); the other cases say what must come out.
"""
import io, struct, zlib

import numpy as np
from PIL import Image, ImageOps

from picture_checks import check, finish, saved, survives

W, H = 64, 48
QUADS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]


def quad(width=W, height=H, colors=QUADS, dtype=np.uint8):
    a = np.zeros((height, width, 3), dtype)
    h, w = height // 2, width // 2
    a[:h, :w], a[:h, w:], a[h:, :w], a[h:, w:] = colors
    return a


def pillow(data):
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


def shows(name, data, expected=None, most=3, options=()):
    """A picture within `most` levels of `expected` (what Pillow makes of it)."""
    check(name, data, pillow(data) if expected is None else expected, most, options)


def refused(name, data, *classes, options=()):
    check(name, data, classes, options=options)


def survived(name, data):
    survives(name, data, "corrupt", "truncated")


def upside(orientation):
    """The stored picture that the tag turns upright."""
    back = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
            6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}.get(orientation)
    upright = Image.fromarray(quad())
    return upright if back is None else upright.transpose(back)


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def segments(jpeg):
    """(marker, start, end) of each segment up to the scan."""
    at = 2
    while True:
        marker, size = jpeg[at + 1], struct.unpack(">H", jpeg[at + 2:at + 4])[0]
        yield marker, at, at + 2 + size
        if marker == 0xDA:
            return
        at += 2 + size


def without(jpeg, marker):
    for m, begin, end in segments(jpeg):
        if m == marker:
            return jpeg[:begin] + jpeg[end:]
    return jpeg


def scan_start(jpeg):
    return [end for m, _, end in segments(jpeg) if m == 0xDA][0]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# ---- orientation, in every format that carries one
for o in range(0, 10):
    exif = Image.Exif()
    exif[0x112] = o
    valid = o if 1 <= o <= 8 else 1
    upright = quad()
    shows(f"jpeg orientation {o}", saved(upside(valid), "JPEG", quality=95, subsampling=0, exif=exif), upright, 6)
    shows(f"jpeg resized orientation {o}", saved(upside(valid), "JPEG", quality=95, subsampling=0, exif=exif),
          np.asarray(Image.fromarray(quad()).resize((32, 24), Image.BILINEAR)), 8,
          ("--resize", "32x24", "--fit", "stretch"))
    shows(f"png eXIf orientation {o}", saved(upside(valid), "PNG", exif=exif), upright, 0)
    shows(f"webp orientation {o}", saved(upside(valid), "WEBP", lossless=True, exif=exif), upright, 0)
    if 1 <= o <= 8:
        shows(f"tiff orientation {o}", saved(upside(valid), "TIFF", tiffinfo={274: o}), upright, 0)
        shows(f"tiff lzw orientation {o}", saved(upside(valid), "TIFF", compression="tiff_lzw", tiffinfo={274: o}), upright, 0)
    # both byte orders, and the tag as a LONG
    for order, e in ((b"II*\0", "<"), (b"MM\0*", ">")):
        block = order + struct.pack(e + "IH", 8, 1) + struct.pack(e + "HHI", 0x112, 3, 1) + struct.pack(e + "HH", o, 0) + bytes(4)
        base = saved(upside(valid), "JPEG", quality=95, subsampling=0)
        shows(f"jpeg {order[:2]} orientation {o}", base[:2] + segment(0xE1, b"Exif\0\0" + block) + base[2:], upright, 6)
        png = saved(upside(valid), "PNG")
        shows(f"png {order[:2]} orientation {o}", png[:33] + chunk(b"eXIf", block) + png[33:], upright, 0)
base = saved(quad(), "JPEG", quality=95, subsampling=0)
upright = pillow(base)
six = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHIHH", 0x112, 3, 1, 6, 0) + bytes(4)
for name, block in {"empty": b"", "only the name": b"Exif\0\0", "cut directory": b"Exif\0\0" + six[:12], "no byte order": b"Exif\0\0XX" + six[2:],
                    "directory outside": b"Exif\0\0II*\0\xff\xff\xff\x7f", "endless count": b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
                    "another kind": b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHIHH", 0x112, 2, 1, 6, 0)}.items():
    shows(f"exif {name}", base[:2] + segment(0xE1, block) + base[2:], upright, 1)
shows("an XMP block first", base[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>") + segment(0xE1, b"Exif\0\0" + six) + base[2:],
      np.rot90(upright, -1), 1)

# ---- JPEG: kinds
for sub in (0, 1, 2):
    for progressive in (False, True):
        for width, height in ((64, 48), (47, 33), (1, 1), (7, 300), (300, 7), (16, 16), (17, 15)):
            data = saved(quad(width, height), "JPEG", quality=90, subsampling=sub, progressive=progressive)
            shows(f"jpeg {width}x{height} {sub} {progressive}", data, most=1)
for n in (1, 2, 7):
    data = saved(quad(), "JPEG", quality=90, restart_marker_blocks=n)
    shows(f"jpeg restart every {n}", data, most=1)
shows("jpeg gray", saved(quad()[..., 1], "JPEG"), most=1)
shows("jpeg wide", saved(quad(65500, 1), "JPEG"), most=1)
shows("jpeg high", saved(quad(1, 65500), "JPEG"), most=1)
shows("png wide", saved(quad(65535, 1), "PNG"), most=0)
shows("png wide, resized", saved(quad(65535, 1), "PNG"), quad(256, 1), 255, ("--resize", "256", "--fit", "longer"))
shows("optimised", saved(quad(), "JPEG", optimize=True), most=1)
shows("quality 1", saved(quad(), "JPEG", quality=1), most=1)
shows("quality 100", saved(quad(), "JPEG", quality=100, subsampling=0), most=1)
inks = np.dstack([255 - quad(), np.full((H, W), 40, np.uint8)])
cmyk = saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=95)
shows("cmyk, Adobe", cmyk, most=2)
plain = saved(Image.fromarray(255 - inks, "CMYK"), "JPEG", quality=95)
shows("cmyk, no Adobe marker", without(plain, 0xEE), pillow(cmyk), 2)
y = 0.299 * inks[..., 0] + 0.587 * inks[..., 1] + 0.114 * inks[..., 2]
cb, cr = (inks[..., 2] - y) * 0.564 + 128, (inks[..., 0] - y) * 0.713 + 128
ycck = Image.fromarray(np.clip(np.dstack([y, cb, cr, inks[..., 3]]).round(), 0, 255).astype(np.uint8), "CMYK")
data = bytearray(saved(ycck, "JPEG", quality=95))
at = [begin for m, begin, _ in segments(bytes(data)) if m == 0xEE][0]
data[at + 15] = 2  # the transform
shows("ycck, Adobe", bytes(data), most=4)
shows("progressive cmyk", saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=95, progressive=True), most=2)
rgb_jpeg = saved(quad(), "JPEG", quality=95, subsampling=0, keep_rgb=True)
shows("stored as RGB", rgb_jpeg, most=1)
shows("an ICC profile of nonsense", saved(quad(), "JPEG", icc_profile=b"\0" * 200, quality=95), most=1)
shows("an ICC profile over two segments", saved(quad(), "JPEG", icc_profile=b"x" * 100000, quality=95), most=1)
shows("a comment", saved(quad(), "JPEG", comment=b"hello", quality=95), most=1)
shows("bytes behind the end", base + b"\x5a" * 1000, upright, 1)
shows("a second picture behind the end", base + base, upright, 1)
shows("fill bytes before a marker", base[:2] + b"\xff" * 9 + base[2:], upright, 1)
shows("no JFIF segment", without(base, 0xE0), most=1)

# ---- JPEG: damage
noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
for name, kw in {"baseline": {}, "progressive": {"progressive": True}, "restart": {"restart_marker_blocks": 4}, "4:4:4": {"subsampling": 0}}.items():
    whole = saved(noise, "JPEG", quality=90, **kw)
    for share in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        refused(f"{name} cut at {share}", whole[:int(len(whole) * share)], "truncated", "corrupt")
        refused(f"{name} cut at {share}, resized", whole[:int(len(whole) * share)], "truncated", "corrupt", options=("--resize", "32x32"))
    for missing in (3, 10, 100):
        refused(f"{name} without its last {missing} bytes", whole[:-missing], "truncated", "corrupt")
        refused(f"{name} without {missing} bytes before its end", whole[:-missing - 2] + whole[-2:], "truncated", "corrupt")
    start = scan_start(whole)
    ruined = bytearray(whole)
    for i in range(start + 2000, start + 2200):
        ruined[i] ^= 0x5A
    refused(f"{name} with 200 wrong bytes", bytes(ruined), "corrupt", "truncated")
    # Codes that a hole leaves may all be valid: then nobody can tell, but nothing may crash or hang.
    zeros = bytearray(whole)
    zeros[start + 3000:-2] = bytes(len(zeros) - start - 3002)
    survived(f"{name} zeroed behind 3,000 bytes", bytes(zeros))
    survived(f"{name} with 500 bytes taken out", whole[:start + 2000] + whole[start + 2500:])
restart = saved(noise, "JPEG", quality=90, restart_marker_blocks=4)
marks = [i for i in range(scan_start(restart), len(restart) - 1) if restart[i] == 0xFF and 0xD0 <= restart[i + 1] <= 0xD7]
wrong = bytearray(restart)
wrong[marks[3] + 1] = 0xD0 + (restart[marks[3] + 1] - 0xD0 + 3) % 8
refused("a restart marker of a wrong number", bytes(wrong), "corrupt")
refused("a restart marker that is missing", restart[:marks[3]] + restart[marks[3] + 2:], "corrupt")
refused("a part between restart markers that is missing", restart[:marks[3]] + restart[marks[4]:], "corrupt")
refused("a restart marker too many", restart[:marks[3]] + restart[marks[3]:marks[3] + 2] + restart[marks[3]:], "corrupt")
swapped = restart[:marks[2]] + restart[marks[3]:marks[4]] + restart[marks[2]:marks[3]] + restart[marks[4]:]
refused("parts in another order", swapped, "corrupt")


def frame(jpeg, **fields):
    """The frame header with other values."""
    data = bytearray(jpeg)
    begin = [b for m, b, _ in segments(jpeg) if m in (0xC0, 0xC1, 0xC2)][0]
    if "precision" in fields: data[begin + 4] = fields["precision"]
    if "height" in fields: data[begin + 5:begin + 7] = struct.pack(">H", fields["height"])
    if "width" in fields: data[begin + 7:begin + 9] = struct.pack(">H", fields["width"])
    if "marker" in fields: data[begin + 1] = fields["marker"]
    return bytes(data)


refused("12 bits", frame(base, precision=12), "unsupported_format")
refused("lossless", frame(base, marker=0xC3), "unsupported_format")
refused("hierarchical", frame(base, marker=0xC5), "unsupported_format")
refused("no height", frame(base, height=0), "corrupt", "unsupported_format", "truncated")
refused("no width", frame(base, width=0), "corrupt", "truncated")
refused("65,500 x 65,500 that are not there", frame(base, width=65500, height=65500), "too_large")
refused("more rows than there are", frame(base, height=480), "truncated", "corrupt")
tableless = base
for _ in range(4):
    tableless = without(tableless, 0xC4)
shows("no Huffman tables (the standard ones are meant, as in MJPEG)", tableless, upright, 1)
refused("no quantisation tables", without(without(base, 0xDB), 0xDB), "corrupt")
refused("only start and end", b"\xff\xd8\xff\xd9", "corrupt", "truncated")
refused("only a start", b"\xff\xd8", "corrupt", "truncated", "not_an_image")
refused("tables only", base[:scan_start(base)] + b"\xff\xd9", "corrupt", "truncated")
refused("one byte", b"\xff", "not_an_image", "truncated", "corrupt")

# ---- PNG
rng = np.random.default_rng(2)
gray16 = rng.integers(0, 65536, (H, W), np.uint16)
round8 = lambda v: ((v.astype(np.int64) * 255 + 32767) // 65535).astype(np.uint8)
shows("png gray 16", saved(gray16, "PNG"), np.dstack([round8(gray16)] * 3), 0)


def png_of(rows, width, height, depth, color, *extra, interlace=0, end=True):
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    body = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(extra) + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + r for r in rows)))
    return body + (chunk(b"IEND", b"") if end else b"")


rgb16 = rng.integers(0, 65536, (H, W, 3), np.uint16)
shows("png rgb 16", png_of([r.astype(">u2").tobytes() for r in rgb16], W, H, 16, 2), round8(rgb16), 0)
rgba16 = np.dstack([rgb16, rng.integers(0, 65536, (H, W), np.uint16)])
a = rgba16[..., 3:].astype(float) / 65535
shows("png rgba 16", png_of([r.astype(">u2").tobytes() for r in rgba16], W, H, 16, 6),
      ((rgb16 / 65535 * a + (1 - a)) * 255).round().astype(np.uint8), 1)
la = np.dstack([quad()[..., 1], np.full((H, W), 128, np.uint8)])
shows("png gray and alpha", saved(Image.fromarray(la, "LA"), "PNG"), np.dstack([(quad()[..., 1] * (128 / 255) + 127).round()] * 3).astype(np.uint8), 1)
pal = Image.fromarray(np.kron(np.array([[0, 1], [2, 3]], np.uint8), np.ones((H // 2, W // 2), np.uint8)), "P")
pal.putpalette([c for q in QUADS for c in q] + [0] * 756)
clear = quad(colors=[(255, 255, 255), *QUADS[1:]])
shows("png palette", saved(pal, "PNG"), quad(), 0)
shows("png palette, tRNS", saved(pal, "PNG", transparency=0), clear, 0)
shows("png palette, half of tRNS", saved(pal, "PNG", transparency=bytes([128])), quad(colors=[(255, 127, 127), *QUADS[1:]]), 1)
shows("png over black", saved(pal, "PNG", transparency=0), quad(colors=[(0, 0, 0), *QUADS[1:]]), 0, ("--background", "0,0,0"))
shows("png rgb, tRNS", saved(quad(), "PNG", transparency=(255, 0, 0)), clear, 0)
shows("png gray, tRNS", saved(Image.fromarray(quad()[..., 1]), "PNG", transparency=0), np.full((H, W, 3), 255, np.uint8), 0)
for bits in (1, 2, 4):
    shows(f"png palette of {bits} bits", saved(pal if bits > 1 else pal.point(lambda v: v % 2), "PNG", bits=bits), most=0)
idx = png_of([bytes([9] * W)] * H, W, H, 8, 3, chunk(b"PLTE", bytes(range(9))))
shows("png index behind the palette: black", idx, np.zeros((H, W, 3), np.uint8), 0)
refused("png without a palette", png_of([bytes(W)] * H, W, H, 8, 3), "corrupt")
refused("png of no width", png_of([b""] * H, 0, H, 8, 2), "corrupt")
refused("png of a bit depth that is none", png_of([bytes(W)] * H, W, H, 3, 0), "corrupt")
refused("png bomb", png_of([b""], 1 << 30, 1 << 30, 8, 2), "too_large", "corrupt")
big = png_of([bytes(20000 * 3)] * 20000, 20000, 20000, 1, 0)
refused("png that unpacks to 400 million pixels", big, "too_large")
refused("png with too few rows", png_of([bytes(W * 3)] * (H - 1), W, H, 8, 2), "truncated", "corrupt")
shows("png with rows too many", png_of([bytes(W * 3)] * (H + 3), W, H, 8, 2), np.zeros((H, W, 3), np.uint8), 0)
noisy = saved(noise, "PNG")
for share in (0.1, 0.3, 0.5, 0.9, 0.999):
    refused(f"png cut at {share}", noisy[:int(len(noisy) * share)], "truncated", "corrupt")
for at in (20, 29, 60, len(noisy) // 2, len(noisy) - 20):
    flipped = bytearray(noisy)
    flipped[at] ^= 0x55
    refused(f"png with byte {at} changed", bytes(flipped), "corrupt", "truncated", "too_large", "unsupported_format")
refused("png without IEND", noisy[:-12], "truncated")
refused("png signature alone", noisy[:8], "truncated", "corrupt")
refused("png whose line ends were changed", noisy.replace(b"\r\n", b"\n"), "corrupt", "truncated", "not_an_image")
shows("png with bytes behind its end", noisy + b"junk", noise, 0)
shows("png, gamma 1.0", noisy[:33] + chunk(b"gAMA", struct.pack(">I", 100000)) + noisy[33:], noise, 0)
shows("apng", saved(quad(), "PNG", save_all=True, append_images=[Image.new("RGB", (W, H))]), quad(), 0)

# ---- GIF, WebP, TIFF
gif = saved(pal, "GIF")
for share in (0.2, 0.5, 0.9):
    refused(f"gif cut at {share}", saved(Image.fromarray(noise[..., 0]), "GIF")[:int(9000 * share)], "truncated", "corrupt")
shows("gif interlaced", saved(pal, "GIF", interlace=1), quad(), 0)
shows("gif transparent", saved(pal, "GIF", transparency=0), clear, 0)
refused("gif header", gif[:13], "truncated", "corrupt")
refused("gif signature", b"GIF89a", "truncated", "corrupt")
nothing = bytearray(gif)
nothing[6:10] = bytes(4)
at = nothing.index(b"\x2c")
nothing[at + 5:at + 9] = bytes(4)
refused("gif of no size", bytes(nothing), "corrupt")
webp = saved(noise, "WEBP", quality=90)
for share in (0.05, 0.3, 0.6, 0.95):
    refused(f"webp cut at {share}", webp[:int(len(webp) * share)], "truncated", "corrupt")
refused("webp header", webp[:12], "truncated", "corrupt")
refused("riff of sound", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "not_an_image", "unsupported_format")
rgba = np.dstack([quad(), np.full((H, W), 128, np.uint8)])
shows("webp alpha", saved(Image.fromarray(rgba), "WEBP", lossless=True), ((quad() * 128.0 + 255.0 * 127) / 255).round().astype(np.uint8), 1)
shows("tiff of two pages", saved(quad(), "TIFF", save_all=True, append_images=[Image.new("RGB", (9, 9))]), quad(), 0)
shows("tiff big", saved(quad(), "TIFF", big_tiff=True), quad(), 0)
shows("tiff rgba", saved(Image.fromarray(rgba), "TIFF"), ((quad() * 128.0 + 255.0 * 127) / 255).round().astype(np.uint8), 1)
shows("tiff gray 16, big endian", saved(Image.fromarray(gray16.astype(">u2")), "TIFF"), np.dstack([round8(gray16)] * 3), 0)
for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
    tiff = saved(noise, "TIFF", compression=compression)
    for share in (0.05, 0.4, 0.9):
        refused(f"tiff {compression} cut at {share}", tiff[:int(len(tiff) * share)], "truncated", "corrupt")
for data, name in ((b"II*\0", "ii"), (b"MM\0*\0\0\0\0", "mm"), (b"II+\0\x08\0\0\0", "big")):
    refused(f"tiff {name} header", data, "truncated", "corrupt")

# ---- what is no picture at all
for name, data in {"text": b"hello\n" * 50, "html": b"<!DOCTYPE html><html></html>", "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "pdf": b"%PDF-1.7\n",
                   "zip": b"PK\3\4" + bytes(50), "elf": b"\x7fELF" + bytes(60), "zeros": bytes(5000), "ones": b"\xff" * 5000, "json": b'{"a":1}',
                   "mp4": b"\0\0\0\x18ftypisom" + bytes(50), "bm": b"BM", "bm and text": b"BMW is a car maker\n" * 9}.items():
    refused(name, data, "not_an_image", "unsupported_format", "corrupt", "truncated")
refused("nothing", b"", "empty_file")

finish("hostile pictures")
