"""A thin, fast pen over ThorVG's software rasteriser: paths as plain buffers, groups with a matrix, fills and
gradients.

The wheel's own Python classes set up every call anew; here the C functions are bound once, a path is two flat buffers
handed over in one call, and a shape costs a few microseconds. Local coordinates are whatever the caller likes (metres,
y up); a group's matrix takes them to pixels. ThorVG without worker threads is not re-entrant, so that rasterising takes
turns between threads (a canvas itself belongs to one).
"""

from __future__ import annotations

import ctypes
import math
import threading
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from thorvg_python.engine import THORVG_LIB

RGB = tuple[float, float, float]
Matrix = tuple[float, float, float, float, float, float]
"""(a, b, c, d, e, f): x' = a x + b y + c, y' = d x + e y + f."""

_VOID, _U8, _U32, _F = ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint32, ctypes.c_float


class _Stop(ctypes.Structure):
    _fields_ = [("offset", _F), ("r", _U8), ("g", _U8), ("b", _U8), ("a", _U8)]


class _Matrix(ctypes.Structure):
    _fields_ = [(f"e{i}", _F) for i in range(9)]


def _bind(name: str, *arguments: Any, result: Any = ctypes.c_int) -> Any:
    function = getattr(THORVG_LIB, "tvg_" + name)
    function.argtypes, function.restype = list(arguments), result
    return function


_engine_init = _bind("engine_init", _U32)
_canvas_create = _bind("swcanvas_create", _U8, result=_VOID)
_canvas_target = _bind("swcanvas_set_target", _VOID, _VOID, _U32, _U32, _U32, _U8)
_canvas_add = _bind("canvas_add", _VOID, _VOID)
_canvas_remove = _bind("canvas_remove", _VOID, _VOID)
_canvas_update = _bind("canvas_update", _VOID)
_canvas_draw = _bind("canvas_draw", _VOID, ctypes.c_bool)
_canvas_sync = _bind("canvas_sync", _VOID)
_canvas_destroy = _bind("canvas_destroy", _VOID)
_scene_new = _bind("scene_new", result=_VOID)
_scene_add = _bind("scene_add", _VOID, _VOID)
_shape_new = _bind("shape_new", result=_VOID)
_shape_path = _bind("shape_append_path", _VOID, ctypes.c_char_p, _U32, _VOID, _U32)
_shape_reset = _bind("shape_reset", _VOID)
_shape_fill = _bind("shape_set_fill_color", _VOID, _U8, _U8, _U8, _U8)
_shape_gradient = _bind("shape_set_gradient", _VOID, _VOID)
_shape_rule = _bind("shape_set_fill_rule", _VOID, _U32)
_picture_new = _bind("picture_new", result=_VOID)
_picture_raw = _bind("picture_load_raw", _VOID, _VOID, _U32, _U32, _U8, ctypes.c_bool)
_picture_size = _bind("picture_set_size", _VOID, _F, _F)
_stroke_width = _bind("shape_set_stroke_width", _VOID, _F)
_stroke_color = _bind("shape_set_stroke_color", _VOID, _U8, _U8, _U8, _U8)
_stroke_cap = _bind("shape_set_stroke_cap", _VOID, _U32)
_stroke_join = _bind("shape_set_stroke_join", _VOID, _U32)
_transform = _bind("paint_set_transform", _VOID, ctypes.POINTER(_Matrix))
_linear_new = _bind("linear_gradient_new", result=_VOID)
_linear_set = _bind("linear_gradient_set", _VOID, _F, _F, _F, _F)
_radial_new = _bind("radial_gradient_new", result=_VOID)
_radial_set = _bind("radial_gradient_set", _VOID, _F, _F, _F, _F, _F, _F)
_gradient_copy = _bind("gradient_duplicate", _VOID, result=_VOID)
_gradient_free = _bind("gradient_del", _VOID)
_stops = _bind("gradient_set_color_stops", _VOID, ctypes.POINTER(_Stop), _U32)
_visible = _bind("paint_set_visible", _VOID, ctypes.c_bool)

_engine_init(0)
_one_at_a_time = threading.Lock()


class Path:
    """An outline: ThorVG commands (0 close, 1 move, 2 line, 3 cubic) and their points as one flat float buffer."""

    __slots__ = ("commands", "points")

    def __init__(self, commands: bytes, points: Iterable[float]) -> None:
        self.commands = commands
        self.points = points if isinstance(points, array) else array("f", points)

    def __add__(self, other: Path) -> Path:
        return Path(self.commands + other.commands, self.points + other.points)

    def moved(self, a: float, b: float, c: float, d: float, e: float, f: float) -> Path:
        """The path under an affine map."""
        p = self.points
        out = array("f", bytes(4 * len(p)))
        xs, ys = p[0::2], p[1::2]
        out[0::2] = array("f", [a * x + b * y + c for x, y in zip(xs, ys, strict=True)])
        out[1::2] = array("f", [d * x + e * y + f for x, y in zip(xs, ys, strict=True)])
        return Path(self.commands, out)


_K = 0.5522847498
_OVAL = bytes((1, 3, 3, 3, 3, 0))


def oval(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Path:
    """An ellipse, turned anticlockwise by ``turn``."""
    if turn == 0.0:
        kx, ky = rx * _K, ry * _K
        return Path(
            _OVAL,
            (
                x + rx,
                y,
                x + rx,
                y + ky,
                x + kx,
                y + ry,
                x,
                y + ry,
                x - kx,
                y + ry,
                x - rx,
                y + ky,
                x - rx,
                y,
                x - rx,
                y - ky,
                x - kx,
                y - ry,
                x,
                y - ry,
                x + kx,
                y - ry,
                x + rx,
                y - ky,
                x + rx,
                y,
            ),
        )
    c, s = math.cos(turn), math.sin(turn)
    return oval(0, 0, rx, ry).moved(c, -s, x, s, c, y)


_CAPSULE = bytes((1, 3, 3, 2, 3, 3, 0))


def capsule(ax: float, ay: float, bx: float, by: float, ra: float, rb: float) -> Path:
    """A limb: round at both ends, from radius ``ra`` at a to ``rb`` at b."""
    dx, dy = bx - ax, by - ay
    length = math.hypot(dx, dy) or 1e-9
    ux, uy = dx / length, dy / length
    nx, ny = -uy, ux
    k = _K
    return Path(
        _CAPSULE,
        (
            ax + nx * ra,
            ay + ny * ra,
            ax + (nx - ux * k) * ra,
            ay + (ny - uy * k) * ra,
            ax + (nx * k - ux) * ra,
            ay + (ny * k - uy) * ra,
            ax - ux * ra,
            ay - uy * ra,
            ax + (-nx * k - ux) * ra,
            ay + (-ny * k - uy) * ra,
            ax + (-nx - ux * k) * ra,
            ay + (-ny - uy * k) * ra,
            ax - nx * ra,
            ay - ny * ra,
            bx - nx * rb,
            by - ny * rb,
            bx + (-nx + ux * k) * rb,
            by + (-ny + uy * k) * rb,
            bx + (-nx * k + ux) * rb,
            by + (-ny * k + uy) * rb,
            bx + ux * rb,
            by + uy * rb,
            bx + (nx * k + ux) * rb,
            by + (ny * k + uy) * rb,
            bx + (nx + ux * k) * rb,
            by + (ny + uy * k) * rb,
            bx + nx * rb,
            by + ny * rb,
        ),
    )


def polygon(points: Sequence[tuple[float, float]]) -> Path:
    """Straight edges through the points, closed, always anticlockwise (so that overlapping parts of a silhouette add
    up)."""
    ring = _anticlockwise(points)
    return Path(b"\x01" + b"\x02" * (len(ring) - 1) + b"\x00", [v for p in ring for v in p])


def smooth(points: Sequence[tuple[float, float]], tension: float = 1.0) -> Path:
    """A closed Catmull-Rom curve through the points, anticlockwise; ``tension`` 0 gives straight edges."""
    ring = _anticlockwise(points)
    n, t = len(ring), tension / 6.0
    out = list(ring[0])
    for i in range(n):
        x0, y0 = ring[i - 1]
        x1, y1 = ring[i]
        x2, y2 = ring[(i + 1) % n]
        x3, y3 = ring[(i + 2) % n]
        out += (x1 + (x2 - x0) * t, y1 + (y2 - y0) * t, x2 - (x3 - x1) * t, y2 - (y3 - y1) * t, x2, y2)
    return Path(b"\x01" + b"\x03" * n + b"\x00", out)


def ridge(points: Sequence[tuple[float, float]], bottom: float) -> Path:
    """A curve through the points (left to right), closed straight down at ``bottom``: a hill, a dune, a hedge."""
    n = len(points)
    out = [points[0][0], bottom, *points[0]]
    for i in range(n - 1):
        x0, y0 = points[max(0, i - 1)]
        x1, y1 = points[i]
        x2, y2 = points[i + 1]
        x3, y3 = points[min(n - 1, i + 2)]
        out += (x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6, x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6, x2, y2)
    out += (points[-1][0], bottom)
    return Path(b"\x01\x02" + b"\x03" * (n - 1) + b"\x02\x00", out)


def box(left: float, bottom: float, right: float, top: float, radius: float = 0.0) -> Path:
    """A rectangle, with round corners if ``radius`` > 0."""
    if radius <= 0:
        # The point amid the lower edge: ThorVG snaps what it takes for an upright rectangle to whole pixels, and it
        # would jump instead of glide.
        return Path(
            b"\x01\x02\x02\x02\x02\x00",
            (left, bottom, (left + right) / 2, bottom, right, bottom, right, top, left, top),
        )
    r = min(radius, (right - left) / 2, (top - bottom) / 2)
    k = r * (1 - _K)
    return Path(
        b"\x01\x02\x03\x02\x03\x02\x03\x02\x03\x00",
        (
            left + r,
            bottom,
            right - r,
            bottom,
            right - k,
            bottom,
            right,
            bottom + k,
            right,
            bottom + r,
            right,
            top - r,
            right,
            top - k,
            right - k,
            top,
            right - r,
            top,
            left + r,
            top,
            left + k,
            top,
            left,
            top - k,
            left,
            top - r,
            left,
            bottom + r,
            left,
            bottom + k,
            left + k,
            bottom,
            left + r,
            bottom,
        ),
    )


def many(points: np.ndarray) -> Path:
    """Many closed polygons at once: ``points`` [shapes, corners, 2]."""
    shapes, corners = points.shape[:2]
    one = b"\x01" + b"\x02" * (corners - 1) + b"\x00"
    return Path(one * shapes, array("f", np.ascontiguousarray(points, np.float32).tobytes()))


def many_ovals(centres: np.ndarray, radii: np.ndarray) -> Path:
    """Many ellipses at once: ``centres`` [n, 2], ``radii`` [n, 2]."""
    unit = np.frombuffer(oval(0, 0, 1, 1).points, np.float32).reshape(-1, 2)
    points = centres[:, None, :] + unit[None] * radii[:, None, :]
    return Path(_OVAL * len(centres), array("f", points.astype(np.float32).tobytes()))


def _anticlockwise(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    area = sum(points[i - 1][0] * p[1] - p[0] * points[i - 1][1] for i, p in enumerate(points))
    return points if area >= 0 else points[::-1]


def byte(value: float) -> int:
    """A colour channel 0..1 as 4..251: never pure black, never pure white."""
    return 4 if value <= 0.016 else 251 if value >= 0.984 else int(value * 255 + 0.5)


class Canvas:
    """A picture to draw into: ``pixels`` uint8 [H, W, 4] (premultiplied RGBA)."""

    def __init__(self, width: int, height: int, pixels: np.ndarray | None = None) -> None:
        self.width, self.height = width, height
        self.pixels = np.zeros((height, width, 4), np.uint8) if pixels is None else pixels
        self._canvas = _canvas_create(0)
        _canvas_target(self._canvas, self.pixels.ctypes.data, width, width, height, 0)
        self.stencil = False
        """In a stencil every shape that counts is drawn in opaque white: coverage instead of a picture."""
        self._open: list[int] = []
        self.retained = False
        """Shapes will outlive a frame: their gradients are kept, for :meth:`refresh`."""
        self._gradients: list[tuple[int, int]] = []

    def __del__(self) -> None:
        canvas, self._canvas = getattr(self, "_canvas", None), None
        for _, gradient in getattr(self, "_gradients", ()):
            _gradient_free(gradient)
        if canvas:
            _canvas_destroy(canvas)

    def refresh(self) -> None:
        """To be called after groups have moved: the rasteriser moves outlines with a group but leaves their gradients
        behind."""
        for shape, gradient in self._gradients:
            _shape_gradient(shape, _gradient_copy(gradient))

    def _colour_in(self, shape: int, gradient: int, stops: Sequence[tuple[float, RGB, float]]) -> None:
        _set_stops(gradient, stops)
        if self.retained:
            self._gradients.append((shape, _gradient_copy(gradient)))
        _shape_gradient(shape, gradient)

    def wipe(self) -> None:
        """Forgets all shapes (the pixels stay)."""
        _canvas_remove(self._canvas, None)
        self._open.clear()

    def draw(self, clear: bool = False) -> None:
        """Rasterises the shapes over the pixels, or over an emptied canvas."""
        with _one_at_a_time:
            if _canvas_update(self._canvas) == 0:
                _canvas_draw(self._canvas, clear)
            _canvas_sync(self._canvas)

    def _add(self, paint: int) -> None:
        if self._open:
            _scene_add(self._open[-1], paint)
        else:
            _canvas_add(self._canvas, paint)

    def group(self, matrix: Matrix) -> int:
        """Opens a group: shapes that follow are its children under ``matrix`` until :meth:`leave`. Groups nest. Returns
        its handle."""
        scene: int = _scene_new()
        self._add(scene)
        move(scene, matrix)
        self._open.append(scene)
        return scene

    def reopen(self, group: int) -> None:
        """Opens an earlier group again: shapes that follow lie where it was made, under what came after."""
        self._open.append(group)

    def leave(self) -> None:
        """Closes the innermost group."""
        self._open.pop()

    def fill(self, path: Path, colour: RGB, alpha: float = 1.0, matrix: Matrix | None = None) -> int | None:
        """One flat shape. Returns its handle (None where a stencil leaves it out)."""
        shape = self._shape(path, alpha, matrix)
        if shape is not None and not self.stencil:
            _shape_fill(shape, byte(colour[0]), byte(colour[1]), byte(colour[2]), int(alpha * 255 + 0.5))
        return shape

    def holed(self, path: Path, colour: RGB, alpha: float = 1.0) -> None:
        """One flat shape under the even-odd rule: rings inside rings are holes."""
        shape = self.fill(path, colour, alpha)
        if shape is not None:
            _shape_rule(shape, 1)

    def picture(self, pixels: np.ndarray) -> None:
        """A picture over the unit box (centre 0, y up): premultiplied RGBA, uint8 [H, W, 4], copied."""
        height, width = pixels.shape[:2]
        paint = _picture_new()
        # ThorVG takes what is drawn from memory as ARGB words, that is BGRA bytes; the canvas swaps red and blue
        # likewise, so that none is swapped here.
        data = np.ascontiguousarray(
            pixels
            if not self.stencil
            else np.where(pixels[..., 3:] > 127, np.uint8(255), np.uint8(0)).repeat(4, axis=2)
        )
        _picture_raw(paint, data.ctypes.data, width, height, 0, True)
        move(paint, (1 / width, 0, -0.5, 0, -1 / height, 0.5))
        self._add(paint)

    def fade(
        self, path: Path, ends: tuple[float, float, float, float], stops: Sequence[tuple[float, RGB, float]]
    ) -> int | None:
        """A shape with a straight gradient from (x0, y0) to (x1, y1); stops are (offset 0..1, colour, alpha)."""
        shape = self._shape(path, max(s[2] for s in stops) if min(s[2] for s in stops) >= 0.5 else 0.0, None)
        if shape is not None and not self.stencil:
            gradient = _linear_new()
            _linear_set(gradient, *ends)
            self._colour_in(shape, gradient, stops)
        return shape

    def glow(self, x: float, y: float, rx: float, ry: float, stops: Sequence[tuple[float, RGB, float]]) -> int | None:
        """A soft round light or shadow. Never counts in a stencil."""
        if self.stencil or rx <= 0 or ry <= 0:
            return None
        shape = self._shape(oval(0, 0, 1, 1), 1.0, (rx, 0, x, 0, ry, y))
        gradient = _radial_new()
        _radial_set(gradient, 0, 0, 1, 0, 0, 0)
        self._colour_in(shape, gradient, stops)
        return shape

    def line(self, path: Path, width: float, colour: RGB, alpha: float = 1.0) -> int | None:
        """The outline of a path as a round-ended stroke."""
        shape = self._shape(path, alpha, None)
        if shape is not None:
            _shape_fill(shape, 0, 0, 0, 0)
            _stroke_width(shape, width)
            c = (1.0, 1.0, 1.0) if self.stencil else colour
            _stroke_color(shape, byte(c[0]), byte(c[1]), byte(c[2]), 255 if self.stencil else int(alpha * 255 + 0.5))
            _stroke_cap(shape, 1)
            _stroke_join(shape, 1)
        return shape

    def silhouette(self, paths: Sequence[Path], colour: RGB, alpha: float, matrix: Matrix | None) -> None:
        """Several outlines as one shape of one colour (they do not darken each other where they overlap)."""
        if self.stencil or not paths:
            return
        shape = self._shape(paths[0], alpha, matrix)
        for path in paths[1:]:
            _shape_path(shape, path.commands, len(path.commands), path.points.buffer_info()[0], len(path.points) // 2)
        _shape_fill(shape, byte(colour[0]), byte(colour[1]), byte(colour[2]), int(alpha * 255 + 0.5))

    def _shape(self, path: Path, alpha: float, matrix: Matrix | None) -> int | None:
        if self.stencil and alpha < 0.5:
            return None
        shape = _shape_new()
        _shape_path(shape, path.commands, len(path.commands), path.points.buffer_info()[0], len(path.points) // 2)
        if matrix is not None:
            move(shape, matrix)
        if self.stencil:
            _shape_fill(shape, 255, 255, 255, 255)
        self._add(shape)
        return shape


def move(paint: int, matrix: Matrix) -> None:
    """Sets the matrix of a group or shape."""
    _transform(paint, _Matrix(*matrix, 0, 0, 1))


def show(paint: int, visible: bool) -> None:
    """Shows or hides a group or shape."""
    _visible(paint, visible)


def reshape(shape: int, path: Path) -> None:
    """Gives a shape another outline."""
    _shape_reset(shape)
    _shape_path(shape, path.commands, len(path.commands), path.points.buffer_info()[0], len(path.points) // 2)


def _set_stops(gradient: int, stops: Sequence[tuple[float, RGB, float]]) -> None:
    _stops(
        gradient,
        (_Stop * len(stops))(*[_Stop(o, byte(c[0]), byte(c[1]), byte(c[2]), int(a * 255 + 0.5)) for o, c, a in stops]),
        len(stops),
    )
