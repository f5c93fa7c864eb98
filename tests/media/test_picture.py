"""One loader for pictures: right colours of every depth, opacity and gamut, and files that other programs show."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from phonofilm.errors import MediaError
from phonofilm.media.palette import palette
from phonofilm.media.picture import load
from phonofilm.media.probe import probe

P3 = ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407))
"""Display P3 to XYZ at D50, rows X, Y, Z: as its published profile has them."""
PROPHOTO = ((0.79767, 0.13519, 0.03135), (0.28804, 0.71188, 0.00008), (0.0, 0.0, 0.82491))
SRGB = np.linalg.inv(((0.43607, 0.38515, 0.14307), (0.22249, 0.71687, 0.06061), (0.01392, 0.09708, 0.71410)))


def profile(rows, gamma):
    """An ICC profile of three colours and one gamma."""
    s15 = lambda value: struct.pack(">i", round(value * 65536))  # noqa: E731
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78),
        b"wtpt": b"XYZ " + bytes(4) + s15(0.9642) + s15(1.0) + s15(0.8249),
    }
    for n, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ")):
        tags[name] = b"XYZ " + bytes(4) + b"".join(s15(row[n]) for row in rows)
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        tags[name] = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    return _icc(b"RGB ", tags)


def grey_profile(gamma):
    white = b"".join(struct.pack(">i", round(value * 65536)) for value in (0.9642, 1.0, 0.8249))
    return _icc(
        b"GRAY",
        {
            b"wtpt": b"XYZ " + bytes(4) + white,
            b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2),
        },
    )


def _icc(space, tags):
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    white = b"".join(struct.pack(">i", round(value * 65536)) for value in (0.9642, 1.0, 0.8249))
    head = (
        struct.pack(
            ">I4s4s4s4s4s12s4s", at + len(body), b"none", b"\x02\x40\0\0", b"mntr", space, b"XYZ ", bytes(12), b"acsp"
        )
        + bytes(28)
        + white
    )
    return head.ljust(128, b"\0") + table + body


def in_srgb(colour, rows, gamma):
    """What a colour of another gamut is in sRGB, by the textbook."""
    line = np.clip(SRGB @ np.asarray(rows) @ (np.asarray(colour) / 255) ** gamma, 0, 1)
    return 255 * np.where(line <= 0.0031308, 12.92 * line, 1.055 * line ** (1 / 2.4) - 0.055)


def save(path, colour, mode="RGB", size=(20, 10), **options):
    Image.new(mode, size, colour).save(path, **options)
    return path


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(colour_type, depth, pixel, *chunks, size=(20, 10)):
    """A PNG of one colour with further chunks."""
    rows = (b"\0" + pixel * size[0]) * size[1]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def written(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("kind", "pixel", "expected"),
    [
        ((0, 16), b"\x80\x00", (128, 128, 128)),
        ((0, 16), b"\x00\x80", (0, 0, 0)),
        ((0, 16), b"\xff\xff", (255, 255, 255)),
        ((2, 16), b"\x10\x00\x80\x00\xf0\x00", (16, 128, 240)),
        ((4, 16), b"\x40\x00\xff\xff", (64, 64, 64)),
        ((6, 16), b"\xff\xff\0\0\0\0\x80\x00", (255, 127, 127)),
        ((0, 8), b"\x2a", (42, 42, 42)),
        ((4, 8), b"\x00\x00", (255, 255, 255)),
    ],
)
def test_every_depth_has_its_right_value(tmp_path, kind, pixel, expected):
    picture = load(written(tmp_path / "a.png", png(*kind, pixel)))
    assert picture.shape == (10, 20, 3) and picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("form", ["png", "webp"])
@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((255, 0, 255, 0), (255, 255, 255)),
        ((255, 0, 0, 13), (255, 242, 242)),
        ((9, 8, 7, 255), (9, 8, 7)),
    ],
)
def test_what_is_transparent_lies_on_paper(tmp_path, form, colour, expected):
    picture = load(
        save(tmp_path / f"a.{form}", colour, "RGBA", **({"lossless": True, "exact": True} if form == "webp" else {}))
    )
    assert np.abs(picture.astype(int) - expected).max() <= 1


def test_a_colour_that_means_nothing_and_a_palette_are_transparent_too(tmp_path):
    keyed = written(tmp_path / "a.png", png(2, 8, b"\xff\0\xff", chunk(b"tRNS", b"\0\xff\0\0\0\xff")))
    assert (load(keyed) == 255).all()
    grey = written(tmp_path / "b.png", png(0, 16, b"\x12\x34", chunk(b"tRNS", b"\x12\x34")))
    assert (load(grey) == 255).all()
    image = Image.new("P", (8, 8), 1)
    image.putpalette([200, 0, 0, 0, 90, 0])
    image.save(tmp_path / "c.png", transparency=bytes([255, 128]))
    assert np.abs(load(tmp_path / "c.png").astype(int) - (127, 173, 127)).max() <= 1


@pytest.mark.parametrize(("rows", "gamma"), [(P3, 2.2), (PROPHOTO, 1.8)])
@pytest.mark.parametrize("form", ["png", "webp", "jpg"])
@pytest.mark.parametrize("colour", [(200, 100, 60), (90, 160, 120), (128, 128, 128)])
def test_wide_gamuts_keep_their_colours(tmp_path, rows, gamma, form, colour):
    options = {"webp": {"lossless": True}, "jpg": {"quality": 100, "subsampling": 0}}.get(form, {})
    path = save(tmp_path / f"a.{form}", colour, icc_profile=profile(rows, gamma), **options)
    expected = in_srgb(colour, rows, gamma)
    assert np.abs(load(path) - expected).max() <= (2.5 if form == "jpg" else 1.5)
    assert np.abs(load(path) - np.asarray(colour)).max() > 5 or len(set(colour)) == 1
    assert np.abs(np.asarray(palette(path)[0].rgb) * 255 - expected).max() <= 4


def test_grey_has_profiles_too_and_srgb_is_left_alone(tmp_path):
    light = load(save(tmp_path / "a.png", 128, "L", icc_profile=grey_profile(1.0)))
    assert np.abs(light.astype(int) - 188).max() <= 2  # linear light: half of it is 188 in sRGB
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (load(save(tmp_path / "b.png", (1, 77, 200), icc_profile=own)) == (1, 77, 200)).all()


def test_a_profile_that_cannot_be_used_is_said_and_is_no_damage(tmp_path):
    for name, data in (("a", b"no profile"), ("b", grey_profile(2.2)[:60])):
        path = save(tmp_path / f"{name}.png", (1, 77, 200), icc_profile=data)
        assert (load(path) == (1, 77, 200)).all()
        assert any("colour profile" in word for word in probe(path).ignored)
    assert probe(save(tmp_path / "c.png", (1, 77, 200), icc_profile=profile(P3, 2.2))).ignored == ()


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_stand_upright(tmp_path, turn):
    image = Image.fromarray(np.repeat(np.arange(0, 240, 10, np.uint8).reshape(4, 6)[:, :, None], 3, 2))
    exif = Image.Exif()
    exif[0x0112] = turn
    image.save(tmp_path / "a.png", exif=exif)
    from PIL import ImageOps

    with Image.open(tmp_path / "a.png") as file:
        expected = np.asarray(ImageOps.exif_transpose(file))
    assert (load(tmp_path / "a.png") == expected).all()
    assert (probe(tmp_path / "a.png").height, probe(tmp_path / "a.png").width) == expected.shape[:2]


def test_a_large_text_or_profile_in_a_png_is_no_damage(tmp_path):
    words = bytes(np.random.default_rng(1).integers(32, 127, 1_600_000, np.uint8))
    for name, extra in (
        ("tEXt", b"workflow\0" + words),
        ("zTXt", b"workflow\0\0" + zlib.compress(words)),
        ("iTXt", b"workflow\0\1\0\0\0" + zlib.compress(words)),
    ):
        path = written(tmp_path / f"{name}.png", png(2, 8, b"\x10\x20\x30", chunk(name.encode(), extra)))
        assert probe(path).width == 20 and (load(path) == (16, 32, 48)).all()
    large = bytearray(profile(P3, 2.2) + bytes(1_300_000))
    large[:4] = struct.pack(">I", len(large))
    path = written(
        tmp_path / "icc.png", png(2, 8, bytes((200, 100, 60)), chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(large))))
    )
    assert probe(path).ignored == () and np.abs(load(path) - in_srgb((200, 100, 60), P3, 2.2)).max() <= 1.5


@pytest.mark.parametrize("data", [b"", b"words", b"\x89PNG\r\n\x1a\n", png(2, 8, b"\1\2\3")[:48]])
def test_what_is_no_picture_is_told_by_name(tmp_path, data):
    with pytest.raises(MediaError, match=r"'x.png' cannot be read as a picture; give a PNG"):
        load(written(tmp_path / "x.png", data))


def test_a_jpeg_of_print_colours(tmp_path):
    out = io.BytesIO()
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(out, "JPEG", quality=100)
    red = load(written(tmp_path / "a.jpg", out.getvalue()))
    assert (red[..., 0] > 200).all() and (red[..., 1:] < 60).all()


def test_what_is_not_used_of_a_reference_is_a_note_of_the_result(tmp_path):
    from phonofilm.clip.make import make
    from phonofilm.spec.reference import Reference
    from phonofilm.spec.request import Generate

    path = save(tmp_path / "a.png", (1, 77, 200), size=(160, 90), icc_profile=b"no profile")
    first = Reference(path=str(path), kind="image", role="first_frame", person=False)
    made = make(Generate(prompt="A red ball bounces.", seconds=4, engine="animatic", references=(first,)))
    assert [note for note in made.notes if note.startswith("references[0]: not used: the colour profile")]
