"""Bodies that fall, bounce, slide, roll, meet and topple; every piece of a path is a closed-form parabola.

Event driven: between events a body has constant acceleration and constant angular acceleration, and the next event
(landing, grip, rest, meeting) is the root of a quadratic, so contact times carry no step error. The one motion without
a closed form, toppling, is integrated finely and its landing found by bisection (to better than 0.1 ms).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

GRAVITY = 9.81
REST_SPEED = 0.1
"""m/s; what would rebound slower than this stays down."""

RESTITUTION = {"rubber": 0.84, "wood": 0.45, "metal": 0.55, "glass": 0.60, "stone": 0.35, "skin": 0.5, "bell": 0.4}
GROUND_BOUNCE = {"street": 1.0, "wood": 0.97, "carpet": 0.8, "grass": 0.86, "sand": 0.66, "snow": 0.62}
FRICTION = {"street": 0.6, "wood": 0.4, "carpet": 0.7, "grass": 0.55, "sand": 0.7, "snow": 0.25}
ROLLING = {"street": 0.012, "wood": 0.010, "carpet": 0.03, "grass": 0.035, "sand": 0.07, "snow": 0.03}
DENSITY = {
    "rubber": 300.0,
    "wood": 500.0,
    "metal": 1500.0,
    "glass": 1200.0,
    "stone": 2400.0,
    "skin": 100.0,
    "bell": 2000.0,
}
"""kg/m3 of the whole (mostly hollow) body."""
ROLL_SPACING = 0.11
"""Metres between two audible ticks of something that rolls or slides."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One stretch of constant acceleration; units m, s, rad."""

    start: float
    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0
    ax: float = 0.0
    ay: float = 0.0
    angle: float = 0.0
    spin: float = 0.0
    spin_rate: float = 0.0
    mode: str = "fly"
    """fly | slide | roll | rest"""

    def at(self, time: float) -> tuple[float, float, float]:
        """(x, y, angle) at ``time``."""
        t = time - self.start
        return (
            self.x + t * (self.vx + 0.5 * self.ax * t),
            self.y + t * (self.vy + 0.5 * self.ay * t),
            self.angle + t * (self.spin + 0.5 * self.spin_rate * t),
        )

    def speed(self, time: float) -> tuple[float, float, float]:
        """(vx, vy, spin) at ``time``."""
        t = time - self.start
        return self.vx + self.ax * t, self.vy + self.ay * t, self.spin + self.spin_rate * t


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A body strikes the ground or another body."""

    time: float
    x: float
    y: float
    speed: float
    """Approach speed along the normal, m/s (for kind roll: the speed along the ground)."""
    kind: str
    """bounce | roll | collide"""
    other: int = -1
    """Index of the other body; -1 is the ground."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """A whole path: pieces in time order, the first holding before its start as well."""

    pieces: tuple[Piece, ...]
    hits: tuple[Hit, ...] = ()

    def piece(self, time: float) -> Piece:
        """The piece that rules at ``time``."""
        starts = self.__dict__.get("_starts")
        if starts is None:
            starts = [p.start for p in self.pieces]
            object.__setattr__(self, "_starts", starts)
        return self.pieces[max(0, bisect_right(starts, time) - 1)]

    def at(self, time: float) -> tuple[float, float, float]:
        """(x, y, angle) of the centre."""
        return self.piece(time).at(max(time, self.pieces[0].start))

    def squash(self, time: float) -> float:
        """Vertical scale: stretched for 60 ms before a landing, squashed for 60 ms after it; 1 elsewhere."""
        scale = 1.0
        for hit in self.hits:
            if hit.kind == "bounce" and abs(time - hit.time) < 0.06:
                amount = min(0.24, 0.05 * hit.speed)
                lag = (time - hit.time) / 0.06
                scale *= (
                    1 - amount * math.sin(math.pi * min(1.0, lag + 0.35))
                    if lag >= 0
                    else 1 + 0.4 * amount * math.sin(math.pi * -lag)
                )
        return scale


@dataclass(frozen=True, kw_only=True)
class Body:
    """What the laws need to know of a thing that moves in the picture plane."""

    radius: float
    """Half the height, metres: the centre's height when it lies on the ground."""
    half_width: float
    material: str
    round: bool = True
    """A round body rolls; any other slides and does not spin."""
    mass: float = 1.0

    def bounce(self, ground: str) -> float:
        """Coefficient of restitution against a ground."""
        return RESTITUTION[self.material] * GROUND_BOUNCE[ground]


def body_of(size: tuple[float, float, float], material: str, round_: bool) -> Body:
    """A body from a size in metres; its mass follows from volume and material."""
    volume = (math.pi / 6 if round_ else 1.0) * size[0] * size[1] * size[2]
    return Body(
        radius=size[1] / 2, half_width=size[0] / 2, material=material, round=round_, mass=DENSITY[material] * volume
    )


def _settle(body: Body, ground: str, p: Piece) -> Piece:
    """The motion along the ground from a state with no vertical speed: slide until it grips, roll until it rests."""
    mu = FRICTION[ground] * GRAVITY
    base = replace(p, y=body.radius, vy=0.0, ax=0.0, ay=0.0, spin_rate=0.0)
    if not body.round:
        if abs(p.vx) < 1e-6:
            return replace(base, vx=0.0, spin=0.0, mode="rest")
        return replace(base, ax=-math.copysign(0.6 * mu, p.vx), spin=0.0, mode="slide")
    slip = p.vx + p.spin * body.radius
    if abs(slip) > 1e-6:
        sign = math.copysign(1.0, slip)
        return replace(base, ax=-sign * mu, spin_rate=-sign * 2.5 * mu / body.radius, mode="slide")
    if abs(p.vx) < 0.02:
        return replace(base, vx=0.0, spin=0.0, mode="rest")
    drag = ROLLING[ground] * GRAVITY
    ax = -math.copysign(drag, p.vx)
    return replace(base, ax=ax, spin=-p.vx / body.radius, spin_rate=-ax / body.radius, mode="roll")


def _strike(body: Body, ground: str, p: Piece) -> Piece:
    """The state just after landing: restitution along the normal, Coulomb friction with spin along the ground."""
    e = body.bounce(ground)
    down = -p.vy
    up = e * down
    vx, spin = p.vx, p.spin
    if body.round:
        push = max(
            -FRICTION[ground] * (1 + e) * down,
            min(FRICTION[ground] * (1 + e) * down, -(vx + spin * body.radius) * 2 / 7),
        )
        vx, spin = vx + push, spin + 2.5 * push / body.radius
    else:
        vx, spin = vx - math.copysign(min(abs(vx), FRICTION[ground] * (1 + e) * down * 0.5), vx), 0.0
    after = replace(p, y=body.radius, vx=vx, vy=up, spin=spin)
    if up < REST_SPEED:
        return _settle(body, ground, after)
    return replace(after, ay=-GRAVITY, mode="fly")


def _next(body: Body, ground: str, p: Piece) -> tuple[float, Piece | None, Hit | None]:
    """The end of a piece: (time, the next piece, the hit there), or (inf, None, None)."""
    if p.mode == "fly":
        fall = max(0.0, p.y - body.radius)
        t = (p.vy + math.sqrt(p.vy * p.vy + 2 * GRAVITY * fall)) / GRAVITY
        x, _, angle = p.at(p.start + t)
        vy = p.vy - GRAVITY * t
        state = replace(p, start=p.start + t, x=x, y=body.radius, vy=vy, angle=angle, ay=0.0)
        return p.start + t, _strike(body, ground, state), Hit(time=p.start + t, x=x, y=0.0, speed=-vy, kind="bounce")
    if p.mode == "slide" and body.round:
        slip = p.vx + p.spin * body.radius
        t = abs(slip) / (3.5 * abs(p.ax))
        vx = p.vx + p.ax * t
        spin = -vx / body.radius
    elif p.mode in ("slide", "roll"):
        t = abs(p.vx / p.ax)
        vx = spin = 0.0
    else:
        return math.inf, None, None
    x, _, angle = p.at(p.start + t)
    return p.start + t, _settle(body, ground, replace(p, start=p.start + t, x=x, vx=vx, spin=spin, angle=angle)), None


def launch(
    body: Body,
    ground: str,
    *,
    start: float,
    x: float,
    y: float,
    vx: float = 0.0,
    vy: float = 0.0,
    spin: float = 0.0,
    angle: float = 0.0,
) -> Piece:
    """The first piece of a body let go at ``start`` with its centre at (x, y); y at or below its radius means it is on
    the ground."""
    p = Piece(start=start, x=x, y=y, vx=vx, vy=vy, spin=spin, angle=angle)
    if y <= body.radius + 1e-9 and vy <= 0:
        return _settle(body, ground, p)
    return replace(p, ay=-GRAVITY)


def _meet(a: Body, pa: Piece, b: Body, pb: Piece, since: float, until: float) -> float:
    """The first time in (since, until] at which two bodies touch while approaching along x, or inf."""
    reach = 2 * math.sqrt(a.radius * b.radius) if a.round and b.round else a.half_width + b.half_width
    xa, ya, _ = pa.at(since)
    xb, yb, _ = pb.at(since)
    va, vb = pa.speed(since)[0], pb.speed(since)[0]
    side = math.copysign(1.0, xb - xa)
    gap, rate, bend = side * (xb - xa) - reach, side * (vb - va), side * (pb.ax - pa.ax) / 2
    if gap <= 1e-9:
        return since if rate < -1e-6 and abs(ya - yb) < a.radius + b.radius else math.inf
    if abs(bend) < 1e-12:
        times = [-gap / rate] if rate < 0 else []
    else:
        inner = rate * rate - 4 * bend * gap
        times = (
            sorted(((-rate - math.sqrt(inner)) / (2 * bend), (-rate + math.sqrt(inner)) / (2 * bend)))
            if inner >= 0
            else []
        )
    for t in times:
        if t > 0 and since + t <= until + 1e-12 and rate + 2 * bend * t < 0:
            ya, yb = pa.at(since + t)[1], pb.at(since + t)[1]
            if abs(ya - yb) < a.radius + b.radius:
                return since + t
    return math.inf


def collide(ma: float, va: float, mb: float, vb: float, e: float) -> tuple[float, float]:
    """Speeds after two bodies meet head on: momentum kept, relative speed times ``e``."""
    centre = (ma * va + mb * vb) / (ma + mb)
    return centre - e * mb * (va - vb) / (ma + mb), centre + e * ma * (va - vb) / (ma + mb)


def simulate(
    bodies: Sequence[Body], first: Sequence[Piece], ground: str, end: float, *, most: int = 400
) -> tuple[Track, ...]:
    """Run bodies (in one plane, upright) until ``end`` seconds; one track each, hits in time order."""
    now = min(p.start for p in first)
    pieces: list[list[Piece]] = [[p] for p in first]
    hits: list[list[Hit]] = [[] for _ in first]
    for _ in range(most):
        upcoming = [_next(body, ground, track[-1]) for body, track in zip(bodies, pieces, strict=True)]
        when = min(u[0] for u in upcoming)
        pair = None
        for i in range(len(bodies)):
            for j in range(i + 1, len(bodies)):
                t = _meet(bodies[i], pieces[i][-1], bodies[j], pieces[j][-1], now, min(when, end))
                if t < when:
                    when, pair = t, (i, j)
        if when > end:
            break
        if pair is not None:
            i, j = pair
            a, b = pieces[i][-1], pieces[j][-1]
            (xa, ya, aa), (xb, yb, ab) = a.at(when), b.at(when)
            (va, wa, sa), (vb, wb, sb) = a.speed(when), b.speed(when)
            e = min(0.9, 0.15 + 0.8 * math.sqrt(RESTITUTION[bodies[i].material] * RESTITUTION[bodies[j].material]))
            ua, ub = collide(bodies[i].mass, va, bodies[j].mass, vb, e)
            at = xa + math.copysign(bodies[i].half_width, xb - xa)
            for k, other, x, y, angle, v, w, s in ((i, j, xa, ya, aa, ua, wa, sa), (j, i, xb, yb, ab, ub, wb, sb)):
                p = Piece(start=when, x=x, y=y, vx=v, vy=w, spin=s, angle=angle)
                flying = y > bodies[k].radius + 1e-6 or w > 0
                pieces[k].append(replace(p, ay=-GRAVITY) if flying else _settle(bodies[k], ground, p))
                hits[k].append(Hit(time=when, x=at, y=(ya + yb) / 2, speed=abs(va - vb), kind="collide", other=other))
        else:
            k = min(range(len(bodies)), key=lambda n: upcoming[n][0])
            _, piece, hit = upcoming[k]
            assert piece is not None
            if hit is not None and hit.speed > REST_SPEED:
                hits[k].append(hit)
            pieces[k].append(piece)
        now = when
    tracks = []
    for path, struck in zip(pieces, hits, strict=True):
        ticks = [hit for n, p in enumerate(path) for hit in _ticks(p, path[n + 1].start if n + 1 < len(path) else end)]
        tracks.append(Track(pieces=tuple(path), hits=tuple(sorted([*struck, *ticks], key=lambda h: h.time))))
    return tuple(tracks)


def _ticks(p: Piece, end: float) -> list[Hit]:
    """The small sounds of rolling and sliding: one every ``ROLL_SPACING`` metres of ground, at the exact time."""
    if p.mode not in ("roll", "slide") or end <= p.start:
        return []
    out, n = [], 1
    v0, a = abs(p.vx), -abs(p.ax) if p.vx * p.ax <= 0 else abs(p.ax)
    while n < 400:
        inner = v0 * v0 + 2 * a * n * ROLL_SPACING
        if inner <= REST_SPEED * REST_SPEED:
            break
        t = n * ROLL_SPACING / v0 if abs(a) < 1e-9 else (math.sqrt(inner) - v0) / a
        if t < 0 or p.start + t > end:
            break
        out.append(Hit(time=p.start + t, x=p.at(p.start + t)[0], y=0.0, speed=math.sqrt(inner), kind="roll"))
        n += 1
    return out


@dataclass(frozen=True, kw_only=True)
class Topple:
    """A block tipping over its lower edge: angle from 0 (upright) to pi/2 (on its side), and the landing."""

    start: float
    land: float
    speed: float
    """Of the landing side's middle, m/s."""
    angles: tuple[float, ...]
    """Sampled every ``STEP`` seconds from start."""

    STEP = 0.004

    def at(self, time: float) -> float:
        """Angle in radians; a small rocking follows the landing."""
        if time <= self.start:
            return 0.0
        if time >= self.land:
            return math.pi / 2 - 0.05 * math.exp(-12 * (time - self.land)) * abs(math.sin(22 * (time - self.land)))
        spot = (time - self.start) / self.STEP
        n = min(int(spot), len(self.angles) - 2)
        return min(math.pi / 2, self.angles[n] + (spot - n) * (self.angles[n + 1] - self.angles[n]))


def topple(width: float, height: float, *, start: float, push: float = 0.6) -> Topple:
    """Tip a uniform block over with an initial turn ``push`` (times what is just enough to carry it over the edge, plus
    one)."""
    half, lean = math.hypot(width, height) / 2, math.atan2(width, height)
    rate = 0.75 * GRAVITY / half
    spin = (1 + push) * math.sqrt(2 * rate * (1 - math.cos(lean))) + 0.05
    step, angle, angles = Topple.STEP, 0.0, [0.0]
    while angle < math.pi / 2 and len(angles) < 2000:

        def accel(a: float) -> float:
            return rate * math.sin(a - lean)

        k1v, k1a = spin, accel(angle)
        k2v, k2a = spin + step / 2 * k1a, accel(angle + step / 2 * k1v)
        k3v, k3a = spin + step / 2 * k2a, accel(angle + step / 2 * k2v)
        k4v, k4a = spin + step * k3a, accel(angle + step * k3v)
        angle += step / 6 * (k1v + 2 * k2v + 2 * k3v + k4v)
        spin += step / 6 * (k1a + 2 * k2a + 2 * k3a + k4a)
        angles.append(angle)
    last, before = angles[-1], angles[-2]
    land = start + step * (len(angles) - 2 + (math.pi / 2 - before) / max(1e-9, last - before))
    return Topple(start=start, land=land, speed=spin * height / 2, angles=tuple(angles))
