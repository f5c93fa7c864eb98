"""Pictures of a clip: eight frames, and the sound under them, so that both can be judged at a glance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from phonofilm.errors import MediaError
from phonofilm.media.fonts import font_for
from phonofilm.media.scale import cover
from phonofilm.media.video import check_writable, whole
from phonofilm.spec import clock
from phonofilm.spec.cues import BODY, CHANNEL, JOINTS, LIMBS, Cues

_BREAKS = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
Picture = NDArray[np.uint8]
Mark = tuple[float, str]
"""Something that happens: seconds, and a word for it."""

PAPER, INK, FAINT, LINE, ACCENT = (250, 247, 240), (42, 38, 54), (138, 130, 142), (222, 214, 204), (226, 84, 58)
_STOPS = np.array(
    [
        (0.0, 24, 20, 38),
        (0.25, 58, 38, 98),
        (0.5, 158, 52, 104),
        (0.72, 236, 106, 74),
        (0.88, 250, 180, 90),
        (1.0, 255, 246, 214),
    ]
)
"""Colours of the spectrogram from silent to loud."""


def contact_sheet(
    frames: Sequence[Picture] | NDArray[np.uint8],
    path: Path | str,
    n: int = 8,
    *,
    columns: int = 4,
    fps: float = clock.FPS,
) -> Path:
    """Save ``n`` frames, evenly spaced from the first to the last, with their times."""
    path = check_writable(path, (".png", ".jpg", ".webp"))
    return _save(_grid(frames, n, columns, fps), path)


def spectrogram(
    sound: NDArray[np.float32],
    path: Path | str,
    marks: Sequence[float | Mark] = (),
    *,
    rate: int = clock.SAMPLE_RATE,
    width: int = 1600,
) -> Path:
    """Save the spectrogram of ``sound`` [2, n] or [n] with the marked instants (seconds, or seconds and a word)."""
    path = check_writable(path, (".png", ".jpg", ".webp"))
    return _save(_sound_panel(sound, rate, width, 360, marks), path)


def strip(
    frames: Sequence[Picture] | NDArray[np.uint8],
    sound: NDArray[np.float32],
    path: Path | str,
    shown: Sequence[int],
    *,
    rate: int = clock.SAMPLE_RATE,
    cues: Cues | None = None,
    title: str = "",
    width: int = 1440,
) -> Path:
    """Save those frames of a clip that ``shown`` names, evenly spaced ones, side by side, and under each the
    spectrogram of its own instant, with the contacts of the clip's ``cues`` marked: whether what is heard falls on what
    is seen."""
    path = check_writable(path, (".png", ".jpg", ".webp"))
    each, left = (width - 58) // len(shown), 58
    cell = (each - 4, round((each - 4) * frames[0].shape[0] / frames[0].shape[1]))
    spacing = (shown[-1] - shown[0]) / max(1, len(shown) - 1)
    begin = shown[0] - (spacing + 1) / 2  # a frame shows the interval that ends with it
    samples = (np.array([begin, begin + spacing * len(shown)]) * rate / clock.FPS).round().astype(int)
    padded = np.pad(np.atleast_2d(sound), ((0, 0), (max(0, -samples[0]), max(0, samples[1] - sound.shape[-1]))))
    part = padded[:, max(0, samples[0]) : max(0, samples[0]) + samples[1] - samples[0]]
    times = [(frame - 0.5 - begin) / clock.FPS for frame, _, _ in cues.contacts()] if cues is not None else []
    panel = _sound_panel(part, rate, left + each * len(shown), 190, [t for t in times if t >= 0])
    page = Image.new("RGB", (panel.width, 30 + cell[1] + panel.height), PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((left, 4), title, font=_font(17), fill=INK)
    for k, n in enumerate(shown):
        picture = Image.fromarray(cover(np.asarray(frames[n]), cell))
        if cues is not None:
            _draw_plan(ImageDraw.Draw(picture), cues, n, cell)
        page.paste(picture, (left + k * each + 2, 30), _rounded(cell, 4))
    page.paste(panel, (0, 30 + cell[1]))
    return _save(page, path)


def card(
    frames: Sequence[Picture] | NDArray[np.uint8],
    sound: NDArray[np.float32],
    title: str,
    path: Path | str,
    contacts: Sequence[float | Mark] = (),
    *,
    rate: int = clock.SAMPLE_RATE,
    fps: float = clock.FPS,
    note: str = "",
    cues: Cues | None = None,
    times: Sequence[float] = (),
) -> Path:
    """Save one picture of a whole clip: eight frames in two rows, the spectrogram under them with its marks, and a
    title.

    ``contacts`` are seconds, or (seconds, word) pairs; marks stand as thin lines on the spectrogram and as ticks under
    the frames. ``cues``: the clip's plan, drawn over the frames. ``times``: where ``frames`` are not a whole clip but
    just the pictures to show, their seconds.
    """
    path = check_writable(path, (".png", ".jpg", ".webp"))
    sheet = _grid(frames, 8, 4, fps, cues, times)
    margin, gap = 40, 18
    width = sheet.width + 2 * margin
    written = font_for(title, 30)
    text = _wrap(title, written, width - 2 * margin, 3)
    head = margin - 8 + 40 * len(text) + (30 if note else 0) + (12 if text or note else 0)
    panel = _sound_panel(sound, rate, sheet.width, 330, contacts)
    page = Image.new("RGB", (width, head + sheet.height + gap + panel.height + margin - 14), PAPER)
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(text):
        draw.text((margin, margin - 12 + 40 * row), line, font=written, fill=INK)
    if note:
        draw.text((margin, margin - 8 + 40 * len(text)), note, font=_font(20), fill=FAINT)
    page.paste(sheet, (margin, head))
    page.paste(panel, (margin, head + sheet.height + gap))
    return _save(page, path)


def _grid(
    frames: Sequence[Picture] | NDArray[np.uint8],
    n: int,
    columns: int,
    fps: float,
    cues: Cues | None = None,
    times: Sequence[float] = (),
) -> Image.Image:
    if len(frames) == 0:
        raise MediaError("a contact sheet needs at least one frame; none was given")
    n = min(n, len(frames))
    columns = min(columns, n)
    rows = -(-n // columns)
    height, width = frames[0].shape[:2]
    cell = (376, max(2, round(376 * height / width)))
    gap, label = 12, 30
    page = Image.new("RGB", (columns * cell[0] + (columns - 1) * gap, rows * (cell[1] + label)), PAPER)
    draw = ImageDraw.Draw(page)
    for index, frame in enumerate(np.linspace(0, len(frames) - 1, n).round().astype(int)):
        x, y = (index % columns) * (cell[0] + gap), (index // columns) * (cell[1] + label)
        picture = Image.fromarray(cover(np.asarray(frames[frame]), cell))
        if cues is not None and frame < cues.frames:
            _draw_plan(ImageDraw.Draw(picture), cues, int(frame), cell)
        page.paste(picture, (x, y), _rounded(cell))
        draw.text(
            (x + 2, y + cell[1] + 4), f"{times[frame] if times else frame / fps:.2f} s", font=_font(17), fill=FAINT
        )
    return page


def _draw_plan(draw: ImageDraw.ImageDraw, cues: Cues, frame: int, cell: tuple[int, int]) -> None:
    """Each body's box as it is rolled, its limbs if it is a person, and a dot while it touches something."""
    for body in cues.bodies[:, frame]:
        of = dict(zip(BODY, body.tolist(), strict=True))
        if of["present"] < 0.5:
            continue

        def at(u: float, v: float) -> tuple[float, float]:
            return cell[0] / 2 + u * cell[1], cell[1] * (0.5 - v)

        half_w, half_h = of["width"] / 2, of["height"] / 2
        corners = [(a * half_w, b * half_h) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
        sin, cos = of["roll_sin"], of["roll_cos"]
        draw.line(
            [at(of["u"] + cos * x - sin * y, of["v"] + sin * x + cos * y) for x, y in corners], fill=PAPER, width=2
        )
        if of["person"] > 0.5:
            joints = {
                name: at(of["u"] + of[f"{name}_x"] * of["height"], of["v"] - half_h + of[f"{name}_y"] * of["height"])
                for name in JOINTS
            }
            for one, other in LIMBS:
                draw.line([joints[one], joints[other]], fill=ACCENT, width=2)
            x, y = joints["head"]
            draw.ellipse((x - 5, y - 5, x + 5, y + 5), outline=ACCENT, width=2)
        if cues.bodies[:, max(0, frame - 2) : frame + 3, CHANNEL["contact"]].max() > 0.5:
            x, y = at(of["u"], of["v"] - half_h)
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=ACCENT)


def _rounded(size: tuple[int, int], radius: int = 8) -> Image.Image:
    mask = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] * 4 - 1, size[1] * 4 - 1), radius * 4, fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)


def _sound_panel(
    sound: NDArray[np.float32], rate: int, width: int, height: int, marks: Sequence[float | Mark]
) -> Image.Image:
    """Level curve above, spectrogram below, a ruler of seconds, marks through both."""
    sound = np.atleast_2d(np.asarray(sound, np.float32))
    seconds = max(sound.shape[1] / rate, 1e-3)
    left, right, top, bottom, wave = 58, 0, 26, 30, 46
    inner = (width - left - right, height - top - bottom - wave - 8)
    page = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(page)
    page.paste(_waveform(sound, (inner[0], wave)), (left, top))
    low, high = 60.0, min(rate / 2, 12_000.0)
    page.paste(
        Image.fromarray(_picture(sound.mean(axis=0), rate, inner, low, high)),
        (left, top + wave + 8),
        _rounded(inner, 6),
    )
    base = top + wave + 8
    for hertz, name in ((100, "100 Hz"), (300, "300"), (1000, "1 kHz"), (3000, "3"), (10_000, "10")):
        if low < hertz < high:
            y = base + inner[1] * (1 - np.log(hertz / low) / np.log(high / low))
            draw.text((left - 8, y), name, font=_font(14), fill=FAINT, anchor="rm")
    for second in range(int(seconds) + 1):
        x = left + inner[0] * second / seconds
        draw.line((x, base + inner[1] + 2, x, base + inner[1] + 7), fill=FAINT)
        draw.text(
            (min(x, width - 14), base + inner[1] + 10),
            f"{second} s",
            font=_font(15),
            fill=FAINT,
            anchor="ma" if second else "la",
        )
    _draw_marks(draw, marks, seconds, left, inner[0], top, base + inner[1])
    return page


def _draw_marks(
    draw: ImageDraw.ImageDraw,
    marks: Sequence[float | Mark],
    seconds: float,
    left: int,
    width: int,
    top: int,
    bottom: int,
) -> None:
    """Thin lines at the instants; a word where there is room for it."""
    free = -1.0
    pairs = sorted(mark if isinstance(mark, tuple) else (float(mark), "") for mark in marks)
    for time, word in pairs:
        if not 0 <= time <= seconds:
            continue
        x = left + width * time / seconds
        draw.line((x, top, x, bottom), fill=ACCENT, width=1)
        draw.polygon(((x - 5, top - 7), (x + 5, top - 7), (x, top)), fill=ACCENT)
        if word and x >= free:
            draw.text((x + 7, top - 20), word, font=font_for(word, 15), fill=ACCENT)
            free = x + 14 + _font(15).getlength(word)


def _waveform(sound: NDArray[np.float32], size: tuple[int, int]) -> Image.Image:
    """Left channel upward, right channel downward, loudest value per column."""
    width, height = size
    page = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(page)
    edges = np.linspace(0, sound.shape[1], width + 1).astype(int)
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-4)
    for column in range(width):
        block = np.abs(sound[:, edges[column] : max(edges[column + 1], edges[column] + 1)])
        up, down = (float(block[channel].max(initial=0.0)) / peak for channel in (0, -1))
        draw.line((column, height / 2 - up * (height / 2 - 1), column, height / 2 + down * (height / 2 - 1)), fill=INK)
    return page


def _picture(mono: NDArray[np.float32], rate: int, size: tuple[int, int], low: float, high: float) -> Picture:
    """Log-frequency power over 75 dB below the loudest, [height, width, 3]. Two windows, long ones for pitch,
    short ones for attacks; their geometric mean is sharp both ways."""
    width, height = size
    rows = low * (high / low) ** np.linspace(1, 0, height)
    power = np.sqrt(_power(mono, rate, 2048, width, rows) * _power(mono, rate, 512, width, rows))
    decibels = 10 * np.log10(power + 1e-12)
    top = float(np.percentile(decibels, 99.9)) if power.max(initial=0.0) > 1e-10 else 0.0
    level = np.clip((decibels - top + 72) / 74, 0, 1)
    return np.stack([np.interp(level, _STOPS[:, 0], _STOPS[:, channel]) for channel in (1, 2, 3)], axis=-1).astype(
        np.uint8
    )


def _power(
    mono: NDArray[np.float32], rate: int, window: int, width: int, rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    centres = (np.arange(width) + 0.5) * len(mono) / width
    padded = np.pad(mono, window)
    starts = (centres - window / 2).astype(int) + window
    shape = np.hanning(window)
    spectra = np.abs(np.fft.rfft(padded[starts[:, None] + np.arange(window)] * shape, axis=1)) ** 2 / np.sum(shape) ** 2
    bins = np.clip(rows * window / rate, 0, window / 2 - 1)
    floor = bins.astype(int)
    share = (bins - floor)[:, None]
    return np.asarray(spectra.T[floor] * (1 - share) + spectra.T[floor + 1] * share, np.float64)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int, rows: int) -> list[str]:
    lines: list[str] = []
    # Scripts without blanks break between any two characters.
    pieces = [(piece, " " if n == 0 else "") for word in text.split() for n, piece in enumerate(_BREAKS.findall(word))]
    for word, gap in pieces:
        longer = f"{lines[-1]}{gap}{word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > rows:
        lines = lines[:rows]
        lines[-1] += " ..."
    return lines


def _save(page: Image.Image, path: Path) -> Path:
    with whole(path) as partial:
        page.save(partial)
    return path
