"""Persons in motion: hips over the planted feet, then arms and face, each a pure function of time.

Arms reach for targets by two-bone inverse kinematics; strikes (clap, drum, knock, ring) are given as times and meet
their target exactly then, after a visible wind-up. The mouth follows phonemes with a lead-in of 60 ms.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from phonofilm.theatre.moves.footwork import Part, Plant, dance_steps, footsteps, path, smooth
from phonofilm.theatre.moves.physics import GRAVITY
from phonofilm.theatre.play import XY, Pose, State

THIGH, SHIN, ANKLE, HIP = 0.205, 0.205, 0.04, 0.442


TORSO, HEAD, UPPER, FORE, FOOT = 0.29, 0.135, 0.16, 0.15, 0.10
"""Lengths as shares of the body's height; HIP is the hip's height when standing, HEAD the neck-to-head-centre
distance."""


TOE_DELAY = 0.07
"""Seconds from heel strike to the toe's landing."""


LEAD_IN = 0.06


MOUTH = {
    "closed": (0.0, 0.055),
    "FV": (0.006, 0.055),
    "TH": (0.012, 0.056),
    "rest": (0.010, 0.058),
    "E": (0.018, 0.078),
    "A": (0.042, 0.064),
    "O": (0.030, 0.040),
    "U": (0.015, 0.028),
}
"""Opening and width of the mouth per viseme, metres."""


DANCE = (
    ((0.20, 0.30), (-0.16, 0.30)),
    ((0.24, 0.05), (-0.20, 0.10)),
    ((0.10, 0.34), (0.12, -0.20)),
    ((0.12, -0.18), (0.06, 0.34)),
    ((0.26, 0.16), (0.22, 0.20)),
    ((-0.18, -0.10), (0.24, 0.22)),
)
"""Hands (near, far) from the shoulder, in heights: one figure per beat."""


def two_bone(root: XY, tip: XY, first: float, second: float, bend: float) -> tuple[XY, XY]:
    """Joint and reachable tip of a two-bone limb from ``root`` toward ``tip``; ``bend`` > 0 puts the joint on the right
    of the line from root to tip (seen along it), < 0 on the left. A tip out of reach is pulled back onto the circle it
    can reach."""
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    far = math.hypot(dx, dy) or 1e-9
    reach = min(max(far, abs(first - second) + 1e-4), first + second - 1e-5)
    if reach != far:
        dx, dy = dx * reach / far, dy * reach / far
    along = (reach * reach + first * first - second * second) / (2 * reach)
    side = math.copysign(math.sqrt(max(0.0, first * first - along * along)), bend)
    ux, uy = dx / reach, dy / reach
    return (root[0] + ux * along + uy * side, root[1] + uy * along - ux * side), (root[0] + dx, root[1] + dy)


@dataclass
class Performer:
    """A person's body over time: ``performer(t)`` is its ``State``. Build once, call often."""

    part: Part
    plants: tuple[tuple[Plant, ...], tuple[Plant, ...]] = field(init=False)
    """Near foot, far foot."""

    def __post_init__(self) -> None:
        p = self.part
        self.plants = dance_steps(p) if p.beats else footsteps(p)
        self._lands = tuple([s.land for s in foot] for foot in self.plants)
        chance = random.Random(p.seed * 7 + 3)
        blinks, t = [], p.start - chance.uniform(0.0, 3.0)
        while t < p.end + 1:
            blinks.append(t)
            t += chance.uniform(2.0, 6.0)
        self._blinks = blinks
        self._figures = [chance.randrange(len(DANCE)) for _ in range(len(p.beats) + 1)]
        self._breath = chance.uniform(0, math.tau)
        keys = [(p.start - 9.0, "closed")]
        for begin, sounds in p.speech:
            keys += [(begin + s.start, s.viseme) for s in sounds]
            if sounds:
                keys.append((begin + sounds[-1].end, "closed"))
        self._mouth = keys
        self._mouth_times = [k[0] for k in keys]

    # --- where the body is -------------------------------------------------------------------------------------------

    def x(self, time: float) -> float:
        """World x of the hips."""
        return path(self.part, time)

    def facing(self, time: float) -> float:
        """-1 to 1."""
        turns = self.part.facing
        value = turns[0][1]
        for when, target in turns[1:]:
            value += (target - value) * smooth((time - when + 0.3) / 0.3)
        return value

    def lift(self, time: float) -> tuple[float, float]:
        """(height above the floor, crouch 0..1) of a jump."""
        height = crouch = 0.0
        for leap in self.part.leaps:
            if leap.start <= time <= leap.land:
                t = time - leap.start
                height = max(0.0, leap.speed * t - GRAVITY / 2 * t * t)
            elif leap.start - 0.24 < time < leap.start:
                u = (time - leap.start + 0.24) / 0.24
                crouch = max(crouch, smooth(u / 0.6) if u < 0.6 else 1 - ((u - 0.6) / 0.4) ** 2)
            elif leap.land < time < leap.land + 0.34:
                u = time - leap.land
                crouch = max(crouch, smooth(u / 0.09) if u < 0.09 else 1 - smooth((u - 0.09) / 0.25))
        return height, crouch

    def mouth(self, time: float) -> tuple[float, float, str]:
        """(opening, width, viseme): each sound's shape is reached as it begins, from 60 ms before."""
        n = bisect_right(self._mouth_times, time + LEAD_IN) - 1
        n = max(0, n)
        start, name = self._mouth[n]
        opening, width = MOUTH[name]
        if n and time < start:
            began = max(start - LEAD_IN, self._mouth_times[n - 1])
            before, wide = MOUTH[self._mouth[n - 1][1]]
            u = smooth((time - began) / max(1e-3, start - began))
            opening, width = before + (opening - before) * u, wide + (width - wide) * u
        scale = 0.6 + 0.4 * self.part.height / 1.7
        return opening * scale, width * scale, name

    def foot(self, which: int, time: float) -> tuple[float, float, float]:
        """World (x, y of the ankle, pitch of the sole) of the near (0) or far (1) foot, as if the body faced right;
        pitch > 0 means the heel is up."""
        h = self.part.height
        plants = self.plants[which]
        n = max(0, bisect_right(self._lands[which], time) - 1)
        here = plants[n]
        ankle = ANKLE * h
        if time <= here.lift or n + 1 >= len(plants):
            pitch = 0.0
            if n and time < here.land + TOE_DELAY:
                pitch = -0.32 * (1 - max(0.0, time - here.land) / TOE_DELAY)
            raised = smooth((time - here.lift + 0.12) / 0.12) if n + 1 < len(plants) else 0.0
            pitch += 0.55 * raised
            return here.x, ankle + (FOOT * h * math.sin(pitch) if raised else 0.0), pitch
        there = plants[n + 1]
        u = min(1.0, max(0.0, (time - here.lift) / max(1e-3, there.land - here.lift)))
        far = min(1.0, abs(there.x - here.x) / (0.3 * h) + 0.35)
        back = (0.17 if self.part.running else 0.045) * h * far
        bump = back * math.sin(math.pi * u ** (0.75 if self.part.running else 1.0))
        s = 0.35 * u + 0.65 * smooth(u)
        pitch = 0.55 * (1 - smooth(1.6 * u)) - 0.32 * smooth((u - 0.6) / 0.4)
        return here.x + (there.x - here.x) * s, ankle + bump + FOOT * h * math.sin(0.55) * (1 - u) ** 2, pitch

    # --- the whole figure --------------------------------------------------------------------------------------------

    def __call__(self, time: float) -> State:
        p = self.part
        h = p.height
        root_x, facing = path(p, time), self.facing(time)
        ahead = 1.0 if facing >= 0 else -1.0
        rise, crouch = self.lift(time)
        down, moving = self._down(time), self._moving(time)
        ankles, toes = self._feet(time, root_x, ahead, rise, down)
        breath = math.sin(1.7 * time + self._breath)
        beat, sway, figure = self._dance(time)
        hip_y = self._hip(ankles, crouch, beat, down, moving)
        lean = 0.02 + 0.10 * moving * (1.8 if p.running else 0.5) + 0.38 * crouch + 0.05 * beat
        hip = (0.0 + 0.045 * h * sway - 0.05 * h * crouch, hip_y)
        for ax, ay in ankles:
            far = (THIGH + SHIN) * h * 0.998
            if abs(ax - hip[0]) < far and not rise:
                hip = (hip[0], min(hip[1], ay + math.sqrt(far * far - (ax - hip[0]) ** 2)))
        neck = (hip[0] + TORSO * h * math.sin(lean), hip[1] + TORSO * h * math.cos(lean) + 0.003 * h * breath)
        shoulder = (neck[0] - 0.02 * h * math.sin(lean), neck[1] - 0.035 * h)
        opening, width, viseme = self.mouth(time)
        nod = 0.02 * math.sin(3.1 * time + self._breath) * (1.0 if opening or p.gesture else 0.3) - 0.5 * lean
        head = (neck[0] + HEAD * h * math.sin(lean + nod), neck[1] + HEAD * h * math.cos(lean + nod))
        chin = (head[0] + 0.02 * h, head[1] - 0.118 * h - 0.5 * opening)
        hands = self._hands(time, shoulder, ankles, rise, crouch, breath, figure, moving)
        elbow_r, hand_r = two_bone(shoulder, hands[0], UPPER * h, FORE * h, 1.0)
        elbow_l, hand_l = two_bone(shoulder, hands[1], UPPER * h, FORE * h, 1.0)
        knee_r, _ = two_bone(hip, ankles[0], THIGH * h, SHIN * h, -1.0)
        knee_l, _ = two_bone(hip, ankles[1], THIGH * h, SHIN * h, -1.0)
        pose = Pose(
            joints={
                "hip": hip,
                "neck": neck,
                "head": head,
                "chin": chin,
                "shoulder": shoulder,
                "elbow_l": elbow_l,
                "hand_l": hand_l,
                "elbow_r": elbow_r,
                "hand_r": hand_r,
                "knee_l": knee_l,
                "foot_l": ankles[1],
                "toe_l": toes[1],
                "knee_r": knee_r,
                "foot_r": ankles[0],
                "toe_r": toes[0],
            },
            mouth_open=opening,
            mouth_wide=width,
            viseme=viseme,
            blink=self._blink(time),
            gaze=self._gaze(time, root_x, head[1]),
            brow=p.mood + 0.5 * min(1.0, rise / 0.2) + (0.15 * breath if p.gesture else 0.0),
        )
        return State(position=(root_x, rise, p.z), facing=facing, pose=pose)

    def _feet(self, time: float, x: float, ahead: float, rise: float, down: float) -> tuple[list[XY], list[XY]]:
        """Ankles and toes, from the floor point ``x`` in the facing direction."""
        h = self.part.height
        ankles, toes = [], []
        for which in (0, 1):
            fx, fy, pitch = self.foot(which, time)
            if rise:
                pitch = 0.45 * min(1.0, rise / 0.1)
            lx = (fx - x) * ahead
            heel_x = lx + (FOOT * h * (1 - math.cos(pitch)) if pitch > 0 else 0.0)
            ankles.append((heel_x, fy))
            toes.append((heel_x + FOOT * h * math.cos(pitch), max(0.012, fy - 0.02 * h - FOOT * h * math.sin(pitch))))
        if down:
            goals = (0.17 * h, -0.21 * h) if self.part.low == "kneel" else (0.21 * h, 0.17 * h)
            ankles = [(ax + (goal - ax) * down, ay) for (ax, ay), goal in zip(ankles, goals, strict=True)]
            toes = [(ax + FOOT * h, 0.012) for ax, _ in ankles]
        return ankles, toes

    def _hip(self, ankles: Sequence[XY], crouch: float, beat: float, down: float, moving: float) -> float:
        """How high the hip is above the floor, before the legs hold it back."""
        p, h = self.part, self.part.height
        spread = min(1.0, abs(ankles[0][0] - ankles[1][0]) / (0.42 * h))
        hip_y = h * (HIP - (0.012 if p.running and moving else 0.0) - 0.105 * crouch - 0.05 * beat)
        hip_y += (0.028 * h if p.running else -0.02 * h) * spread * spread * (moving if p.running else 1.0)
        return hip_y + (0.27 * h - hip_y) * down

    def _blink(self, time: float) -> float:
        """0 open, 1 shut."""
        before = self._blinks[max(0, bisect_right(self._blinks, time) - 1) :][:1]
        return max(0.0, 1 - abs((time - before[0] - 0.06) / 0.06)) if len(before) else 0.0

    def _down(self, time: float) -> float:
        """0 upright, 1 sitting or kneeling."""
        keys = self.part.lows
        if not keys:
            return 0.0
        if time <= keys[0][0]:
            return keys[0][1]
        for (t0, a), (t1, b) in zip(keys, keys[1:], strict=False):
            if time < t1:
                return a + (b - a) * smooth((time - t0) / (t1 - t0))
        return keys[-1][1]

    def _moving(self, time: float) -> float:
        for leg in self.part.legs:
            if leg.start < time < leg.end and leg.x0 != leg.x1:
                return min(smooth((time - leg.start) / 0.25), smooth((leg.end - time) / 0.25))
        return 0.0

    def _dance(self, time: float) -> tuple[float, float, XY2]:
        """(dip 0..1 deepest on the beat, sway -1..1, hands of the moment relative to the shoulder in heights)."""
        beats = self.part.beats
        if not beats:
            return 0.0, 0.0, DANCE[0]
        n = bisect_right(beats, time) - 1
        prev = beats[n] if n >= 0 else beats[0] - 0.5
        following = beats[n + 1] if n + 1 < len(beats) else prev + 0.5
        near = min(time - prev if n >= 0 else 9.0, following - time)
        dip = max(0.0, 1 - near / 0.16) ** 1.5
        u = smooth(1 - (following - time) / 0.26)
        a, b = DANCE[self._figures[max(0, n)]], DANCE[self._figures[min(n + 1, len(self._figures) - 1)]]
        hands = tuple((a[i][0] + (b[i][0] - a[i][0]) * u, a[i][1] + (b[i][1] - a[i][1]) * u) for i in (0, 1))
        side = 1.0 if n % 2 else -1.0
        return dip, side * (1 - 2 * u), hands  # type: ignore[return-value]

    def _hands(
        self,
        time: float,
        shoulder: XY,
        ankles: Sequence[XY],
        rise: float,
        crouch: float,
        breath: float,
        figure: XY2,
        moving: float,
    ) -> list[XY]:
        p = self.part
        h = p.height
        rest = (UPPER + FORE) * h
        hands = []
        for which in (0, 1):
            opposite = ankles[1 - which][0]
            swing = (0.62 if p.running else 0.55) * opposite
            drop = 0.97 * rest - abs(swing) * 0.18 - (0.11 * h * moving if p.running else 0.0)
            hands.append(
                (
                    shoulder[0] + swing + 0.015 * h + (0.05 * h * moving if p.running else 0.0),
                    shoulder[1] - drop + 0.002 * breath,
                )
            )
        if p.beats:
            hands = [(shoulder[0] + fx * h, shoulder[1] + fy * h) for fx, fy in figure]
        if p.gesture:
            lift = 0.5 + 0.5 * math.sin(2.3 * time + self._breath)
            hands[0] = (shoulder[0] + (0.15 + 0.05 * lift) * h, shoulder[1] - (0.20 - 0.09 * lift) * h)
        if p.waving:
            up = smooth((time - p.start) / 0.3 + 0.4)
            swung = (shoulder[0] + (0.13 + 0.09 * math.sin(math.tau * 1.8 * time)) * h, shoulder[1] + 0.23 * h)
            hands[0] = (hands[0][0] + (swung[0] - hands[0][0]) * up, hands[0][1] + (swung[1] - hands[0][1]) * up)
        self._struck(hands, time, shoulder)
        if p.holding is not None:
            until, (tx, ty) = p.holding
            held = 1 - smooth((time - until - 0.15) / 0.4)
            hands[0] = (hands[0][0] + (tx - hands[0][0]) * held, hands[0][1] + (ty - hands[0][1]) * held)
        if p.hands is not None:
            drop = self._down(time) * (HIP - 0.27) * h
            for which, aim in enumerate(p.hands(time)):
                if aim is not None:
                    hands[which] = (aim[0], aim[1] - drop)
        if p.leaps:
            up = min(1.0, rise / 0.12)
            for which in (0, 1):
                back = (shoulder[0] - (0.16 + 0.05 * which) * h, shoulder[1] - 0.22 * h)
                high = (shoulder[0] + (0.10 - 0.14 * which) * h, shoulder[1] + 0.24 * h)
                x, y = hands[which]
                x, y = x + (back[0] - x) * crouch, y + (back[1] - y) * crouch
                hands[which] = (x + (high[0] - x) * up, y + (high[1] - y) * up)
        return hands

    def _struck(self, hands: list[XY], time: float, shoulder: XY) -> None:
        """Hands that clap or strike, moved to where they meet."""
        p, h = self.part, self.part.height
        if p.claps:
            gap, ready = wind_up(p.claps, time)
            mid = (shoulder[0] + 0.25 * h, shoulder[1] - 0.07 * h)
            for which, sign in ((0, -1.0), (1, 1.0)):
                aim = (mid[0] - 0.05 * h * gap, mid[1] + sign * 0.16 * h * gap)
                hands[which] = (
                    hands[which][0] + (aim[0] - hands[which][0]) * ready,
                    hands[which][1] + (aim[1] - hands[which][1]) * ready,
                )
        if p.strike is not None:
            s = p.strike
            for which in (0, 1):
                times = s.times[which::2] if s.alternate else (s.times if which == 0 else ())
                if not times:
                    continue
                gap, ready = wind_up(times, time)
                tx, ty = s.targets[which]
                aim = (tx + s.back[0] * gap, ty + s.back[1] * gap)
                hands[which] = (
                    hands[which][0] + (aim[0] - hands[which][0]) * ready,
                    hands[which][1] + (aim[1] - hands[which][1]) * ready,
                )

    def _gaze(self, time: float, x: float, head: float) -> XY:
        if self.part.gaze is None:
            wander = math.sin(0.7 * time + 2 * self._breath)
            return (0.5 * math.copysign(1.0, wander) * smooth(3 * abs(wander)), 0.0)
        tx, ty, tz = self.part.gaze(time)
        far = math.hypot(tx - x, ty - head, tz - self.part.z) or 1.0
        return (max(-1.0, min(1.0, 1.2 * (tx - x) / far)), max(-1.0, min(1.0, 1.2 * (ty - head) / far)))


XY2 = tuple[XY, XY]


def wind_up(times: Sequence[float], time: float) -> tuple[float, float]:
    """How far a hand is drawn back (0 exactly on a hit, 1 fully) and how far it is in place (0 at rest, 1 busy)."""
    n = bisect_right(times, time)
    since = time - times[n - 1] if n else math.inf
    until = times[n] - time if n < len(times) else math.inf
    gap = min(math.sin(min(1.0, since / 0.20) * math.pi / 2), math.sin(min(1.0, until / 0.13) * math.pi / 2))
    ready = max(1 - smooth((since - 0.35) / 0.35), 1 - smooth((until - 0.2) / 0.35))
    return gap, ready
