"""Makes the golden values beside this file with Pillow 12.3 (libjpeg-turbo 3.1, libwebp 1.6), NumPy and safetensors.

resize.safetensors    Image.resize((w, h), BILINEAR) of noise that ResizeTests makes with the same generator; names are
                      "WIDTHxHEIGHT-NEWWIDTHxNEWHEIGHT", tensors [H, W, 3]
pictures/*            one small picture in many guises, a few hundred bytes each
pictures.safetensors  what Pillow reads from each: ImageOps.exif_transpose(image).convert("RGB"), as [H, W, 3]; grey of 16
                      bits is shifted down by 8 instead, where Pillow clips

Run it in this folder; no test needs it.
"""

import io
import os
import shutil
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file

RESIZES = """1x1-7x5 1x50-3x20 50x1-20x3 7x5-7x11 7x5-13x5 131x97-96x70 61x150-64x40 400x33-133x11 33x400-1x1 97x131-80x96
640x3-100x2 5x400-2x133 90x70-89x69 60x60-61x61 255x255-32x32 5x5-160x3 2x2-33x33 1000x2-1x2 64x64-64x32 64x64-32x64""".split()


def noise(count, seed):
    out = np.empty(count, np.uint8)
    state = seed
    for i in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out[i] = state >> 16 & 0xFF
    return out


def resizes():
    goldens = {}
    for name in RESIZES:
        (w, h), (nw, nh) = (map(int, s.split("x")) for s in name.split("-"))
        image = Image.fromarray(noise(3 * w * h, 3 * w * h).reshape(h, w, 3))
        goldens[name] = np.array(image.resize((nw, nh), Image.Resampling.BILINEAR))
    save_file(goldens, "resize.safetensors")


H, W = 17, 25
rng = np.random.default_rng(0)
yy, xx = np.mgrid[0:H, 0:W]
base = np.stack([xx * 255 / W, yy * 255 / H, (xx + yy) * 255 / (W + H)], -1) + 30 * np.sin(xx / 3)[..., None]
base = np.clip(base + rng.normal(0, 6, base.shape), 0, 255).astype(np.uint8)
rgb = Image.fromarray(base)
grey = rgb.convert("L")
bit = grey.convert("1")
alpha = Image.fromarray((xx * 11 % 256).astype(np.uint8))
rgba = rgb.copy()
rgba.putalpha(alpha)
palette = rgb.quantize(60)
grey16 = np.asarray(grey).astype(np.uint16) * 257 ^ (xx % 7).astype(np.uint16)
rgb16 = (base.astype(np.uint16) * 256 + rng.integers(0, 256, base.shape)).astype(">u2")


def save(image, name, **options):
    image.save("pictures/" + name, **options)


def write(name, data):
    with open("pictures/" + name, "wb") as file:
        file.write(data)


def encoded(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return bytearray(out.getvalue())


def exif(orientation):
    tags = Image.Exif()
    tags[274] = orientation
    return tags


def jpegs():
    for i, name in enumerate(["444", "422", "420"]):
        save(rgb, f"rgb-{name}.jpg", quality=85, subsampling=i)
    save(rgb, "progressive.jpg", quality=85, progressive=True)
    save(rgb, "restarts.jpg", quality=85, restart_marker_rows=1)
    save(rgb, "coarse.jpg", quality=5)
    save(rgb, "not-ycc.jpg", quality=90, keep_rgb=True)
    save(rgb, "broken-profile.jpg", quality=90, icc_profile=b"nonsense" * 20)
    save(grey, "grey.jpg", quality=85)
    cmyk = encoded(rgb.convert("CMYK"), "JPEG", quality=90)
    write("cmyk.jpg", cmyk)
    adobe = cmyk.index(b"Adobe")
    ycck = bytearray(cmyk)
    ycck[adobe + 11] = 2  # the same components, said to be YCCK
    write("ycck.jpg", ycck)
    write("cmyk-unmarked.jpg", cmyk[: adobe - 4] + cmyk[adobe + 12 :])
    for orientation in range(1, 9):
        save(rgb, f"exif{orientation}.jpg", quality=92, exif=exif(orientation))


def pngs():
    save(rgb, "rgb.png")
    save(grey, "grey.png")
    save(bit, "bit.png")
    save(rgba, "rgba.png")
    save(Image.merge("LA", (grey, alpha)), "grey-alpha.png")
    save(palette, "palette.png")
    save(rgb.quantize(13), "palette4.png", bits=4)
    save(palette, "palette-transparent.png", transparency=bytes(range(60)))
    save(rgb, "rgb-transparent.png", transparency=tuple(int(v) for v in base[3, 4]))
    save(grey, "grey-transparent.png", transparency=30)
    save(rgb, "exif6.png", exif=exif(6))
    save(Image.fromarray(grey16), "grey16.png")
    write("rgb16.png", png(16, 2, [rgb16[y].tobytes() for y in range(H)]))
    rgba16 = np.concatenate([rgb16, (xx * 997 % 65536).astype(">u2")[..., None]], -1).astype(">u2")
    write("rgba16.png", png(16, 6, [rgba16[y].tobytes() for y in range(H)]))
    for bits in (2, 4):
        write(f"grey{bits}.png", png(bits, 0, packed(np.asarray(grey) >> (8 - bits), bits)))
    shown = Image.open("pictures/rgb.png")
    shown.save("pictures/animated.png", save_all=True, append_images=[ImageOps.invert(rgb)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(bits, colour, rows):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, bits, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def packed(values, bits):
    for row in values:
        number = "".join(format(int(v), f"0{bits}b") for v in row)
        number += "0" * (-len(number) % 8)
        yield int(number, 2).to_bytes(len(number) // 8, "big")


def webps():
    save(rgb, "lossy.webp", quality=80)
    save(rgba, "lossy-alpha.webp", quality=80)
    save(rgb, "lossless.webp", lossless=True)
    save(rgba, "lossless-alpha.webp", lossless=True)
    save(rgb, "exif6.webp", lossless=True, exif=exif(6))
    rgb.save("pictures/animated.webp", save_all=True, append_images=[ImageOps.invert(rgb)], lossless=True)


def tiffs():
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        save(rgb, f"{compression}.tif", compression=compression)
    save(rgb, "strips.tif", compression="tiff_lzw", tiffinfo={278: 5})
    save(rgb, "predictor.tif", compression="tiff_lzw", tiffinfo={317: 2})
    save(rgb, "exif6.tif", tiffinfo={274: 6})
    save(grey, "grey.tif")
    save(grey, "white-is-zero.tif", tiffinfo={262: 0})
    save(bit, "group4.tif", compression="group4")
    save(palette, "palette.tif")
    save(rgba, "rgba.tif")
    save(rgb.convert("CMYK"), "cmyk.tif")
    save(Image.fromarray(grey16), "grey16.tif")
    save(Image.fromarray(np.asarray(grey) / np.float32(255)), "float.tif")
    rgb.save("pictures/pages.tif", save_all=True, append_images=[grey])


def bmps_and_gifs():
    save(rgb, "rgb.bmp")
    save(grey, "grey.bmp")
    save(palette, "palette.bmp")
    save(bit, "bit.bmp")
    save(rgba, "rgba.bmp")
    r, g, b = (base[..., i].astype(int) for i in range(3))
    rows = ((r >> 3) << 11 | (g >> 2) << 5 | b >> 3).astype("<u2")
    rows = np.pad(rows, ((0, 0), (0, W % 2)))
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    info = struct.pack("<IiiHHIIiiII", 40, W, -H, 1, 16, 3, rows.nbytes, 0, 0, 0, 0)
    write("rgb565-top-down.bmp", b"BM" + struct.pack("<IHHI", 66 + rows.nbytes, 0, 0, 66) + info + masks + rows.tobytes())
    save(palette, "palette.gif")
    save(palette, "transparent.gif", transparency=3)
    save(rgb, "interlaced.gif", interlace=1)
    rgb.save("pictures/animated.gif", save_all=True, append_images=[ImageOps.invert(rgb)])
    small = encoded(rgb.crop((0, 0, 9, 7)).quantize(20), "GIF")
    frame = small.index(b"\x2c", 13 + 3 * (2 << (small[10] & 7)))
    small[6:10] = struct.pack("<HH", W, H)
    small[frame + 1 : frame + 5] = struct.pack("<HH", 5, 4)
    write("small-frame.gif", small)


def expectations():
    goldens = {}
    for name in sorted(os.listdir("pictures")):
        image = ImageOps.exif_transpose(Image.open("pictures/" + name))
        if image.mode == "F":
            continue  # refused, as its range is unknown
        if image.mode.startswith("I"):
            value = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
            goldens[name] = np.repeat(value[..., None], 3, -1)
        else:
            goldens[name] = np.array(image.convert("RGB"))
    save_file(goldens, "pictures.safetensors")


if __name__ == "__main__":
    resizes()
    shutil.rmtree("pictures", ignore_errors=True)
    os.makedirs("pictures")
    for make in (jpegs, pngs, webps, tiffs, bmps_and_gifs, expectations):
        make()
