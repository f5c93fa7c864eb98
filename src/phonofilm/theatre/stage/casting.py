"""Casting: every turn of a shot's plan as somebody or something that plays it, in the clip's own colours."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from phonofilm.prompt.script import Script
from phonofilm.theatre import light
from phonofilm.theatre.lexicon import cutouts, families, repertoire
from phonofilm.theatre.moves import acting, playing, things
from phonofilm.theatre.moves.acting import Player
from phonofilm.theatre.moves.acting import finish as player_finish
from phonofilm.theatre.moves.footwork import Part
from phonofilm.theatre.moves.prop import Prop
from phonofilm.theatre.moves.wardrobe import Staged, chained, dressed, hue, look_of, shade
from phonofilm.theatre.paper import puppetry
from phonofilm.theatre.play import STAGE, Look, Music, Phoneme
from phonofilm.theatre.reading import course
from phonofilm.theatre.reading.completing import Completing
from phonofilm.theatre.reading.plan import Dress, Plan, Role, Turn, actor_name, scenery
from phonofilm.theatre.stage.blocking import BEHIND, depth

PACES = {"slow": 0.75, "normal": 1.0, "fast": 1.25}


@dataclass(frozen=True, kw_only=True)
class Span:
    """When and where something plays."""

    start: float
    end: float
    ground: str
    dice: random.Random
    music: Music | None = None
    """Whose beats are drummed."""

    @classmethod
    def of(cls, player: Player) -> Span:
        """That of somebody who has it."""
        return cls(start=player.start, end=player.end, ground=player.ground, dice=player.chance)


@dataclass(frozen=True, kw_only=True)
class Moment(Span):
    """What everybody in one shot shares."""

    plan: Plan
    slots: dict[int, float]
    """Where the leads stand, by the identity of their turn."""
    said: dict[int, list[tuple[float, tuple[Phoneme, ...]]]]
    """What is spoken, by the number of the role."""


class Casting(Completing):
    """Completes the plans, and casts them."""

    def __init__(
        self,
        script: Script,
        seconds: float,
        seed: int,
        dress: Mapping[str, Dress] | None = None,
        changes: Sequence[tuple[int, str]] = (),
        looks: dict[int, tuple[str, Look]] | None = None,
    ) -> None:
        super().__init__(script, seconds, seed, dress, changes)
        self.looks: dict[int, tuple[str, Look]] = {} if looks is None else looks

    def _colour(self, role: Role, beside: str | None = None) -> str:
        """The role's colour, drawn where it is not said; a thing somebody handles gets a plain one that leaves the
        accent to them."""
        if role.cutout is not None and role.colour is None:
            role.colour = puppetry.named_colour(role.cutout)
        if role.colour is None and self.faithful and role.kind == "ball":
            role.colour = "orange"
        if role.colour is None and beside is not None:
            plain = {
                "door": ("brown", "grey"),
                "bell": ("yellow", "brown"),
                "drum": ("brown", "white"),
                "cup": ("white", "blue"),
                "bottle": ("green", "brown"),
            }
            options = plain.get(role.kind, ("grey", "brown"))
            role.colour = options[0] if options[0] != beside else options[1]
        if role.colour is None:
            own = random.Random(self.seed * 77 + role.number * 13 + 1)
            before = (
                [r for r in self.cast if r.kind == "person" and r.number < role.number] if role.kind == "person" else []
            )
            taken = {self._colour(r) for r in before}
            role.colour = own.choice(tuple(repertoire.COLOURS))
            while role.colour in taken and len(taken) < len(repertoire.COLOURS):
                role.colour = own.choice(tuple(repertoire.COLOURS))
        return role.colour

    def _prop(self, turn: Turn, x: float, way: float, span: Span, place: str = "") -> Prop:
        """The thing of a turn, ready to be built."""
        role = turn.role
        size, material = (
            (role.cutout.size, role.cutout.nature.material)
            if role.cutout is not None
            else repertoire.PROPS[role.kind][:2]
        )
        own = random.Random(self.seed * 53 + role.number * 7 + 2)
        scale = {"big": 1.35 if not self.faithful else 1.7, "small": 0.72}.get(role.size or "", own.uniform(0.9, 1.15))
        behind = BEHIND if scenery(role) else 0.0
        if self.faithful and place:
            behind, scale = depth(role, place), scale * (1.9 if scenery(role) else 1.0)
        name = self._colour(role, turn.subject.role.colour if turn.subject is not None else None)
        colour = (
            hue(name, own, self.faithful)
            if role.cutout is None or role.tint is not None
            else puppetry.main_colour(role.cutout)
        )
        return Prop(
            cutout=role.cutout,
            tint=colour if role.tint is not None else None,
            name=actor_name(role),
            kind=role.kind,
            colour_name=name,
            colour=self.dress[role.reference].tinted(colour) if role.reference in self.dress else colour,
            size=(size[0] * scale, size[1] * scale, size[2] * scale),
            material=role.material or material,
            start=span.start,
            end=span.end,
            x=x,
            z=STAGE + behind,
            ground=span.ground,
            chance=random.Random(span.dice.random()),
            way=way,
            pace=PACES[turn.pace],
            count=turn.count,
            beats=span.music.beats if span.music and turn.action in ("drum", "ring") else (),
            round=role.kind in repertoire.ROUND if role.cutout is None else role.cutout.nature.move == "roll",
        )

    def _person(self, turn: Turn, x: float, way: float, moment: Moment, others: Sequence[Staged]) -> list[Staged]:
        """Somebody and what belongs to them: a thing in hand, a seat, a mount. ``others`` are there already."""
        role = turn.role
        colour, look = self._look(role)
        prop = self._handled(turn, x, way, moment, look.height)
        aim = others[0].actor.at if others else None
        mood = {"cheerful": 0.7, "playful": 0.6, "sad": -0.7, "tense": -0.4}.get(role.mood or "", 0.15)
        player = Player(
            name=actor_name(role),
            colour_name=colour,
            look=look,
            start=moment.start,
            end=moment.end,
            x=x,
            z=STAGE,
            ground=moment.ground,
            chance=random.Random(moment.dice.random()),
            way=way,
            room=1.0 if len(moment.slots) == 1 else 0.45,
            action=turn.action or "stand",
            also=tuple(turn.also),
            pace=PACES[turn.pace],
            count=turn.count,
            beats=moment.music.beats if moment.music else (),
            roam=moment.plan.camera == "track",
            speech=tuple(moment.said.get(role.number, ())),
            gaze=(lambda time: aim(time).position) if aim else None,
            mood=mood,
            seed=self.seed * 3 + role.number,
        )
        return self._doing(player, turn, prop, moment)

    def _handled(self, turn: Turn, x: float, way: float, span: Span, tall: float) -> Prop | None:
        """What somebody ``tall`` deals with; a verb that takes a thing brings its own where the words name none."""
        thing = turn.object
        if self.faithful and thing is None and turn.action in ("ring", "close"):
            turn.action = "stand"  # "the phone rings", "she opens her hand": there is no bell and no door
        if thing is None and turn.action in ("drum", "ring", "knock", "close", "kick"):
            kind = {"drum": "drum", "ring": "bell", "knock": "door", "close": "door", "kick": "ball"}[turn.action]
            thing = turn.object = Turn(role=Role(kind=kind, number=len(self.cast)), subject=turn)
            self.cast.append(thing.role)
        prop = self._prop(thing, x, way, span) if thing is not None else None
        if prop is not None and prop.kind == "door":
            high = min(prop.size[1], 1.38 * tall)
            prop = replace(prop, size=(0.46 * high, high, prop.size[2]))
        return prop

    def _doing(self, player: Player, turn: Turn, prop: Prop | None, moment: Moment) -> list[Staged]:
        """What a turn tells somebody to do: on the way, several things, a family of movement, or one action."""
        if playing.on_the_move(turn.course) and moment.plan.camera == "track" and prop is None:
            return [playing.going(player, turn.course)]
        if len(turn.course) > 1:
            return self._in_turn(player, turn, prop, moment.plan)
        family = families.family_of(turn.action, turn.family) if self.faithful else None
        if (
            family is None
            and self.faithful
            and prop is not None
            and turn.action in ("jump", "walk", "run", "dance", "wave", "clap")
        ):
            acted = acting.act(player, None)
            return [*acted, playing.held(acted[0], prop, player.look.height, player.way)]
        if family is None and not (self.faithful and prop is not None and prop.cutout is not None):
            return acting.act(player, prop)
        return self._family(player, family or "hold", turn, prop, moment)

    def _seat(self, player: Player, turn: Turn, plan: Plan) -> Prop:
        """What somebody sits on: a wall or a rock where the words have one, else a box."""
        h, wall = (
            player.look.height,
            any(word in plan.told.lower() for word in (" wall", " rock", " ledge", " step", " stone")),
        )
        role = Role(kind="box", number=90 + turn.role.number, colour="grey" if wall else "brown")
        seat = self._prop(Turn(role=role), player.x, player.way, Span.of(player))
        return replace(seat, size=((1.7 if wall else 0.40) * h, 0.225 * h, 0.3 * h))

    def _passer(self, n: int, x: float, way: float, behind: float, span: Span) -> Staged:
        """Somebody of no part who walks by behind the cast."""
        role = Role(kind="person", person=("woman", "man", "man", "woman", "person")[n % 5], number=60 + n)
        own = random.Random(self.seed * 41 + n)
        name = own.choice(("brown", "blue", "black"))
        look = replace(
            look_of(role, light.mix(shade(name, own), (0.42, 0.44, 0.50), 0.5), self.seed, True),
            hair=(0.20, 0.16, 0.15),
        )
        player = Player(
            name=f"passer-{n + 1}",
            colour_name=name,
            look=look,
            start=span.start,
            end=span.end,
            x=x,
            z=STAGE + behind,
            ground=span.ground,
            chance=own,
            way=way,
            action="walk",
            roam=True,
            seed=self.seed * 3 + 60 + n,
        )
        return acting.act(player, None)[0]

    def _in_turn(self, player: Player, turn: Turn, prop: Prop | None, plan: Plan) -> list[Staged]:
        """Somebody doing several things one after the other, with one seat and one thing in hand."""
        pieces: list[tuple[float, float, Staged]] = []
        beside: list[Staged] = []
        low, thrown, h, last = "", None, player.look.height, len(turn.course) - 1
        for n, ((what, _), (start, end)) in enumerate(
            zip(turn.course, course.spans(turn.course, player.start, player.end), strict=True)
        ):
            stays = low in ("sit", "kneel") and what in course.SEATED
            step = replace(
                player,
                start=start,
                end=end,
                action=what if what in ("jump", "clap", "dance", "wave") else "stand",
                also=("wave",) if what == "wave" else (),
                roam=False,
            )
            step = replace(step, mood=0.8) if what == "laugh" else step
            part = acting.part_of(step)
            if low:
                keys = ((start - 1, 1.0),) if stays else ((start - 1, 1.0), (start, 1.0), (start + 0.6, 0.0))
                part = replace(part, low=low, lows=keys)
            if what in course.GOES:
                way = "enter" if n == 0 and what != "leave" else "leave" if n == last else "step"
                staged = playing.play(
                    replace(step, pace=1.5) if what == "run" else step,
                    part,
                    "approach" if what == "approach" else way,
                    None,
                    None,
                    None,
                )
                if way == "step":
                    player = replace(player, x=player.x + 0.5 * player.way)
            elif what in ("jump", "clap", "dance") and not stays:
                staged = acting.act(step, None)
            else:
                seat = None
                if what == "sit" and plan.place not in ("car_interior", "train_interior"):
                    seat = self._seat(replace(player, x=step.x), turn, plan)
                staged = playing.play(step, part, what, None, seat, None)
            thrown = start if what == "throw" and thrown is None else thrown
            low = what if what in ("sit", "kneel") else low if stays else ""
            pieces.append((start, end, next(one for one in staged if one.actor.look is not None)))
            beside += [one for one in staged if one.actor.look is None]
        whole = chained(pieces)
        if prop is not None:
            after = (
                playing.thrown(whole, prop, h, thrown + 0.4, None, player)
                if thrown is not None
                else playing.held(whole, prop, h, player.way)
            )
            return [*beside, whole, after]
        return [*beside, whole]

    def _family(self, player: Player, family: str, turn: Turn, prop: Prop | None, moment: Moment) -> list[Staged]:
        """Somebody playing a family of movement, with what that takes: a seat, a mount, somebody to throw to."""
        part = acting.part_of(player)
        other = next((x for key, x in moment.slots.items() if key != id(turn) and abs(x) < 2.2), None)
        way = player.way
        if other is not None and family in ("throw", "embrace", "give", "look", "reach"):
            way = 1.0 if other > player.x else -1.0
        player = replace(player, way=way)
        part = replace(part, facing=tuple((time, abs(turned) * way) for time, turned in part.facing))
        if family == "ride":
            return self._riding(player, part, turn, prop)
        seat = None
        if family == "sit" and moment.plan.place not in ("car_interior", "train_interior"):
            seat = self._seat(player, turn, moment.plan)
        return playing.play(player, part, family, prop, seat, other)

    def _riding(self, player: Player, part: Part, turn: Turn, prop: Prop | None) -> list[Staged]:
        """On a board standing, on anything else sitting."""
        word = turn.role.word
        if prop is None:
            name = "skis" if word in ("skier", "snowboarder") else "surfboard" if word == "surfer" else "bicycle"
            mount = Turn(
                role=Role(kind=name, number=80 + turn.role.number, cutout=cutouts.cutout(name, name)), action="go"
            )
            prop = self._prop(mount, player.x, player.way, Span.of(player))
        moving = things.build(
            replace(prop, x=player.x, z=player.z, way=player.way), "drive" if prop.cutout is None else "go"
        )
        flat = prop.size[1] < 0.45
        low = "kneel" if flat else "sit"
        part = replace(
            part, low=low, lows=((player.start - 1, 0.35 if flat else 1.0),), facing=((player.start, 0.8 * player.way),)
        )
        h = part.height
        part = replace(
            part,
            hands=lambda time: ((0.22 * h, 0.76 * h), (-0.20 * h, 0.74 * h)) if flat else ((0.24 * h, 0.62 * h), None),
        )
        rider = player_finish(player, part, [], (player.x - 0.5, player.x + 0.5, 0.0, 0.95 * h))
        seat = prop.size[1] * (0.8 if flat else 0.66) - (0.0 if flat else 0.20 * h)
        return [playing.carried(rider, moving, seat, low), moving]

    def _look(self, role: Role) -> tuple[str, Look]:
        if role.number not in self.looks:
            name = self._colour(role)
            tint = hue(name, random.Random(self.seed * 53 + role.number * 7 + 2), self.faithful)
            self.looks[role.number] = (name, look_of(role, tint, self.seed, self.faithful))
        name, look = self.looks[role.number]
        return name, dressed(look, self.dress[role.reference]) if role.reference in self.dress else look
