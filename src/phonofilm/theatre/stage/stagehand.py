"""A staged shot on its way: who is there, and the ways to give somebody another course, other hands, and effects about
them; and the gestures of people alone: hands on cheeks, a cup at the nose, a look at us, a selfie, a wave, a thing
tossed at the camera, a reflection in a visor."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from phonofilm.theatre import light
from phonofilm.theatre.lexicon.cutout_table import ALIVE
from phonofilm.theatre.lexicon.cutouts import Cutout
from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.moves import playing
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.moves.playing import handed
from phonofilm.theatre.moves.prop import Prop
from phonofilm.theatre.moves.wardrobe import Staged, still
from phonofilm.theatre.paper import sketches
from phonofilm.theatre.play import RGB, XY, XYZ, Actor, Contact, State
from phonofilm.theatre.reading.deeds import Deed
from phonofilm.theatre.reading.plan import Plan, Role, actor_name

MOUTHS: dict[str, XY] = {
    "dragon": (0.40, 0.27),
    "dog": (0.43, 0.16),
    "horse": (0.42, 0.30),
    "cat": (0.43, 0.06),
    "t-rex": (0.42, 0.34),
    "fish": (0.48, 0.0),
}
"""Where the mouth is in a drawing's unit box, forward and up; of others it is guessed."""
GROUNDS: dict[str, RGB] = {
    "planet": (0.66, 0.33, 0.22),
    "beach": (0.93, 0.82, 0.58),
    "desert": (0.90, 0.70, 0.44),
    "snow": (0.93, 0.95, 0.99),
    "meadow": (0.44, 0.34, 0.22),
    "forest": (0.38, 0.30, 0.20),
}
"""What a heap of a place's ground looks like."""


VESSELS = (
    "dripper",
    "cup",
    "bowl",
    "glass",
    "steaming-bowl",
    "hot-beverage",
    "wine-glass",
    "pot-of-food",
    "teacup-without-handle",
    "tumbler-glass",
    "beer-mug",
    "bowl-with-spoon",
    "cocktail-glass",
)
"""What something is poured or falls into."""


@dataclass
class Scene:
    """A staged shot on its way."""

    plan: Plan
    start: float
    end: float
    way: float
    ground: str
    seed: int
    staged: list[Staged]
    prop: Callable[[Role, float, float], Prop]
    """A thing for a role at x, acting towards a side."""
    passer: Callable[[int, float, float, float], Staged]
    """Somebody of no part who walks by: (which one, x, towards which side, how far behind the cast)."""

    spoken: dict[int, tuple[float, ...]] = field(default_factory=dict)
    """When each role, by number, begins a line."""

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start

    def at(self, share: float) -> float:
        """The time at a share of the shot."""
        return self.start + share * self.length

    def find(self, role: Role | None) -> int | None:
        """Where a role stands among the staged."""
        if role is None:
            return None
        name = actor_name(role)
        return next((n for n, piece in enumerate(self.staged) if piece.actor.name == name), None)

    def first(
        self, *wanted: Role | None, people: bool | None = None, alive: bool = False, small: bool = False
    ) -> int | None:
        """The first of the wanted that fits, else the first of the staged that does."""

        def fits(n: int) -> bool:
            actor = self.staged[n].actor
            if people is not None and (actor.look is not None) != people:
                return False
            if alive and (
                actor.cutout is None
                or actor.cutout.nature.move not in ALIVE
                or (actor.cutout.nature.move == "fly" and actor.material != "skin")
            ):
                return False
            return not small or (
                actor.look is None and actor.size[1] <= 1.0 and (actor.cutout is None or actor.cutout.kind != "effect")
            )

        for role in wanted:
            n = self.find(role)
            if n is not None and fits(n):
                return n
        return next((n for n in range(len(self.staged)) if fits(n)), None)

    def change(self, n: int, at: Callable[[float], State], **more: object) -> None:
        """Another course for one of the staged."""
        piece = self.staged[n]
        actor = replace(piece.actor, at=at, **({"size": more.pop("size")} if "size" in more else {}))  # type: ignore[arg-type]
        self.staged[n] = replace(piece, actor=actor, **more)  # type: ignore[arg-type]

    def add(
        self,
        name: str,
        cutout: Cutout,
        colour: RGB,
        size: tuple[float, float],
        at: Callable[[float], State],
        *,
        tint: RGB | None = None,
        aside: bool = False,
        box: tuple[float, float, float, float] | None = None,
    ) -> int:
        """One more thing on stage; it is framed with the rest where ``box`` says so. Returns its place among the
        staged."""
        spot = at(self.start).position
        near = min(COLOURS, key=lambda one: light.distance(COLOURS[one], colour))
        actor = Actor(
            name=f"{name}-{90 + len(self.staged)}",
            kind=name,
            colour_name=near,
            colour=colour,
            size=(*size, 0.1),
            material=cutout.nature.material,
            at=at,
            cutout=cutout,
            tint=tint,
        )
        self.staged.append(Staged(actor=actor, box=box or (spot[0], spot[0], 0.0, 0.0), aside=aside or box is None))
        return len(self.staged) - 1

    def trace(
        self,
        name: str,
        colour: RGB,
        size: tuple[float, float],
        at: Callable[[float], State],
        *,
        box: tuple[float, float, float, float] | None = None,
    ) -> int:
        """One more effect (``sketches``) of a width and height in metres."""
        return self.add(name, sketches.effect(name), colour, size, at, box=box)

    def block(self, x: float, z: float, width: float, height: float, colour: RGB) -> int:
        """A table or a chopping block of a height."""
        return self.trace(
            "block", colour, (width, height), still(x, height / 2, z), box=(x - width / 2, x + width / 2, 0.0, height)
        )

    def sound(self, n: int, kind: str, times: list[float], speed: float = 1.6) -> None:
        """What one of the staged sounds like at these times."""
        piece = self.staged[n]
        actor = piece.actor
        added = [
            Contact(
                time=t,
                kind=kind,
                actor=actor.name,
                other=actor.name,
                position=actor.at(t).position,
                material=actor.material,
                other_material=actor.material,
                speed=speed,
                size=max(actor.size[:2]),
            )
            for t in times
            if self.start < t < self.end
        ]
        self.staged[n] = replace(piece, contacts=sorted([*piece.contacts, *added], key=lambda one: one.time))


def mouth(actor: Actor, state: State) -> XYZ:
    """Where a body's mouth is in the world."""
    x, y, z = state.position
    ahead = math.copysign(1.0, state.facing or 1.0)
    if actor.look is not None and state.pose is not None:
        head = state.pose.joints["head"]
        return x + ahead * (head[0] + 0.07 * actor.look.height), y + head[1] - 0.04 * actor.look.height, z
    across, up = MOUTHS.get(actor.kind, (0.44, 0.12))
    c, s = math.cos(state.angle), math.sin(state.angle)
    fx, fy = ahead * across * actor.size[0], up * actor.size[1]
    return x + c * fx - s * fy, y + s * fx + c * fy, z


# gestures

_FACE_ON = 0.12
"""``State.facing`` of somebody who looks into the lens."""


def _hands(s: Scene, deed: Deed) -> None:
    """Hands to the face, or what they hold to the nose."""
    p = s.first(deed.of, people=True)
    if p is None:
        return
    actor, at = s.staged[p].actor, s.staged[p].actor.at
    assert actor.look is not None
    h = actor.look.height
    if deed.kind == "smell":
        up = lambda time: smooth((time - s.start) / (0.4 * s.length))  # noqa: E731
        s.change(
            p,
            handed(
                at,
                h,
                lambda time: (0.19 * h, (0.60 + 0.10 * up(time)) * h),
                lambda time: (0.17 * h, (0.58 + 0.10 * up(time)) * h),
            ),
        )
        for n, piece in enumerate(s.staged):
            if piece.actor.kind in ("cup", "hot-beverage", "flower", "rose", "tulip", "bouquet") or (
                piece.actor.look is None and piece.actor.size[1] < 0.5 and n != p
            ):
                holder = s.staged[p]
                size = piece.actor.size
                share = min(1.0, 0.15 * h / size[1])
                width, tall = size[0] * share, size[1] * share

                def held(time: float, holder: Staged = holder, rise: float = 0.3 * tall) -> State:
                    state = holder.actor.at(time)
                    x, y = playing.hand(state, h)
                    return State(
                        position=(x + 0.03 * h * math.copysign(1.0, state.facing), y + rise, state.position[2] - 0.12),
                        facing=state.facing,
                    )

                s.change(n, held, size=(width, tall, tall), box=holder.box, contacts=[])
                break
        return

    def tap(time: float, side: float) -> XY:
        beat = 0.5 - 0.5 * math.cos(math.tau * 2.2 * (time - s.start))
        return (0.085 + 0.05 * beat) * h, (0.80 + 0.01 * side) * h

    tapping = handed(at, h, lambda time: tap(time, 1.0), lambda time: tap(time, -1.0))

    def turned(time: float) -> State:
        state = tapping(time)
        return replace(state, facing=math.copysign(0.34, state.facing))

    s.change(p, turned)
    s.sound(p, "clap", [s.start + (k + 0.5) / 1.1 for k in range(int(1.1 * s.length))], 0.4)


# where somebody looks


def _lens(s: Scene, deed: Deed) -> None:
    """Somebody looks at us; in a selfie over an arm held out to the lens."""
    p = s.first(deed.of, deed.on, people=True)
    if p is None or (deed.kind == "lens" and any(one.kind == "tolens" for one in s.plan.deeds)):
        return
    actor, at = s.staged[p].actor, s.staged[p].actor.at
    assert actor.look is not None
    h = actor.look.height
    if deed.kind == "selfie":
        at = handed(at, h, lambda time: None, lambda time: (0.29 * h, 0.66 * h))

    def faced(time: float) -> State:
        state = at(time)
        assert state.pose is not None
        return replace(
            state,
            facing=math.copysign(_FACE_ON if deed.kind == "lens" else 0.30, state.facing or 1.0),
            pose=replace(state.pose, gaze=(0.0, 0.0)),
        )

    s.change(p, faced)


def _to_lens(s: Scene, deed: Deed) -> None:
    """What is thrown comes at us and grows."""
    n = next(
        (
            n
            for n, piece in enumerate(s.staged)
            if piece.actor.look is None and not piece.aside and piece.actor.size[1] < 0.8
        ),
        None,
    )
    p = s.first(
        deed.of if deed.of is not None and deed.of.kind == "person" and deed.of.word in ("she", "he") else None,
        people=True,
    )
    if n is None or p is None:
        return
    thing, holder = s.staged[n].actor, s.staged[p]
    go = playing._go(s.start, s.length)
    keep, own = thing.at, holder.actor.at
    x0, y0, z0 = keep(go).position
    took = min(1.0, 0.55 * (s.end - go))

    def at(time: float) -> State:
        if time < go:
            return keep(time)
        u = (time - go) / took
        return State(
            position=(x0 * (1 - 0.8 * u), y0 + (1.25 - y0) * u + 1.3 * u * (1 - u), z0 - 3.0 * u),
            angle=3.0 * u,
            visible=u < 1.15,
        )

    s.change(n, at, contacts=[one for one in s.staged[n].contacts if one.time < go], box=holder.box)
    s.sound(n, "whoosh", [go])

    def turned(time: float) -> State:
        state = own(time)
        return replace(state, facing=state.facing * (1 - 0.7 * smooth((time - go + 0.6) / 0.4)))

    s.change(p, turned)


def _waving(s: Scene, deed: Deed) -> None:
    """Whoever waves turns to us while the hand is up, so that it does not hide behind the head."""
    for n, piece in enumerate(s.staged):
        if piece.actor.look is None:
            continue
        at, h = piece.actor.at, piece.actor.look.height

        def seen(time: float, at: Callable[[float], State] = at, h: float = h) -> State:
            state = at(time)
            assert state.pose is not None
            up = smooth(
                (max(state.pose.joints["hand_r"][1], state.pose.joints["hand_l"][1]) - state.pose.joints["shoulder"][1])
                / (0.12 * h)
            )
            return replace(state, facing=state.facing + (math.copysign(0.16, state.facing or 1.0) - state.facing) * up)

        s.change(n, seen)


def _reflected(s: Scene, deed: Deed) -> None:
    """A thing mirrored small in a visor, in glasses, in an eye."""
    p = s.first(people=True)
    n = s.first(deed.of, deed.on, people=False)
    if (
        p is None
        or n is None
        or re.search(r"visor|helmet|eye|glasses|面罩|头盔|眼|瞳|バイザー|ヘルメット", s.plan.told, re.IGNORECASE)
        is None
    ):
        return
    body = s.staged[p].actor
    assert body.look is not None
    h = body.look.height
    size = s.staged[n].actor.size
    tall = 0.066 * h

    def at(time: float) -> State:
        state = body.at(time)
        assert state.pose is not None
        hx, hy = state.pose.joints["head"]
        ahead = math.copysign(1.0, state.facing or 1.0)
        return State(
            position=(
                state.position[0] + ahead * (hx + 0.045 * h),
                state.position[1] + hy + 0.045 * h,
                state.position[2] - 0.16,
            )
        )

    s.change(n, at, size=(tall * size[0] / size[1], tall, tall), box=s.staged[p].box, aside=True, contacts=[])


def _arms(s: Scene, deed: Deed) -> None:
    """Arms spread wide, or thrown up."""
    p = s.first(deed.of, people=True)
    if p is None or any(turn.object is not None for turn in s.plan.turns):
        return
    actor, own = s.staged[p].actor, s.staged[p].actor.at
    assert actor.look is not None
    h = actor.look.height
    aloft = (
        re.search(r"rais|aloft|overhead|\bup\b|throw|lift|挙げ|上げ|举起|en alto|levés|들", deed.word, re.IGNORECASE)
        is not None
    )
    near, far = (
        ((0.16, 1.12), (-0.12, 1.10)) if aloft else ((-0.42, 0.76), (0.42, 0.76))
    )  # the near arm back, the far one forward: wide from every side

    def share(time: float) -> float:
        return smooth((time - s.start + 0.1) / 0.5)

    def to(which: str, aim: XY) -> Callable[[float], XY]:
        def hand(time: float) -> XY:
            pose = own(time).pose
            assert pose is not None
            (x, y), u = pose.joints["hand_" + which], share(time)
            return x + (aim[0] * h - x) * u, y + (aim[1] * h - y) * u

        return hand

    moved = handed(own, h, to("r", near), to("l", far))

    def at(time: float) -> State:
        state = moved(time)
        assert state.pose is not None
        joints = dict(state.pose.joints)
        sx, sy = joints["shoulder"]
        for which in ("r", "l"):  # stretched, not bent
            x, y = joints["hand_" + which]
            joints["elbow_" + which] = (0.5 * (sx + x), 0.5 * (sy + y) - 0.01 * h)
        return replace(state, pose=replace(state.pose, joints=joints))

    left, right, bottom, top = s.staged[p].box
    s.change(p, at, box=(left - 0.1, right + 0.1, bottom, max(top, (1.2 if aloft else 1.05) * h)))


def _shout(s: Scene, deed: Deed) -> None:
    """A fist shaken over the head, the mouth wide open, the body thrown forward."""
    p = s.first(deed.of, people=True)
    if p is None:
        return
    actor, own = s.staged[p].actor, s.staged[p].actor.at
    assert actor.look is not None
    h = actor.look.height
    lines = [
        start
        for turn in s.plan.turns
        if actor_name(turn.role) == actor.name
        for start in s.spoken.get(turn.role.number, ())
    ]
    go = min(lines, default=s.at(0.25)) - 0.15
    glad = re.search(r"joy|happ|glee|cheer|delight|excite|嬉|喜|开心|高兴", s.plan.told, re.IGNORECASE) is not None

    def up(time: float) -> float:
        return smooth((time - go) / 0.25)

    def fist(time: float) -> XY | None:
        if up(time) <= 0:
            return None
        pose = own(time).pose
        assert pose is not None
        x, y = pose.joints["hand_r"]
        u, shake = up(time), math.sin(math.tau * 3.0 * time)
        return x + ((0.24 + 0.02 * shake) * h - x) * u, y + ((0.98 + 0.035 * shake) * h - y) * u

    moved = handed(own, h, fist)

    def at(time: float) -> State:
        state, u = moved(time), up(time)
        assert state.pose is not None
        ahead = math.copysign(1.0, state.facing or s.way)
        mouth_open = max(state.pose.mouth_open, 0.030 * u * (0.75 + 0.25 * math.sin(9 * time)))
        pose = replace(
            state.pose,
            mouth_open=mouth_open,
            viseme=state.pose.viseme if state.pose.mouth_open > 0.01 or u < 0.1 else "A",
            brow=state.pose.brow + ((0.6 if glad else -1.0) - state.pose.brow) * u,
        )
        return replace(
            state,
            facing=state.facing + (0.5 * ahead - state.facing) * u,
            angle=state.angle - 0.07 * ahead * u,
            pose=pose,
        )

    left, right, bottom, top = s.staged[p].box
    s.change(p, at, box=(left, right, bottom, max(top, 1.08 * h)))


def _heartbeat(s: Scene, deed: Deed) -> None:
    """A heart that is heard; where silence is told of after it, it stops."""
    n = s.first(deed.of, deed.on, people=True)
    n = n if n is not None else 0 if s.staged else None
    if n is None:
        return
    stops = (
        re.search(
            r"heart ?beats?\b.{0,30}(?:then|stops?|silence)|(?:心跳|鼓動).{0,10}(?:停|静|止)",
            s.plan.told,
            re.IGNORECASE,
        )
        is not None
    )
    fast = re.search(r"\b(?:fast|quick|rac|pound)\w*|加速|急", deed.said) is not None
    every = 0.5 if fast else 0.85
    s.sound(
        n,
        "heartbeat",
        [s.start + 0.15 + every * k for k in range(int(((0.72 if stops else 1.0) * s.length - 0.15) / every) + 1)],
        2.4,
    )


GESTURES: dict[str, Callable[[Scene, Deed], None]] = {
    "touch": _hands,
    "smell": _hands,
    "lens": _lens,
    "selfie": _lens,
    "tolens": _to_lens,
    "wave": _waving,
    "arms": _arms,
    "heartbeat": _heartbeat,
    "shout": _shout,
    "reflected": _reflected,
}
