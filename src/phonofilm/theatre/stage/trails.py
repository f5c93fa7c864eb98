"""Deeds that fall, fly and rise about somebody: drops, steam, breath, wings, spray, showers of bits, flames behind."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from phonofilm.theatre import light
from phonofilm.theatre.lexicon import cutouts
from phonofilm.theatre.lexicon.cutout_table import ALIVE
from phonofilm.theatre.moves import things
from phonofilm.theatre.moves.footwork import smooth
from phonofilm.theatre.play import RGB, STAGE, Actor, State
from phonofilm.theatre.reading import deeds
from phonofilm.theatre.reading.deeds import Deed
from phonofilm.theatre.reading.plan import Role
from phonofilm.theatre.stage.stagehand import GROUNDS, VESSELS, Scene, mouth


def _beads(s: Scene, deed: Deed) -> None:
    """Drops that roll down a thing."""
    n = s.first(deed.on, deed.of, people=False, small=True)
    if n is None:
        return
    actor = s.staged[n].actor
    w, h = actor.size[:2]

    def at(time: float) -> State:
        state = actor.at(time)
        x, y, z = state.position
        return State(position=(x, y - 0.12 * h, z - 0.03), angle=state.angle, visible=state.visible)

    s.trace("beads", light.mix(actor.colour, (0.55, 0.68, 0.80), 0.7), (0.82 * w, 0.70 * h), at)


def _steam(s: Scene, deed: Deed) -> None:
    """Steam over what is hot."""
    hot = (
        "dripper",
        "cup",
        "hot-beverage",
        "steaming-bowl",
        "pot-of-food",
        "teapot",
        "teacup-without-handle",
        "bowl-with-spoon",
        "shallow-pan-of-food",
        "cooking",
        "curry-rice",
    )
    n = next((n for n, piece in enumerate(s.staged) if piece.actor.kind in hot), None)
    n = n if n is not None else s.first(deed.of, deed.on, people=False, small=True)
    if n is None:
        return
    actor = s.staged[n].actor
    w, h = actor.size[:2]
    tall = max(0.32, 1.1 * h)

    def at(time: float) -> State:
        x, y, z = actor.at(time).position
        return State(position=(x, y + 0.42 * h + tall / 2, z - 0.04))

    s.trace("steam", (0.95, 0.95, 0.97), (max(0.30, 0.9 * w), tall), at)


def _breath(s: Scene, deed: Deed) -> None:
    """A jet out of a mouth: fire, smoke or ice."""
    n = s.first(deed.of, deed.on, alive=True)
    n = n if n is not None else s.first(deed.of, people=True)
    if n is None:
        return
    actor = s.staged[n].actor
    said = deed.said + deed.word.lower()
    ink: RGB = (
        (0.62, 0.86, 0.98)
        if re.search(r"ice|frost|cold", said)
        else (0.50, 0.50, 0.54)
        if re.search(r"smoke|steam", said) and "fire" not in said
        else (0.98, 0.55, 0.14)
    )
    long = min(2.4, max(0.8, 0.85 * actor.size[1]))
    steep = 0.75 if re.search(r"\bsky|upward|\bup\b|heaven|\bair\b|空|天", said) else 0.0
    go = s.at(0.42)

    def at(time: float) -> State:
        x, y, z = mouth(actor, actor.at(time))
        ahead = math.copysign(1.0, actor.at(time).facing or s.way)
        blown = smooth((time - go) / 0.5)
        return State(
            position=(x + ahead * 0.5 * long * math.cos(steep), y + 0.5 * long * math.sin(steep), z - 0.04),
            angle=ahead * steep,
            facing=ahead,
            part=0.94 * blown + 0.06 * math.sin(19 * time),
            visible=time > go,
        )

    end = at(s.end)
    half = 0.5 * long * math.cos(steep)
    box = (end.position[0] - half, end.position[0] + half, 0.0, end.position[1] + 0.5 * long * math.sin(steep) + 0.2)
    s.trace("breath", ink, (long, 0.42 * long), at, box=box)
    s.sound(n, "roar", [go])
    s.sound(len(s.staged) - 1, "crackle", [go + 0.4 * k for k in range(int(max(1, (s.end - go) / 0.4)))])


def _wings(s: Scene, deed: Deed) -> None:
    """Wings that open behind a body."""
    n = s.first(deed.of, deed.on, alive=True)
    n = n if n is not None else s.first(deed.of, deed.on)
    if n is None:
        return
    actor = s.staged[n].actor
    tall = actor.size[1]
    go = s.at(0.08)

    def at(time: float) -> State:
        state = actor.at(time)
        x, y, z = state.position
        back = math.copysign(1.0, state.facing or 1.0) * 0.10 * actor.size[0]
        opened = smooth((time - go) / (0.34 * s.length))
        middle = y + 0.28 * tall + 0.10 * tall * opened if actor.look is None else y + 0.84 * tall
        return State(position=(x - back, middle, z + 0.04), part=opened)

    wide = 2.0 * tall
    x = actor.at(s.start).position[0]
    s.trace(
        "wings",
        light.darker(actor.colour, 0.12),
        (wide, 1.05 * tall),
        at,
        box=(x - 0.42 * wide, x + 0.42 * wide, 0.0, at(s.end).position[1] + 0.55 * tall),
    )
    s.sound(len(s.staged) - 1, "flap", [go + 0.1, s.at(0.5)], 2.4)


def _spray(s: Scene, deed: Deed) -> None:
    """What hooves, feet or wheels throw up."""
    n = s.first(deed.of, deed.on, alive=True) if s.find(deed.of) is None else s.find(deed.of)
    if n is None or s.staged[n].actor.size[1] < 0.3:
        n = next(
            (
                n
                for n, piece in enumerate(s.staged)
                if piece.actor.look is not None
                or piece.actor.kind == "car"
                or (piece.actor.cutout is not None and piece.actor.cutout.nature.move in (*ALIVE, "drive"))
            ),
            None,
        )
    if n is None:
        return
    actor = s.staged[n].actor
    w, h = (0.42 * actor.size[1], 0.55 * actor.size[1]) if actor.look is not None else actor.size[:2]
    ink = (
        deeds.stuff(deed.said)
        if re.search(r"dust|sand|尘|沙", deed.said) is None
        else light.lighter(GROUNDS.get(s.plan.place or "", (0.80, 0.62, 0.42)), 0.2)
    )
    wide, high = max(0.7, 0.75 * w), max(0.34, 0.42 * h)
    back = 0.10 * w + 0.42 * wide - 0.2 * w
    if vehicle(actor):
        back = 0.5 * wide - 0.22 * w
        if s.plan.detail[0] and abs(actor.at(s.end).position[0] - actor.at(s.start).position[0]) < 0.2:
            own, wheel = actor.at, 0.19 * h  # what throws gravel drives; the camera that is on its wheel goes with it

            def driven(time: float) -> State:
                gone = 2.6 * (time - s.at(0.5))
                state = own(time)
                return replace(
                    state,
                    position=(state.position[0] + s.way * gone, *state.position[1:]),
                    facing=s.way,
                    part=(gone / (math.tau * wheel)) % 1.0,
                )

            s.change(n, driven)
            actor = s.staged[n].actor

    def at(time: float) -> State:
        state = actor.at(time)
        ahead = math.copysign(1.0, state.facing or s.way)
        return State(
            position=(state.position[0] - ahead * back, high / 2 + 0.02, state.position[2] - 0.05), facing=ahead
        )

    s.trace("spray", ink, (wide, high), at)


def _shower(s: Scene, deed: Deed) -> None:
    """Bits that fall from above: copies of the thing itself where it is one of the cast, else scraps in its colour."""
    n = s.find(deed.of)
    whole = (
        n is not None
        and deed.of is not None
        and deed.of.word.split()[-1] in deed.word.lower()
        and s.staged[n].actor.look is None
        and s.staged[n].actor.size[1] < 0.7
    )
    stars = [piece.actor for k, piece in enumerate(s.staged) if not piece.aside and k != (n if whole else -1)]
    small = bool(stars) and all(actor.look is None and actor.size[1] < 0.9 for actor in stars)
    wide, high = (1.3, 1.3) if small else (3.4, 2.4)
    slow = 1.5 if re.search(r"slow|gently|drift|缓|慢|ゆっくり", deed.said) else 0.8
    if not whole or n is None:
        x = stars[0].at(s.start).position[0] if stars else 0.0
        for depth, more in ((-0.12, 0.0), (0.35, 0.4)):
            s.trace(
                "shower",
                deeds.bits(deed.word + deed.said),
                (wide, high),
                lambda time, depth=depth, more=more: State(
                    position=(x + more, high / 2, STAGE + depth), part=0.35 + (time - s.start) / (0.5 * s.length)
                ),
            )
        return
    actor = s.staged[n].actor
    x0 = actor.at(s.start).position[0]
    bits = 9
    bowl = next((piece.actor for k, piece in enumerate(s.staged) if k != n and piece.actor.kind in VESSELS), None)
    scale = 0.34 if bowl is None else min(0.34, 0.24 * bowl.size[0] / max(actor.size[:2]))
    if bowl is not None:
        x0 = bowl.at(s.start).position[0]
    size = (actor.size[0] * scale, actor.size[1] * scale)
    assert actor.cutout is not None or actor.kind
    for k in range(bits):
        go = s.at(0.10 + 0.62 * k / bits)
        x = x0 + (((k * 0.618) % 1.0) - 0.5) * (0.45 * bowl.size[0] if bowl is not None else 0.56 if small else 1.8)
        rest = 0.5 * size[1] if bowl is None else bowl.at(s.start).position[1] + 0.06 * bowl.size[1]

        def at(time: float, go: float = go, x: float = x, rest: float = rest, k: int = k) -> State:
            u = min(1.0, (time - go) / slow)
            y = high + (rest - high) * (u if slow > 1 else u * u)
            return State(
                position=(x + 0.05 * math.sin(5 * u + k) * (1 - u), y, STAGE - 0.06 - 0.01 * k),
                angle=(2.6 * u + k) if u < 1 else 2.6 + k,
                visible=time >= go,
            )

        if actor.cutout is not None:
            # The word hangs at the first of them alone, and does not hop from one to the next.
            s.add(
                actor.kind,
                actor.cutout if k == 0 else replace(actor.cutout, word=actor.cutout.name.replace("-", " "), exact=True),
                actor.colour,
                size,
                at,
                tint=actor.tint,
            )
    s.change(
        n,
        lambda time: State(position=(x0, 0.2, STAGE), visible=False),
        contacts=[],
        box=(x0 - (0.28 if small else 0.9), x0 + (0.28 if small else 0.9), 0.0, 0.5 if small else 1.6),
    )
    s.sound(n, "rustle", [s.at(0.10 + 0.62 * k / bits) + slow for k in range(bits)], 0.6)


def _burning(s: Scene, deed: Deed) -> None:
    """Flames about the cast, near and far."""
    for k, (x, away, tall) in enumerate(
        ((-2.3, 2.6, 1.9), (2.5, 2.9, 2.1), (-4.1, 4.2, 2.6), (0.4, 6.0, 2.2), (4.4, 5.0, 2.8))
    ):
        fire = Role(kind="fire", number=70 + k, cutout=cutouts.cutout("fire", "fire"), word="fire")
        prop = s.prop(fire, x, s.way)
        share = tall / prop.size[1]
        piece = things.build(replace(prop, z=STAGE + away, size=(prop.size[0] * share, tall, prop.size[2])), "stand")
        s.staged.append(replace(piece, aside=True, contacts=piece.contacts if k == 0 else []))


def vehicle(actor: Actor) -> bool:
    return actor.kind == "car" or (
        actor.cutout is not None and actor.cutout.nature.move == "drive" and actor.cutout.nature.height > 0.8
    )


DEEDS: dict[str, Callable[[Scene, Deed], None]] = {
    "beads": _beads, "steam": _steam, "breath": _breath, "wings": _wings, "spray": _spray, "shower": _shower,
    "burning": _burning,
}  # fmt: skip
