"""Cut paper on depth layers: what a place is made of, recorded once and replayed under any camera.

A :class:`Layer` stands upright at one depth (the shift lens only scales and moves it); the floor lies at y = 0 and is
projected point by point; the sky is at infinity. All positions are metres in world axes, so every parallax comes from
the one projection.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from phonofilm.theatre import light
from phonofilm.theatre.light import Hour
from phonofilm.theatre.paper import pen
from phonofilm.theatre.paper.pen import Canvas, Matrix, Path
from phonofilm.theatre.play import RGB, Camera

Live = Callable[[Canvas, Camera, float, int, int], None]
"""Something redrawn every frame: (canvas, camera, time, width, height), in pixels."""
LIGHT_Z = 5.0
"""Metres of air from the camera that are not counted when scenery is hazed."""


def matrix_at(camera: Camera, z: float, width: int, height: int) -> Matrix:
    """World metres (x, y) at depth z to pixels, y down."""
    s = camera.focal / max(0.15, z - camera.position[2])
    return (
        s * height,
        0.0,
        width / 2 + height * (-camera.position[0] * s - camera.focal * math.tan(camera.yaw)),
        0.0,
        -s * height,
        height / 2 + height * (camera.position[1] * s + camera.focal * math.tan(camera.pitch)),
    )


def sky_matrix(camera: Camera, width: int, height: int) -> Matrix:
    """Tangents (right, above the horizon) to pixels."""
    f = camera.focal
    return (
        f * height,
        0.0,
        width / 2 - height * f * math.tan(camera.yaw),
        0.0,
        -f * height,
        height / 2 + height * f * math.tan(camera.pitch),
    )


@dataclass
class Layer:
    """Shapes standing at depth ``z``; colours given are daylight paper, graded and hazed here."""

    z: float
    hour: Hour
    far: float
    """Distance in metres a lens of 1.5 would see it from, for haze and for the thickness of edges."""
    items: list[Callable[[Canvas], object]] = field(default_factory=list)
    drop: float = 0.0
    """Metres by which it stands lower than the floor the cast plays on."""

    def matrix(self, camera: Camera, width: int, height: int) -> Matrix:
        """Its metres to pixels."""
        a, b, c, d, e, f = matrix_at(camera, self.z, width, height)
        return a, b, c, d, e, f - e * self.drop

    def __post_init__(self) -> None:
        self.edge = 0.0028 * max(0.5, self.far) / 1.5
        """About 0.3 % of the picture's height in metres at this depth: the visible thickness of the paper."""

    def colour(self, colour: RGB) -> RGB:
        """``colour`` as it looks at this depth and hour."""
        return self.hour.at_depth(self.hour.grade(colour), self.far - LIGHT_Z)

    def _rim(self, body: RGB, edge: float) -> RGB:
        return light.lighter(light.mix(body, self.hour.rim, 0.35 * self.hour.edge), edge * self.hour.edge)

    def paper(self, path: Path, colour: RGB, *, edge: float = 0.32, shadow: float = 0.16) -> None:
        """A sheet with a light edge on the light's side and a soft shadow on what lies behind."""
        body = self.colour(colour)
        rim, e, side = self._rim(body, edge), self.edge, self.hour.side
        dark = light.darker(body, 0.75)
        if shadow:
            self.items.append(lambda c: c.fill(path, dark, shadow, (1, 0, -1.6 * e * side, 0, 1, -1.2 * e)))
        self.items.append(lambda c: c.fill(path, rim))
        self.items.append(lambda c: c.fill(path, body, 1.0, (1, 0, -0.8 * e * side, 0, 1, -e)))

    def flat(self, path: Path, colour: RGB, alpha: float = 1.0) -> None:
        """A plain shape, no edge."""
        body = self.colour(colour)
        self.items.append(lambda c: c.fill(path, body, alpha))

    def lit(self, path: Path, colour: RGB, alpha: float = 1.0) -> None:
        """A shape that shines by itself: neither graded nor (much) hazed."""
        body = light.mix(colour, self.hour.air, 0.25 * (1 - math.exp(-self.far / self.hour.air_length)))
        self.items.append(lambda c: c.fill(path, body, alpha))

    def slope(self, path: Path, top: RGB, bottom: RGB, y1: float, y0: float, *, edge: float = 0.3) -> None:
        """A sheet whose colour runs from ``top`` at height y1 to ``bottom`` at y0."""
        a, b, e, side = self.colour(top), self.colour(bottom), self.edge, self.hour.side
        rim = self._rim(a, edge)
        dark = light.darker(a, 0.75)
        inner = path.moved(1, 0, -0.5 * e * side, 0, 1, -e)
        self.items.append(lambda c: c.fill(path, dark, 0.12, (1, 0, -1.4 * e * side, 0, 1, 1.4 * e)))
        self.items.append(lambda c: c.fill(path, rim))
        self.items.append(lambda c: c.fade(inner, (0, y1, 0, y0), ((0, a, 1.0), (1, b, 1.0))))

    def veil(self, left: float, right: float, y0: float, y1: float, colour: RGB, alpha: float) -> None:
        """Mist: a band that fades out upward."""
        path = pen.box(left, y0, right, y1)
        self.items.append(
            lambda c: c.fade(path, (0, y0, 0, y1), ((0, colour, alpha), (0.45, colour, alpha * 0.6), (1, colour, 0.0)))
        )

    def glow(self, x: float, y: float, r: float, colour: RGB, alpha: float, ry: float | None = None) -> None:
        """A halo of light."""
        self.items.append(
            lambda c: c.glow(x, y, r, ry or r, ((0, colour, alpha), (0.4, colour, alpha * 0.4), (1, colour, 0.0)))
        )

    def replay(self, canvas: Canvas) -> None:
        """Draws all items into the canvas's open group."""
        for item in self.items:
            item(canvas)


class Floor:
    """Flat shapes lying on y = 0, projected together."""

    def __init__(self) -> None:
        self.commands: list[bytes] = []
        self.colours: list[tuple[RGB, float]] = []
        self._points: list[np.ndarray] = []
        self._packed: np.ndarray | None = None
        self._ends: list[int] = []

    def add(self, path: Path, colour: RGB, alpha: float = 1.0) -> None:
        """``path`` in metres on the floor: x right, y meaning depth z. Colour is final."""
        self.commands.append(path.commands)
        self.colours.append((colour, alpha))
        self._points.append(np.frombuffer(path.points, np.float32).reshape(-1, 2))

    def project(self, camera: Camera, width: int, height: int) -> list[Path]:
        """The shapes as pixel paths."""
        if not self._points:
            return []
        if self._packed is None:
            self._packed = np.concatenate(self._points)
            self._ends = list(np.cumsum([2 * len(p) for p in self._points]))
        s = camera.focal * height / np.maximum(self._packed[:, 1] - camera.position[2], 0.3)
        out = np.empty_like(self._packed)
        out[:, 0] = (self._packed[:, 0] - camera.position[0]) * s + (
            width / 2 - height * camera.focal * math.tan(camera.yaw)
        )
        out[:, 1] = camera.position[1] * s + (height / 2 + height * camera.focal * math.tan(camera.pitch))
        flat = array("f", out.tobytes())
        starts = [0, *self._ends]
        return [Path(c, flat[a:b]) for c, a, b in zip(self.commands, starts, self._ends, strict=False)]


@dataclass
class Scenery:
    """A finished place: sky, floor, upright layers behind and before the cast, and what moves by itself."""

    hour: Hour
    sky: list[Callable[[Canvas], object]] = field(default_factory=list)
    """Drawn in picture heights from the horizon's middle, as a lens of ``sky_focal`` sees them."""
    sky_focal: float = 1.5
    ground: tuple[RGB, RGB, RGB] = ((0.5, 0.5, 0.5),) * 3
    """Floor at the horizon, in the middle, at the feet."""
    floor: Floor = field(default_factory=Floor)
    back: list[Layer] = field(default_factory=list)
    middle: list[Layer] = field(default_factory=list)
    """Before what lives by itself (surf), behind the cast."""
    front: list[Layer] = field(default_factory=list)
    live: list[Live] = field(default_factory=list)
    """Behind the cast, redrawn each frame."""
    live_front: list[Live] = field(default_factory=list)
    indoors: bool = False


class Backdrop:
    """A scenery's retained shapes in one canvas; each camera only sets matrices and the floor's outlines."""

    def __init__(self, scenery: Scenery, canvas: Canvas, what: str) -> None:
        self.scenery, self.canvas = scenery, canvas
        canvas.retained = True
        self.layers: list[tuple[Layer, int]] = []
        self.sky: int | None = None
        self.floor_shapes: list[int] = []
        self.floor_group: int | None = None
        if what == "back":
            self._sky()
        layers = {"back": scenery.back, "middle": scenery.middle, "front": scenery.front}[what]
        for layer in sorted(layers, key=lambda item: -item.z):
            group = canvas.group((1, 0, 0, 0, 1, 0))
            layer.replay(canvas)
            canvas.leave()
            self.layers.append((layer, group))

    def _sky(self) -> None:
        canvas, scenery = self.canvas, self.scenery
        hour, ground = scenery.hour, scenery.ground
        self.horizon = canvas.group((1, 0, 0, 0, 1, 0))
        canvas.fade(
            pen.box(-9, -0.02, 9, 3.0),
            (0, 0, 0, 0.85),
            ((0, hour.sky_low, 1.0), (0.28, light.mix(hour.sky_low, hour.sky_top, 0.30), 1.0), (1, hour.sky_top, 1.0)),
        )
        canvas.leave()
        self.sky = canvas.group((1, 0, 0, 0, 1, 0))
        canvas.group((1 / scenery.sky_focal, 0, 0, 0, 1 / scenery.sky_focal, 0))
        for item in scenery.sky:
            item(canvas)
        canvas.leave()
        canvas.leave()
        self.land = canvas.group((1, 0, 0, 0, 1, 0))
        canvas.fade(
            pen.box(-9, -4.0, 9, 0.0),
            (0, 0, 0, -0.62),
            (
                (0, ground[0], 1.0),
                (0.16, light.mix(ground[0], ground[1], 0.75), 1.0),
                (0.42, ground[1], 1.0),
                (1, ground[2], 1.0),
            ),
        )
        canvas.leave()
        self.floor_group = canvas.group((1, 0, 0, 0, 1, 0))
        dummy = pen.box(-9, -9, -8, -8)
        for colour, alpha in scenery.floor.colours:
            shape = canvas.fill(dummy, colour, alpha)
            if shape is not None:
                self.floor_shapes.append(shape)
        canvas.leave()

    def aim(self, camera: Camera) -> None:
        """Moves everything to where ``camera`` sees it."""
        width, height = self.canvas.width, self.canvas.height
        if self.sky is not None:
            s = sky_matrix(camera, width, height)
            pen.move(self.horizon, (height, 0, width / 2, 0, -height, s[5]))
            pen.move(self.land, (height, 0, width / 2, 0, -height, s[5]))
            pen.move(self.sky, s)
            for shape, path in zip(self.floor_shapes, self.scenery.floor.project(camera, width, height), strict=True):
                pen.reshape(shape, path)
        for layer, group in self.layers:
            near = layer.z - camera.position[2]
            pen.show(group, near > 0.35)
            pen.move(group, layer.matrix(camera, width, height))
        self.canvas.refresh()
