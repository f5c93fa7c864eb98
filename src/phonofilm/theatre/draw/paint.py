"""The painter: a staged play as pictures, and its masks, depth and flow.

Everything is laid out in picture heights, so any width and height will do. A shot's scenery is recorded once as
retained shapes; a resting camera costs one copy per frame, a moving one only new matrices. See ``play`` for axes and
units.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from phonofilm.spec import clock
from phonofilm.theatre.camera import project
from phonofilm.theatre.draw.cast import Cast
from phonofilm.theatre.draw.masks import Stencil
from phonofilm.theatre.paper.layers import Backdrop, Live
from phonofilm.theatre.paper.pen import Canvas
from phonofilm.theatre.places import place
from phonofilm.theatre.play import Camera, Play, Shot

SUB_FRAMES = 4
SHUTTER = 0.5
"""Share of the frame interval the shutter is open, at its end: frame n ends sharp at n/24."""
BLUR_FROM = 3.0
"""Pixels per frame beyond which a frame is averaged from sub-frames."""

DOOR, GLASS = 0.45, 0.6
"""Shares of a gliding shot's part in which the camera comes through the door, and comes up to the next place."""
QUICK = 6.0
"""Pixels between two instants of a quickly drawn frame, whose shutter is open for half of it."""


class Painter:
    """One shot at one size. Build once, paint any instant in any order."""

    def __init__(self, shot: Shot, width: int, height: int) -> None:
        self.shot, self.width, self.height = shot, width, height
        self.scenery = place.build(shot, width / height)
        self.behind = Canvas(width, height)
        self.backdrop = Backdrop(self.scenery, self.behind, "back")
        self.stage = Canvas(width, height)
        self.amid = Canvas(width, height, self.stage.pixels)
        self.middle = Backdrop(self.scenery, self.amid, "middle")
        self.before = Canvas(width, height, self.stage.pixels)
        self.foreground = Backdrop(self.scenery, self.before, "front")
        self.cast = Cast(shot, self.scenery.hour, self.scenery.ground[2], width, height)
        self._aimed: Camera | None = None
        self._onto: np.ndarray | None = None
        self._grain = _grain(width, height, shot.seed)

    def _background(self, camera: Camera) -> None:
        if camera != self._aimed:
            self.backdrop.aim(camera)
            self.behind.draw()
            if self.shot.soft:
                blurred = Image.fromarray(self.behind.pixels).filter(ImageFilter.GaussianBlur(0.018 * self.height))
                np.copyto(self.behind.pixels, np.asarray(blurred))
            self.behind.pixels += self._grain
            self._aimed = camera
        np.copyto(self.stage.pixels, self.behind.pixels)

    def still(self, time: float, camera: Camera | None = None) -> np.ndarray:
        """The instant as premultiplied RGBA, uint8 [H, W, 4]; valid until the next call. ``camera`` replaces the shot's
        own."""
        camera = camera or self.shot.camera(time)
        self._background(camera)
        stage, scenery = self.stage, self.scenery
        stage.wipe()
        self._live(scenery.live, camera, time)
        if self.middle.layers:
            if scenery.live:
                stage.draw()
                stage.wipe()
            self.middle.aim(camera)
            self.amid.draw()
        self.cast.draw(stage, camera, time)
        if self.foreground.layers:
            stage.draw()
            stage.wipe()
            self.foreground.aim(camera)
            self.before.draw()
        self._live(scenery.live_front, camera, time)
        stage.draw()
        self._passage(time)
        return stage.pixels

    def _passage(self, time: float) -> None:
        """Openings that a gliding camera passes: the door it came in by, and what the next place is seen through, until
        that fills the picture."""
        shot, pixels = self.shot, self.stage.pixels
        u = (time - shot.start) / (shot.end - shot.start)
        if shot.door and u < DOOR:
            self._doorway(pixels.copy(), u / DOOR)
        if shot.onto is not None and u > 1 - GLASS:
            if self._onto is None:
                self._onto = painter(shot.onto, self.width, self.height).still(shot.onto.start).copy()
            self._opened(self._onto, 0.30 + 0.70 * ((u - 1 + GLASS) / GLASS) ** 2, (0.20, 0.22, 0.25), 0.02)

    def _doorway(self, inside: np.ndarray, u: float) -> None:
        """``inside`` through an open front door that stands on the ground, from afar (``u`` 0) until its frame has left
        the picture (1)."""
        width, height = self.width, self.height
        tall = 0.66 * height * ((2.2 * width / (0.66 * height)) ** u)
        wide, middle, eye = 0.5 * tall, width / 2, 0.52 * height
        top, floor = eye - 0.60 * tall, eye + 0.40 * tall
        left, right, jamb = middle - wide / 2, middle + wide / 2, 0.045 * tall
        image = Image.new("RGB", (2 * width, 2 * height), (219, 212, 201))
        pencil = ImageDraw.Draw(image)
        twice = lambda *points: [(2 * x, 2 * y) for x, y in points]  # noqa: E731
        pencil.rectangle(twice((0, floor), (width, max(floor, height))), fill=(176, 168, 158))
        pencil.rectangle(twice((left - jamb, top - jamb), (right + jamb, floor)), fill=(112, 80, 58))

        # The leaf, open towards us at the left: two panels and a knob.
        def leaf(x, y):
            return (
                left - jamb - 0.42 * wide * x,
                (top + (floor - top) * y) + (y - 0.45) * 0.10 * tall * x,
            )

        for a, b, c, d, ink in (
            (0.0, 0.0, 1.0, 1.0, (142, 84, 56)),
            (0.18, 0.07, 0.84, 0.44, (122, 70, 47)),
            (0.18, 0.56, 0.84, 0.93, (122, 70, 47)),
        ):
            pencil.polygon(twice(leaf(a, b), leaf(c, b), leaf(c, d), leaf(a, d)), fill=ink)
        knob_x, knob_y = leaf(0.92, 0.50)
        r = max(1.0, 0.018 * tall)
        pencil.ellipse(twice((knob_x - r, knob_y - r), (knob_x + r, knob_y + r)), fill=(226, 190, 96))
        pixels = self.stage.pixels
        pixels[..., :3] = np.asarray(image.resize((width, height), Image.Resampling.BOX))
        x0, x1, y0, y1 = (
            round(min(max(0, one), most))
            for one, most in ((left, width), (right, width), (top, height), (floor, height))
        )
        share = min(1.0, max(0.72 + 0.28 * u, 2 * max(eye - y0, y1 - eye, 0.5 * (x1 - x0) * height / width) / height))
        w, h = max(2, round(width * share)), max(2, round(height * share))
        seen = np.asarray(Image.fromarray(inside).resize((w, h), Image.Resampling.BILINEAR))
        ox, oy = (width - w) // 2, min(max(round(eye - h / 2), y1 - h), y0)
        pixels[y0:y1, x0:x1] = seen[y0 - oy : y1 - oy, x0 - ox : x1 - ox]

    def _opened(self, inside: np.ndarray, share: float, rim: tuple[float, float, float], edge: float) -> None:
        """``inside`` in the middle of the picture, ``share`` of its size, in a frame ``edge`` of the height wide."""
        w, h = max(2, round(self.width * share)), max(2, round(self.height * share))
        x, y, e = (self.width - w) // 2, (self.height - h) // 2, round(edge * self.height * share)
        self.stage.pixels[max(0, y - e) : y + h + e, max(0, x - e) : x + w + e, :3] = [round(255 * one) for one in rim]
        self.stage.pixels[y : y + h, x : x + w] = np.asarray(
            Image.fromarray(inside).resize((w, h), Image.Resampling.BILINEAR)
        )

    def _live(self, items: list[Live], camera: Camera, time: float) -> None:
        for item in items:
            item(self.stage, camera, time, self.width, self.height)

    def speeds(self, time: float) -> tuple[float, float]:
        """Ways over the frame that ends at ``time``, in pixels: the picture's own under the camera, and the fastest
        actor's in it."""
        before = max(self.shot.start, time - 1 / clock.FPS)
        if before >= time:
            return 0.0, 0.0
        now, then = self.shot.camera(time), self.shot.camera(before)
        panned = fastest = 0.0
        if now != then:
            subject = next((a.at(time).position[2] for a in self.shot.actors), now.position[2] + 4.0)
            for z in (subject, now.position[2] + 40.0):
                a, b = project(now, (0.0, 0.5, z)), project(then, (0.0, 0.5, z))
                panned = max(panned, abs(a[0] - b[0]) + abs(a[2] - b[2]), abs(a[1] - b[1]))
        for actor in self.shot.actors:
            new, old = actor.at(time), actor.at(before)
            if not new.visible:
                continue
            a, b = project(now, new.position), project(now, old.position)
            way = max(abs(a[0] - b[0]), abs(a[1] - b[1]))
            if new.pose is not None and old.pose is not None:
                joints = old.pose.joints
                way += (
                    max(max(abs(x - joints[k][0]), abs(y - joints[k][1])) for k, (x, y) in new.pose.joints.items())
                    * a[2]
                )
            else:
                way += 0.5 * abs(new.angle - old.angle) * min(actor.size[0], actor.size[1]) * a[2]
                turned = abs(new.part - old.part) * (1.0 if actor.cutout is None else 0.06)
                way += turned * actor.size[1] * a[2] if turned < 0.5 else 0.0
            fastest = max(fastest, way)
        return panned * self.height, fastest * self.height

    def exposed(self, time: float, quick: bool = False) -> np.ndarray:
        """One film frame ending at ``time``: sharp, or averaged over the open shutter where something moves fast.
        Camera and cast are sampled apart: under a slow camera a fast ball costs no new background. ``quick``: two
        instants do until they stand ``QUICK`` apart, which nobody sees in a moving picture and halves its cost; what
        networks learn from keeps all four."""
        panned, fastest = self.speeds(time)
        most = max(panned, fastest)
        camera = self.shot.camera(time)
        if most <= BLUR_FROM:
            return np.ascontiguousarray(self.still(time, camera)[..., :3])
        subs = SUB_FRAMES if most > (4 * QUICK if quick else 2 * BLUR_FROM) else SUB_FRAMES // 2
        total = np.zeros((self.height, self.width, 4), np.uint16)
        step = SHUTTER / clock.FPS / subs
        for k in reversed(range(subs)):
            then = max(self.shot.start, time - k * step)
            total += self.still(then, self.shot.camera(then) if panned > BLUR_FROM else camera)
        total += subs // 2
        total >>= subs.bit_length() - 1
        return total[..., :3].astype(np.uint8)


def _grain(width: int, height: int, seed: int) -> np.ndarray:
    """Very faint paper: soft blobs of one grey step, as uint8 [H, W, 4] to be added modulo 256 (colours stay within
    4..251)."""
    rng = np.random.default_rng(seed)
    cell = max(2.5, height / 60)
    rough = rng.standard_normal((int(height / cell) + 3, int(width / cell) + 3)).astype(np.float32)
    y, x = np.arange(height) / cell, np.arange(width) / cell
    iy, ix = y.astype(int), x.astype(int)
    fy, fx = (y - iy)[:, None].astype(np.float32), (x - ix)[None, :].astype(np.float32)
    rows = rough[iy] * (1 - fy) + rough[iy + 1] * fy
    fine = rows[:, ix] * (1 - fx) + rows[:, ix + 1] * fx
    step = np.zeros((height, width, 4), np.uint8)
    step[..., :3] = np.where(fine > 0.75, 1, np.where(fine < -0.75, 255, 0)).astype(np.uint8)[..., None]
    return step


_painters: dict[tuple[int, int, int], Painter] = {}
_stencils: dict[tuple[int, int, int], Stencil] = {}
KEEP = 4
"""Painters and stencils kept for shots lately asked for."""


def painter(shot: Shot, width: int, height: int) -> Painter:
    """The painter of a shot at a size; the last few are kept."""
    key = (id(shot), width, height)
    kept = _painters.get(key)
    if kept is None or kept.shot is not shot:
        while len(_painters) >= KEEP:
            _painters.pop(next(iter(_painters)))
        kept = _painters[key] = Painter(shot, width, height)
    return kept


def _stencil(shot: Shot, width: int, height: int) -> Stencil:
    key = (id(shot), width, height)
    kept = _stencils.get(key)
    if kept is None or kept.shot is not shot:
        while len(_stencils) >= KEEP:
            _stencils.pop(next(iter(_stencils)))
        kept = _stencils[key] = Stencil(shot, width, height)
    return kept


def frame(shot: Shot, time: float, width: int, height: int) -> np.ndarray:
    """The instant ``time`` (seconds of the clip), without motion blur: uint8 [height, width, 3]."""
    return np.ascontiguousarray(painter(shot, width, height).still(time)[..., :3])


def picture(play: Play, width: int, height: int, *, quick: bool = False) -> Iterator[np.ndarray]:
    """All frames of a play in order, uint8 [height, width, 3] each: ``clock.frames(play.seconds - play.begin)`` of
    them. Frame 0 shows ``play.begin``, frame n the interval ((n-1)/24, n/24] after it through a 180-degree shutter.
    ``quick``: as :meth:`Painter.exposed`."""
    for n in range(clock.frames(play.seconds - play.begin)):
        time = play.begin + clock.frame_time(n)
        shot = play.shot_at(time)
        yield painter(shot, width, height).exposed(time, quick)


def ids(shot: Shot, time: float, width: int, height: int) -> np.ndarray:
    """Who is seen at each pixel: uint8 [height, width], the actor's place in ``shot.actors`` from 1, 0 for scenery.
    Hard edges."""
    return _stencil(shot, width, height).ids(time)


def depth(shot: Shot, time: float, width: int, height: int) -> np.ndarray:
    """Distance from the camera's plane in metres: float32 [height, width]; the sky is at ``masks.SKY_DEPTH``."""
    return _stencil(shot, width, height).depth(time)


def flow(shot: Shot, time: float, dt: float, width: int, height: int) -> np.ndarray:
    """Where each pixel's point goes within ``dt`` seconds: float32 [height, width, 2], pixels to the right and down.
    Scenery and props are exact; bodies move as the joints around each point do."""
    return _stencil(shot, width, height).flow(time, dt)
