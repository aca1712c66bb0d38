"""pictures_test.py DSPREP: every format and variant that Pillow writes, decoded by us and by Pillow.

Exact where both libraries decode losslessly or share the codec; stated otherwise. Also damaged files: every one must
give an image or one named error, in time, and never a crash.
"""
import io, random, struct, sys

import numpy as np
from PIL import Image, ImageSequence

from picture_checks import check, finish, saved, survives

CLASSES = ("truncated", "corrupt", "not_an_image", "unsupported_format", "too_large", "empty_file")


def photo(width=67, height=45, seed=1):
    """Something smooth, something sharp, something like noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    a = np.stack([x * 255 // width, (x // 8 + y // 8) % 2 * 255, (y * 4) % 256], 2).astype(np.int64)
    return np.clip(a + rng.integers(-20, 20, a.shape), 0, 255).astype(np.uint8)


def over_white(rgba):
    a = rgba.astype(int)
    return ((a[..., :3] * a[..., 3:] + 255 * (255 - a[..., 3:]) + 127) // 255).astype(np.uint8)


rgb = photo()
image = Image.fromarray(rgb)
gray = np.asarray(image.convert("L"))
alpha = np.dstack([rgb, np.tile(np.linspace(0, 255, rgb.shape[1]).astype(np.uint8), (rgb.shape[0], 1))])
three = lambda g: np.dstack([g] * 3)
deep = (np.arange(67 * 45, dtype=np.uint32).reshape(45, 67) * 21).astype(np.uint16)
deep8 = three(((deep.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8))
bits = np.asarray(image.convert("1"))
palette = image.quantize(200)
few = image.quantize(13)

# BMP
check("bmp rgb", saved(image, "BMP"), rgb)
check("bmp gray", saved(image.convert("L"), "BMP"), three(gray))
check("bmp 1 bit", saved(image.convert("1"), "BMP"), three(bits.astype(np.uint8) * 255))
check("bmp palette", saved(palette, "BMP"), np.asarray(palette.convert("RGB")))
check("bmp 32", saved(Image.fromarray(alpha), "BMP"), rgb)  # without bit fields the fourth byte has no meaning


def bmp(width, height, bits, compression, pixels, masks=b"", palette=b"", size=40):
    start = 14 + size + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(pixels), 0, 0, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + info + masks + palette + pixels


def bmp_rows(rows):
    return b"".join(r + b"\0" * (-len(r) % 4) for r in rows)


v565 = (rgb[..., 0].astype(int) >> 3) << 11 | (rgb[..., 1].astype(int) >> 2) << 5 | rgb[..., 2].astype(int) >> 3
scaled = lambda v, most: (v * 255 + most // 2) // most
rgb565 = np.dstack([scaled(v565 >> 11, 31), scaled(v565 >> 5 & 63, 63), scaled(v565 & 31, 31)]).astype(np.uint8)
check("bmp 565", bmp(67, 45, 16, 3, bmp_rows(r.astype("<u2").tobytes() for r in v565[::-1]),
                     struct.pack("<III", 0xf800, 0x7e0, 0x1f)), rgb565)
v555 = (rgb.astype(int) >> 3) @ np.array([1024, 32, 1])
check("bmp 555 top-down", bmp(67, -45, 16, 0, bmp_rows(r.astype("<u2").tobytes() for r in v555)),
      scaled(rgb.astype(int) >> 3, 31).astype(np.uint8))
pal16 = bytes(sum(([i * 16, 255 - i * 16, i * 7, 0] for i in range(16)), []))
colors = np.array([[i * 7, 255 - i * 16, i * 16] for i in range(16)], np.uint8)
index = (np.arange(67 * 45).reshape(45, 67) // 5 % 16).astype(np.uint8)
packed = [bytes((r[i] << 4 | (r[i + 1] if i + 1 < 67 else 0)) for i in range(0, 67, 2)) for r in index[::-1]]
check("bmp 4 bit", bmp(67, 45, 4, 0, bmp_rows(packed), palette=pal16), colors[index])


def rle8(rows):
    out = b""
    for r in rows:
        i = 0
        while i < len(r):
            n = 1
            while i + n < len(r) and r[i + n] == r[i] and n < 255: n += 1
            if n >= 3 or len(r) - i < 3:
                out += bytes([n, r[i]]); i += n
            else:
                k = min(7, len(r) - i); out += bytes([0, k]) + bytes(r[i:i + k]) + b"\0" * (k % 2); i += k
        out += b"\0\0"
    return out + b"\0\1"


check("bmp rle8", bmp(67, 45, 8, 1, rle8(index[::-1]), palette=pal16), colors[index])
rle4 = b"".join(b"".join(bytes([2, r[i] << 4 | r[min(i + 1, 66)]]) for i in range(0, 66, 2)) + bytes([1, r[66] << 4]) + b"\0\0" for r in index[::-1]) + b"\0\1"
check("bmp rle4", bmp(67, 45, 4, 2, rle4, palette=pal16), colors[index])
check("bmp rle8 delta", bmp(4, 2, 8, 1, bytes([0, 2, 2, 1, 2, 5, 0, 1]), palette=pal16), colors[[[0, 0, 5, 5], [0, 0, 0, 0]]])
check("bmp rle8 beyond the row", bmp(4, 2, 8, 1, bytes([5, 1, 0, 1]), palette=pal16), "corrupt")
check("bmp index beyond the palette", bmp(4, 1, 8, 0, bytes([0, 1, 2, 200]), palette=pal16), "corrupt")
check("bmp with a PNG inside", bmp(4, 1, 0, 5, bytes(8)), "unsupported_format")
check("bmp truncated", saved(image, "BMP")[:-300], "truncated")
check("bmp bomb", bmp(1 << 20, 1 << 20, 24, 0, b"1234"), "too_large")
core = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, 67, 45, 1, 24) + bmp_rows(r[:, ::-1].tobytes() for r in rgb[::-1])
check("bmp os/2", core, rgb)

# PNM
check("ppm", saved(image, "PPM"), rgb)
check("pgm", saved(image.convert("L"), "PPM"), three(gray))
check("pbm", saved(image.convert("1"), "PPM"), three(bits.astype(np.uint8) * 255))
check("pgm 16 bit", b"P5 67 45 65535\n" + deep.astype(">u2").tobytes(), deep8)
check("pgm 10 bit", b"P5\n# comment\n67 45\n1023\n" + (deep % 1024).astype(">u2").tobytes(), three(scaled((deep % 1024).astype(int), 1023).astype(np.uint8)))
check("ppm text", b"P3 67 45 # c\n255\n" + b" ".join(str(v).encode() for v in rgb.ravel()), rgb)
check("pgm text", b"P2\n67 45\n255\n" + b"\n".join(str(v).encode() for v in gray.ravel()) + b"\n", three(gray))
check("pbm text", b"P1\n67 45\n" + b"".join(b"01"[1 - v:2 - v] for v in bits.ravel().astype(int)), three(bits.astype(np.uint8) * 255))
check("ppm truncated", saved(image, "PPM")[:-1], "truncated")
check("ppm text truncated", b"P3 67 45 255 1 2 3", "truncated")
check("pgm value above the largest", b"P5 2 1 100\n\x10\xff", "corrupt")
check("ppm no size", b"P6\nhello", "not_an_image")
check("ppm half a size", b"P6\n12 x", "corrupt")
check("ppm bomb", b"P6 100000 100000 255\n" + bytes(10), "too_large")

# GIF
check("gif", saved(palette, "GIF"), np.asarray(palette.convert("RGB")))
check("gif interlaced", saved(palette, "GIF", interlace=1), np.asarray(palette.convert("RGB")))
check("gif few colours", saved(few, "GIF"), np.asarray(few.convert("RGB")))
noise = Image.fromarray(np.random.default_rng(2).integers(0, 256, (200, 300), np.uint8))
check("gif full tables", saved(noise, "GIF"), three(np.asarray(noise)))
check("gif animation", saved(image, "GIF", save_all=True, append_images=[image.rotate(90), image.rotate(180)], duration=50),
      np.asarray(Image.open(io.BytesIO(saved(image, "GIF"))).convert("RGB")))
clear = few.copy()
clear.info["transparency"] = 0
t = np.asarray(few.convert("RGB")).copy()
t[np.asarray(few) == 0] = 255
check("gif transparent", saved(clear, "GIF", transparency=0), t)
gif = saved(palette, "GIF")
check("gif truncated", gif[:len(gif) // 2], "truncated")
check("gif without a trailer", gif[:-1], np.asarray(palette.convert("RGB")))
offset = bytearray(saved(few, "GIF"))
offset[6:10] = struct.pack("<HH", 80, 60)
at = offset.index(b"\x2c\0\0\0\0")
offset[at + 1:at + 5] = struct.pack("<HH", 5, 7)
canvas = np.full((60, 80, 3), 255, np.uint8)
canvas[7:52, 5:72] = np.asarray(few.convert("RGB"))
check("gif frame inside the screen", bytes(offset), canvas)

# WebP
for quality in (30, 90):
    data = saved(image, "WEBP", quality=quality)
    check(f"webp lossy {quality}", data, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
check("webp lossless", saved(image, "WEBP", lossless=True), rgb)
check("webp alpha", saved(Image.fromarray(alpha), "WEBP", lossless=True, exact=True), over_white(alpha))
exif = Image.Exif()
exif[0x112] = 6
check("webp orientation", saved(image.transpose(Image.ROTATE_90), "WEBP", lossless=True, exif=exif), rgb)
animated = saved(image, "WEBP", lossless=True, save_all=True, append_images=[image.rotate(180)], duration=50)
check("webp animation", animated, rgb)
webp = saved(image, "WEBP", quality=80)
for share in (3, 2):
    check(f"webp cut to 1/{share}", webp[:len(webp) // share], "truncated")
short = bytearray(webp[:len(webp) // 2])
short[4:8] = struct.pack("<I", len(short) - 8)
short[16:20] = struct.pack("<I", len(short) - 20)
check("webp with its sizes mended after a cut", bytes(short), "truncated")

# TIFF
for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
    check(f"tiff rgb {compression}", saved(image, "TIFF", compression=compression), rgb)
    check(f"tiff gray {compression}", saved(image.convert("L"), "TIFF", compression=compression), three(gray))
    check(f"tiff palette {compression}", saved(palette, "TIFF", compression=compression), np.asarray(palette.convert("RGB")))
for compression in ("raw", "group3", "group4", "tiff_ccitt"):
    check(f"tiff bilevel {compression}", saved(image.convert("1"), "TIFF", compression=compression), three(bits.astype(np.uint8) * 255))
check("tiff 16 bit", saved(Image.fromarray(deep), "TIFF"), deep8)
jpeg = saved(image, "TIFF", compression="jpeg", quality=95)
check("tiff jpeg", jpeg, np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")), 4)
cmyk = np.dstack([255 - rgb, gray // 4])
ink = (255 - cmyk[..., :3].astype(int)) * (255 - cmyk[..., 3:].astype(int))
check("tiff cmyk", saved(Image.fromarray(cmyk, "CMYK"), "TIFF"), ((ink + 127) // 255).astype(np.uint8))
check("tiff alpha", saved(Image.fromarray(alpha), "TIFF"), over_white(alpha))
check("tiff pages", saved(image, "TIFF", save_all=True, append_images=[image.rotate(180)]), rgb)
check("tiff float", saved(Image.fromarray(gray.astype(np.float32)), "TIFF"), "unsupported_format")
check("tiff 32 bit", saved(Image.fromarray(deep.astype(np.int32)), "TIFF"), "unsupported_format")
check("tiff orientation", saved(image.transpose(Image.ROTATE_90), "TIFF", tiffinfo={274: 6}), rgb)
tif = saved(image, "TIFF", compression="tiff_lzw")
check("tiff truncated", tif[:len(tif) // 2], "truncated")
check("tiff header only", b"II*\0\x08\0\0\0", "truncated")


def tiff(width, height, bits, samples, photometric, pieces, more=(), big=False):
    """A TIFF by hand; `pieces` are its strips (or tiles, with tags 322 and 323 in `more`)."""
    e = ">" if big else "<"
    data = b"MM\0*" if big else b"II*\0"
    data += struct.pack(e + "I", 8 + sum(map(len, pieces)))
    offsets, at = [], 8
    for p in pieces:
        offsets.append(at); data += p; at += len(p)
    tiled = any(tag == 322 for tag, _, _ in more)
    tags = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * samples), (259, 3, [1]), (262, 3, [photometric]),
            (277, 3, [samples]), (324 if tiled else 273, 4, offsets), (325 if tiled else 279, 4, [len(p) for p in pieces])]
    replaced = {tag for tag, _, _ in more}
    tags = sorted([t for t in tags if t[0] not in replaced] + list(more))
    extra_at = len(data) + 2 + 12 * len(tags) + 4
    directory, extra = struct.pack(e + "H", len(tags)), b""
    for tag, kind, values in tags:
        raw = b"".join(struct.pack(e + {3: "H", 4: "I"}[kind], v) for v in values)
        if len(raw) <= 4:
            raw += b"\0" * (4 - len(raw))
        else:
            extra, raw = extra + raw, struct.pack(e + "I", extra_at + len(extra))
        directory += struct.pack(e + "HHI", tag, kind, len(values)) + raw
    return data + directory + struct.pack(e + "I", 0) + extra


def packed_bits(values, bits):
    """Each row of `values` as a string of bits, padded to bytes."""
    rows = []
    for r in values.reshape(values.shape[0], -1):
        text = "".join(format(int(v), f"0{bits}b") for v in r)
        text += "0" * (-len(text) % 8)
        rows.append(bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8)))
    return rows


for b in (1, 2, 3, 4, 6, 8, 10, 12, 14):
    most = (1 << b) - 1
    v = np.arange(67 * 45).reshape(45, 67) * 37 % (most + 1)
    check(f"tiff gray {b} bits", tiff(67, 45, b, 1, 1, packed_bits(v, b), [(278, 4, [1])]), three(scaled(v, most).astype(np.uint8)))
    check(f"tiff white is zero {b} bits", tiff(67, 45, b, 1, 0, packed_bits(v, b), [(278, 4, [1])]), three(255 - scaled(v, most).astype(np.uint8)))
deep3 = (np.arange(67 * 45 * 3).reshape(45, 67, 3) * 29 % 65536).astype(np.uint16)
for big in (False, True):
    kind = ">u2" if big else "<u2"
    check(f"tiff rgb 16 bits {kind}", tiff(67, 45, 16, 3, 2, [deep3.astype(kind).tobytes()], big=big), scaled(deep3.astype(int), 65535).astype(np.uint8))
check("tiff planes apart", tiff(67, 45, 8, 3, 2, [rgb[..., c][y:y + 16].tobytes() for c in range(3) for y in range(0, 45, 16)],
                                [(278, 4, [16]), (284, 3, [2])]), rgb)


def tiles(a, side):
    h, w = a.shape[:2]
    p = np.zeros((-(-h // side) * side, -(-w // side) * side) + a.shape[2:], a.dtype)
    p[:h, :w] = a
    return [p[y:y + side, x:x + side].tobytes() for y in range(0, h, side) for x in range(0, w, side)]


check("tiff tiled", tiff(67, 45, 8, 3, 2, tiles(rgb, 16), [(322, 3, [16]), (323, 3, [16])]), rgb)
check("tiff tiled, planes apart", tiff(67, 45, 8, 3, 2, [t for c in range(3) for t in tiles(rgb[..., c], 16)],
                                       [(322, 3, [16]), (323, 3, [16]), (284, 3, [2])]), rgb)
check("tiff tiled 16 bits", tiff(67, 45, 16, 1, 1, tiles(deep.astype("<u2"), 32), [(322, 3, [32]), (323, 3, [32])]), deep8)
pre = alpha.copy()
pre[..., :3] = (alpha[..., :3].astype(int) * alpha[..., 3:] + 127) // 255
check("tiff premultiplied", tiff(67, 45, 8, 4, 2, [pre.tobytes()], [(338, 3, [1])]), over_white(alpha), 1)
check("tiff fourth sample of no meaning", tiff(67, 45, 8, 4, 2, [alpha.tobytes()], [(338, 3, [0])]), rgb)
check("tiff strip outside of the file", tiff(67, 45, 8, 3, 2, [rgb.tobytes()], [(273, 4, [1 << 30])]), "truncated")
check("tiff rows behind what the strip says", tiff(67, 45, 8, 3, 2, [rgb.tobytes()], [(279, 4, [100])]), rgb)
check("tiff strip of too few rows", tiff(67, 45, 8, 3, 2, [rgb[:20].tobytes()]), "truncated")
check("tiff lab", tiff(67, 45, 8, 3, 8, [rgb.tobytes()]), "unsupported_format")
check("tiff bomb", tiff(1 << 20, 1 << 20, 8, 3, 2, [bytes(100)]), "too_large")
check("tiff directory loop", b"II*\0\x08\0\0\0" + b"\0\0" + struct.pack("<I", 8), "corrupt")

# JPEG and PNG
for sub in (0, 1, 2):
    for progressive in (False, True):
        data = saved(image, "JPEG", quality=90, subsampling=sub, progressive=progressive)
        check(f"jpeg {sub} {progressive}", data, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
check("png rgba", saved(Image.fromarray(alpha), "PNG"), over_white(alpha))
check("png 16", saved(Image.fromarray(deep), "PNG"), deep8)
for data, name in ((b"\0\0\0\x20ftypavif" + bytes(50), "avif"), (b"\0\0\0\x18ftypheic" + bytes(50), "heic"), (b"\xff\x0a" + bytes(50), "jxl")):
    check(f"{name} is known by name", data, "unsupported_format")

# Resizing: within one level of Pillow
for height, width in ((48, 30), (97, 20), (31, 61), (200, 150), (150, 20), (20, 150), (3, 2), (5, 64)):
    source = Image.fromarray(np.random.default_rng(3).integers(0, 256, (61, 97, 3), np.uint8))
    for name, filter in (("area", Image.BOX), ("bilinear", Image.BILINEAR), ("lanczos", Image.LANCZOS)):
        check(f"resize {width}x{height} {name}", saved(source, "PNG"), np.asarray(source.resize((width, height), filter)), 1,
              ("--resize", f"{width}x{height}", "--fit", "stretch", "--filter", name))



# Every --fit: sizes and places by torchvision's rules (the other side is cut off, a centre is rounded to even), pixels by Pillow
def scaled_size(w, h, fit, box):
    a, b = box
    if fit in ("shorter", "longer"):
        return (a, a * h // w) if (w > h) == (fit == "longer") else (a * w // h, a)
    if fit == "stretch":
        return box
    by_width = a * h >= b * w
    return (a, a * h // w) if by_width == (fit == "cover") else (b * w // h, b)


def fitted(source, fit, box, crop, filter):
    small = source.resize(scaled_size(*source.size, fit, box), filter)
    if crop is None and fit != "cover" and fit != "contain":
        return np.asarray(small)
    w, h = crop or box
    if fit == "contain":
        canvas = Image.new("RGB", (w, h), (255, 255, 255))
        canvas.paste(small, (round((w - small.size[0]) / 2), round((h - small.size[1]) / 2)))
        return np.asarray(canvas)
    x, y = round((small.size[0] - w) / 2), round((small.size[1] - h) / 2)
    return np.asarray(small.crop((x, y, x + w, y + h)))


for width, height in ((97, 61), (61, 97), (64, 64), (200, 31)):
    source = Image.fromarray(np.random.default_rng(4).integers(0, 256, (height, width, 3), np.uint8))
    data = saved(source, "PNG")
    for name, filter in (("area", Image.BOX), ("bilinear", Image.BILINEAR), ("lanczos", Image.LANCZOS)):
        for fit, box, crop in (("shorter", (40, 0), None), ("longer", (40, 0), None), ("cover", (40, 33), None), ("contain", (40, 33), None),
                               ("stretch", (40, 33), None), ("shorter", (40, 0), (37, 28)), ("shorter", (120, 0), (101, 120))):
            size = f"{box[0]}x{box[1]}" if box[1] else str(box[0])
            options = ["--resize", size, "--fit", fit, "--filter", name] + (["--crop", f"{crop[0]}x{crop[1]}"] if crop else [])
            check(f"{fit} {size} {crop} {name} of {width}x{height}", data, fitted(source, fit, box, crop, filter), 1, options)

# Damage of every format: a picture or a named error, nothing else.
samples = {"bmp": saved(palette, "BMP"), "rle": bmp(67, 45, 8, 1, rle8(index[::-1]), palette=pal16), "gif": gif, "webp": webp,
           "webpl": saved(image, "WEBP", lossless=True), "webpanim": animated, "tiff": tif, "tiffjpeg": jpeg, "fax": saved(image.convert("1"), "TIFF", compression="group4"),
           "tiles": tiff(67, 45, 8, 3, 2, tiles(rgb, 16), [(322, 3, [16]), (323, 3, [16])]), "pnm": b"P3 67 45 255\n" + b" ".join(str(v).encode() for v in rgb.ravel()),
           "jpeg": saved(image, "JPEG"), "png": saved(image, "PNG")}
rng = random.Random(7)
for name, data in samples.items():
    for i in range(int(sys.argv[2]) if len(sys.argv) > 2 else 25):
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 1, 4))):
            damaged[rng.randrange(min(len(data), 80 if i % 2 else len(data)))] ^= rng.randrange(1, 256)
        if i % 5 == 0:
            del damaged[rng.randrange(4, len(damaged)):]
        survives(f"damaged {name} {i}", bytes(damaged), *CLASSES)

finish("pictures")
