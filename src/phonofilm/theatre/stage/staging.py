"""From a script to a play: who stands where, what happens when, under which camera. What the words leave open the seed
decides."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from phonofilm.prompt.language import guess_language
from phonofilm.prompt.parse import parse
from phonofilm.prompt.script import Line, Script
from phonofilm.theatre import light
from phonofilm.theatre.camera import HALF_WIDTH, direct, project
from phonofilm.theatre.lexicon import cutouts, families, repertoire
from phonofilm.theatre.lexicon.shades import asked
from phonofilm.theatre.moves import acting, falling, playing, things
from phonofilm.theatre.moves.acting import Player
from phonofilm.theatre.moves.acting import finish as player_finish
from phonofilm.theatre.moves.footwork import Part
from phonofilm.theatre.moves.prop import Prop
from phonofilm.theatre.moves.wardrobe import Staged, chained, dressed, hue, look_of, shade
from phonofilm.theatre.paper import puppetry
from phonofilm.theatre.play import MORE_PLACES, PLACES, RGB, STAGE, Contact, Look, Music, Phoneme, Play, Shot, Speech
from phonofilm.theatre.reading import course, deeds
from phonofilm.theatre.reading.completing import Completing
from phonofilm.theatre.reading.plan import Dress, Plan, Role, Turn, actor_name, scenery
from phonofilm.theatre.reading.speakers import SMALL_TALK, turn_of
from phonofilm.theatre.stage import closeups, happenings, passings
from phonofilm.theatre.stage.blocking import BEHIND, depth, frame_of, slots_of, small, spread
from phonofilm.theatre.stage.stagehand import Scene

PACES = {"slow": 0.75, "normal": 1.0, "fast": 1.25}
_DOOR = re.compile(
    r"\bthrough (?:the|a|an) (?:[\w-]+ )?(?:door|doorway|entrance|gate|archway)\b|穿过(?:大)?门|ドアを(?:通|抜)",
    re.IGNORECASE,
)
LEAD = 0.4
"""Seconds of a shot before its first line is spoken."""


def stage_text(text: str, seconds: float, seed: int) -> Play:
    """Parse a prompt and stage it. Raises PromptError where the text is no script."""
    return stage(parse(text), seconds, seed)


def stage(
    script: Script,
    seconds: float,
    seed: int,
    dress: Mapping[str, Dress] | None = None,
    *,
    changes: Sequence[tuple[int, str]] = (),
    looks: dict[int, tuple[str, Look]] | None = None,
) -> Play:
    """The play of a script: deterministic for a script, a length and a seed. ``dress``: colours for whom an @name of
    the script stands for.

    ``changes``: (of how many shots, words) that put another place, hour, weather or music in place of the script's and
    leave all else as it is. ``looks``: of the cast by number, as an earlier part of the same clip drew them; new ones
    are added.

    Never fails on words it does not know: they are listed in ``Play.unknown``. ``Play.labels`` tells what the first
    shot's main subject became (colour, kind, place, hour, weather, action, camera).
    """
    return _Director(script, seconds, seed, dress, changes, looks).play()


def plans_of(script: Script, seconds: float, seed: int) -> tuple[list[Plan], tuple[str, ...]]:
    """The shots as ``stage`` understands them, and its notes, without staging."""
    director = _Director(script, seconds, seed)
    plans = director.plans()
    return plans, director.notes(plans)


def labels_of(script: Script, seconds: float, seed: int) -> dict[str, str]:
    """The labels that ``stage`` would give, without staging: cheap enough to try many seeds."""
    director = _Director(script, seconds, seed)
    return director.label(director.plans()[0])


class _Director(Completing):
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
        self.spoken: list[Speech] = []
        self.labels: dict[str, str] = {}
        self.tones: list[str] = []
        self.accents: dict[str, RGB] = {}
        """What each place stands off, the same in all shots: a scene keeps its colours."""
        self.way: float | None = None
        """The side the clip plays towards, the same in all shots: who stood on the left stays on the left."""

    def label(self, plan: Plan) -> dict[str, str]:
        """The labels of a shot's main subject."""
        main = next((t for t in plan.turns if t.subject is None), None)
        return {
            "colour": self._colour(main.role) if main is not None else "",
            "kind": main.role.kind if main is not None else "",
            "place": plan.place or "",
            "hour": plan.hour or "",
            "weather": plan.weather or "",
            "action": (main.action or "stand") if main is not None else "",
            "camera": plan.camera or "static",
        }

    def play(self) -> Play:
        script = self.script
        spans = script.times(self.seconds)
        plans = self.plans()
        unknown = tuple(dict.fromkeys(word for plan in plans for word in plan.unknown))
        music = self._music(plans)
        shots, contacts, ambience = [], [], []
        for index, (plan, (start, end)) in enumerate(zip(plans, spans, strict=True)):
            dice = random.Random(self.seed * 1009 + index * 17 + 3)
            ways = [plan.place, *plan.passed] if not script.shots[index].lines else [plan.place]
            # A glide comes to its last place at four fifths of the shot; each place before has the same time.
            cuts = (
                [start + 0.8 * (end - start) * n / (len(ways) - 1) for n in range(len(ways))] + [end]
                if len(ways) > 1
                else [start, end]
            )
            for n, place in enumerate(ways):
                part = plan if n == 0 else replace(plan, place=place)
                shot, heard = self._shot(
                    part, script.shots[index].lines, cuts[n], cuts[n + 1], dice, music, index, (start, end)
                )
                shots.append(
                    replace(
                        shot, door=n == 0 and len(ways) > 1 and self.faithful and _DOOR.search(plan.told) is not None
                    )
                )
                contacts += heard
                ambience += self._air(part, cuts[n], cuts[n + 1])
            for n in range(
                len(shots) - 2, len(shots) - 1 - len(ways), -1
            ):  # one gliding shot: each place opens onto the next
                shots[n] = replace(shots[n], onto=shots[n + 1])
        contacts.sort(key=lambda c: c.time)
        return Play(
            seconds=self.seconds,
            shots=tuple(shots),
            contacts=tuple(contacts),
            speech=tuple(self.spoken),
            music=music,
            ambience=tuple(ambience),
            unknown=unknown,
            notes=self.notes(plans),
            labels=self.labels,
            dressed=self.dressed,
            seed=self.seed,
        )

    # --- one shot ----------------------------------------------------------------------------------------------------

    def _shot(
        self,
        plan: Plan,
        lines: Sequence[Line],
        start: float,
        end: float,
        dice: random.Random,
        music: Music | None,
        index: int,
        whole: tuple[float, float] | None = None,
    ) -> tuple[Shot, list[Contact]]:
        assert plan.place and plan.hour and plan.weather and plan.camera
        ground = plan.ground if plan.ground and plan.place == "room" else repertoire.GROUNDS[plan.place]
        said = self._place_lines(plan, lines, start, end)
        # Slow motion: a shorter shot is played, and stretched. Lips that speak keep their own time.
        slow, last = (plan.slow if self.faithful and not said else 1.0), end
        end, music = (start + (end - start) / slow, None) if slow > 1 else (end, music)
        leads = [t for t in plan.turns if t.subject is None]
        if self.faithful:
            leads = [*[t for t in leads if not scenery(t.role)][:3], *[t for t in leads if scenery(t.role)][:2]]
        leads = leads[: 5 if self.faithful else 3]
        way = dice.choice((-1.0, 1.0))
        way = self.way = way if self.way is None else self.way
        staged: list[Staged] = []
        waiting = list(leads)
        slots = spread(leads, way) if self.faithful else slots_of(leads, way)
        players = [t for t in leads if not scenery(t.role)]
        while waiting:
            turn = waiting.pop(0)
            x = slots[id(turn)]
            alone = len(players if self.faithful else leads) == 1
            facing = way if alone else (1.0 if x < 0 else -1.0)
            if turn.action in ("walk", "run", "roll", "drive", "fly", "slide") or alone:
                facing = way
            if turn.role.kind == "person":
                staged += self._person(turn, x, facing, start, end, ground, dice, music, slots, said, plan, staged)
            elif turn.action == "collide":
                mate = turn.object or next((t for t in waiting if t.role.kind != "person"), None)
                if mate is None:
                    mate = Turn(role=Role(kind=turn.role.kind, number=len(self.cast)))
                    self.cast.append(mate.role)
                elif mate in waiting:
                    waiting.remove(mate)
                one, two = falling.collide(
                    self._prop(turn, x, facing, start, end, ground, dice, music),
                    self._prop(mate, x, facing, start, end, ground, dice, music),
                )
                staged += [one, two]
            else:
                piece = things.in_turn(
                    self._prop(turn, x, facing, start, end, ground, dice, music, plan.place),
                    turn.steps or [turn.action or "stand"],
                )
                behind = self.faithful and len(players) > 1 and depth(turn.role, plan.place) > 0
                staged.append(replace(piece, aside=self.faithful and (scenery(turn.role) or behind) and bool(players)))
                if turn.object is not None:
                    staged.append(
                        things.build(
                            self._prop(turn.object, x + 0.9 * facing, facing, start, end, ground, dice, music), "stand"
                        )
                    )
        if self.faithful and any(t.family == "throw" for t in leads):
            # Whoever else is there catches, in the air.
            others = [
                t
                for t in players
                if t.family != "throw"
                and t.role.kind != "person"
                and t.role.cutout is not None
                and t.role.cutout.nature.move in ("walk", "hop")
            ]
            names = {actor_name(t.role) for t in others[:1]}
            staged = [
                playing.leaping(piece, playing.catch_time(start, end)) if piece.actor.name in names else piece
                for piece in staged
            ]
        if self.faithful:
            staged = happenings.happen(
                Scene(
                    plan=plan,
                    start=start,
                    end=end,
                    way=way,
                    ground=ground,
                    seed=self.seed,
                    staged=staged,
                    spoken={number: tuple(line[0] for line in lines) for number, lines in said.items()},
                    prop=lambda role, x, side: self._prop(Turn(role=role), x, side, start, end, ground, dice, None),
                    passer=lambda n, x, side, behind: self._passer(n, x, side, behind, start, end, ground),
                )
            )
        staged, end = (playing.stretched(staged, start, slow), last) if slow > 1 else (staged, end)
        mouths = {s.actor.name: s.actor for s in staged}
        for n, speech in enumerate(self.spoken):
            if start <= speech.start < end and speech.actor in mouths:
                x, y, z = mouths[speech.actor].at(speech.start).position
                self.spoken[n] = replace(speech, position=(x, y + 0.87 * mouths[speech.actor].size[1], z))
        selfie = self.faithful and any(deed.kind == "selfie" for deed in plan.deeds)
        if selfie:  # what takes the picture is not in it
            staged = [piece for piece in staged if piece.actor.kind not in ("mobile-phone", "camera")]
        frame = frame_of(staged, plan, dice, self.faithful)
        if self.faithful and plan.then and frame.follow is not None:  # both moves see whom they follow from as far
            middle = (frame.left + frame.right) / 2
            frame = replace(
                frame,
                left=max(frame.left, middle - 1.1),
                right=min(frame.right, middle + 1.1),
                turn=way * min(1.9, 0.28 * (end - start)) if plan.then == "orbit" else frame.turn,
            )
        first, until = whole or (start, end)
        rig = direct(
            plan.camera,
            start=first,
            end=until,
            frame=frame,
            pace=plan.pace,
            seed=self.seed + index,
            bold=self.faithful,
            then=plan.then if self.faithful else "",
            even=self.faithful and bool(plan.passed),
        )
        held = None
        if self.faithful:
            rig, held = closeups.closer(plan, staged, rig, start, end, self.seed + index)
        if self.faithful and plan.then == "orbit" and frame.follow is not None:
            staged = [playing.onward(piece, rig, way) for piece in staged]
        contacts = []
        for piece in staged:
            for c in piece.contacts:
                if start < c.time <= end or (c.time == start == 0.0):
                    u, v, _ = project(rig(c.time), c.position)
                    contacts.append(replace(c, visible=abs(u) < HALF_WIDTH and abs(v) < 0.5))
        if index == 0:
            self.labels = self.label(plan)
        wind = way * dice.uniform(5, 9) if plan.weather == "wind" else way * dice.uniform(0.3, 1.5)
        shot = Shot(
            start=start,
            end=end,
            place=plan.place,
            hour=plan.hour,
            weather=plan.weather,
            actors=tuple(s.actor for s in staged),
            camera=rig,
            camera_move=plan.camera,
            seed=self.seed * 8 + (*PLACES, *MORE_PLACES).index(plan.place),
            wind=wind,
            tone=self.tone(plan),
            held=held,
            arm=next(
                (
                    int(math.copysign(1, piece.actor.at(start).facing or way))
                    for piece in staged
                    if selfie and piece.actor.look is not None
                ),
                0,
            ),
            soft=self.faithful and bool({"macro", "soft"} & set(plan.framings)),
            shoulder=int(-way) if "shoulder" in plan.framings else 0,
            island=self.faithful and deeds.ISLAND.search(plan.told) is not None,
            table=self.faithful and all(small(turn.role) for turn in leads) and bool(leads),
            **self._scene(plan, staged, frame.angle),
        )
        return shot, contacts

    def tone(self, plan: Plan) -> RGB | None:
        """The hue of a blank backdrop: a colour of the shot's words, or of an earlier shot's, that is nobody's own."""
        self.tones = plan.tones or self.tones
        worn = {role.colour for role in self.cast}
        free = [name for name in self.tones if name not in worn]
        return asked(free[0]) or repertoire.COLOURS[free[0]] if free else None

    def _scene(self, plan: Plan, staged: Sequence[Staged], angle: str) -> dict[str, Any]:
        """What a staged prompt asks of its scenery; a training play asks for nothing."""
        if not self.faithful:
            return {}
        walls = asked(plan.walls) if plan.walls else None
        accent = (
            self.accents.setdefault(plan.place or "", staged[0].actor.colour)
            if staged
            else self.accents.get(plan.place or "")
        )
        return {"lights": ("staged", *plan.lights), "walls": walls, "accent": accent, "angle": angle}

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

    def _prop(
        self,
        turn: Turn,
        x: float,
        way: float,
        start: float,
        end: float,
        ground: str,
        dice: random.Random,
        music: Music | None,
        place: str = "",
    ) -> Prop:
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
            start=start,
            end=end,
            x=x,
            z=STAGE + behind,
            ground=ground,
            chance=random.Random(dice.random()),
            way=way,
            pace=PACES[turn.pace],
            count=turn.count,
            beats=music.beats if music and turn.action in ("drum", "ring") else (),
            round=role.kind in repertoire.ROUND if role.cutout is None else role.cutout.nature.move == "roll",
        )

    def _person(
        self,
        turn: Turn,
        x: float,
        way: float,
        start: float,
        end: float,
        ground: str,
        dice: random.Random,
        music: Music | None,
        slots: dict[int, float],
        said: dict[int, list[tuple[float, tuple[Phoneme, ...]]]],
        plan: Plan,
        others: Sequence[Staged],
    ) -> list[Staged]:
        role = turn.role
        colour, look = self._look(role)
        thing = turn.object
        if self.faithful and thing is None and turn.action in ("ring", "close"):
            turn.action = "stand"  # "the phone rings", "she opens her hand": there is no bell and no door
        if thing is None and turn.action in ("drum", "ring", "knock", "close", "kick"):
            kind = {"drum": "drum", "ring": "bell", "knock": "door", "close": "door", "kick": "ball"}[turn.action]
            thing = turn.object = Turn(role=Role(kind=kind, number=len(self.cast)), subject=turn)
            self.cast.append(thing.role)
        prop = self._prop(thing, x, way, start, end, ground, dice, music) if thing is not None else None
        if prop is not None and prop.kind == "door":
            tall = min(prop.size[1], 1.38 * look.height)
            prop = replace(prop, size=(0.46 * tall, tall, prop.size[2]))
        aim = others[0].actor.at if others else None
        mood = {"cheerful": 0.7, "playful": 0.6, "sad": -0.7, "tense": -0.4}.get(role.mood or "", 0.15)
        player = Player(
            name=actor_name(role),
            colour_name=colour,
            look=look,
            start=start,
            end=end,
            x=x,
            z=STAGE,
            ground=ground,
            chance=random.Random(dice.random()),
            way=way,
            room=1.0 if len(slots) == 1 else 0.45,
            action=turn.action or "stand",
            also=tuple(turn.also),
            pace=PACES[turn.pace],
            count=turn.count,
            beats=music.beats if music else (),
            roam=plan.camera == "track",
            speech=tuple(said.get(role.number, ())),
            gaze=(lambda time: aim(time).position) if aim else None,
            mood=mood,
            seed=self.seed * 3 + role.number,
        )
        if playing.on_the_move(turn.course) and plan.camera == "track" and prop is None:
            return [playing.going(player, turn.course)]
        if len(turn.course) > 1:
            return self._in_turn(player, turn, prop, plan, slots)
        family = families.family_of(turn.action, turn.family) if self.faithful else None
        if (
            family is None
            and self.faithful
            and prop is not None
            and turn.action in ("jump", "walk", "run", "dance", "wave", "clap")
        ):
            acted = acting.act(player, None)
            return [*acted, playing.held(acted[0], prop, look.height, player.way)]
        if family is None and not (self.faithful and prop is not None and prop.cutout is not None):
            return acting.act(player, prop)
        return self._family(player, family or "hold", turn, prop, plan, slots, others)

    def _seat(self, player: Player, turn: Turn, plan: Plan) -> Prop:
        """What somebody sits on: a wall or a rock where the words have one, else a box."""
        h, wall = (
            player.look.height,
            any(word in plan.told.lower() for word in (" wall", " rock", " ledge", " step", " stone")),
        )
        role = Role(kind="box", number=90 + turn.role.number, colour="grey" if wall else "brown")
        seat = self._prop(
            Turn(role=role), player.x, player.way, player.start, player.end, player.ground, player.chance, None
        )
        return replace(seat, size=((1.7 if wall else 0.40) * h, 0.225 * h, 0.3 * h))

    def _passer(self, n: int, x: float, way: float, behind: float, start: float, end: float, ground: str) -> Staged:
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
            start=start,
            end=end,
            x=x,
            z=STAGE + behind,
            ground=ground,
            chance=own,
            way=way,
            action="walk",
            roam=True,
            seed=self.seed * 3 + 60 + n,
        )
        return acting.act(player, None)[0]

    def _in_turn(
        self, player: Player, turn: Turn, prop: Prop | None, plan: Plan, slots: dict[int, float]
    ) -> list[Staged]:
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

    def _family(
        self,
        player: Player,
        family: str,
        turn: Turn,
        prop: Prop | None,
        plan: Plan,
        slots: dict[int, float],
        others: Sequence[Staged],
    ) -> list[Staged]:
        """Somebody playing a family of movement, with what that takes: a seat, a mount, somebody to throw to."""
        part = acting.part_of(player)
        other = next((x for key, x in slots.items() if key != id(turn) and abs(x) < 2.2), None)
        way = player.way
        if other is not None and family in ("throw", "embrace", "give", "look", "reach"):
            way = 1.0 if other > player.x else -1.0
        player = replace(player, way=way)
        part = replace(part, facing=tuple((time, abs(turned) * way) for time, turned in part.facing))
        if family == "ride":
            return self._riding(player, part, turn, prop)
        seat = None
        if family == "sit" and plan.place not in ("car_interior", "train_interior"):
            seat = self._seat(player, turn, plan)
        return playing.play(player, part, family, prop, seat, other)

    def _riding(self, player: Player, part: Part, turn: Turn, prop: Prop | None) -> list[Staged]:
        """On a board standing, on anything else sitting."""
        word = turn.role.word
        if prop is None:
            name = "skis" if word in ("skier", "snowboarder") else "surfboard" if word == "surfer" else "bicycle"
            mount = Turn(
                role=Role(kind=name, number=80 + turn.role.number, cutout=cutouts.cutout(name, name)), action="go"
            )
            prop = self._prop(mount, player.x, player.way, player.start, player.end, player.ground, player.chance, None)
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

    def _place_lines(
        self, plan: Plan, lines: Sequence[Line], start: float, end: float
    ) -> dict[int, list[tuple[float, tuple[Phoneme, ...]]]]:
        """Lines one after the other from 0.4 s into the shot; what does not fit before the shot's end is cut off
        there."""
        talk = [(turn_of(plan, line.speaker, self.cast), line) for line in lines]
        if not talk and "voice" not in self.kept_out:
            silent = [t for t in plan.turns if t.action == "talk" and t.role.kind == "person"]
            dice = random.Random(self.seed + 5)
            talk = [(t, Line(speaker="", text=dice.choice(SMALL_TALK), language="en")) for t in silent[:2]]
        from phonofilm.theatre.sound.speech import phonemes

        placed: dict[int, list[tuple[float, tuple[Phoneme, ...]]]] = {}
        now = start + min(LEAD, 0.15 * (end - start))
        told = []
        for turn, line in talk:
            language = line.language or guess_language(line.text)
            voice = self._look(turn.role)[1].voice if turn is not None else 1.0
            told.append((turn, line, language, voice, phonemes(line.text, language, voice)))
        if self.faithful and deeds.first_passes(plan):
            now = max(now, passings.said_after([whole for *_, whole in told], start, end))
        for turn, line, language, voice, whole in told:
            sounds = tuple(p for p in whole if now + p.start < end)
            if not sounds:
                continue
            if len(sounds) < len(whole):
                self.chosen.append(
                    f"the line '{line.text[:40]}' takes {whole[-1].end:.1f} s and is cut where its shot ends; give the"
                    " shot more time or the line fewer words"
                )
            last = min(end, now + sounds[-1].end)
            name = actor_name(turn.role) if turn is not None else "voice"
            self.spoken.append(
                Speech(
                    start=now,
                    end=last,
                    actor=name,
                    text=line.text,
                    language=language,
                    voice=voice,
                    phonemes=sounds,
                    position=(0.0, 1.5, STAGE),
                )
            )
            if turn is not None:
                placed.setdefault(turn.role.number, []).append((now, sounds))
            now = last + 0.25
        return placed
