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
from phonofilm.theatre.camera import HALF_WIDTH, Frame, Rig, direct, project
from phonofilm.theatre.lexicon import repertoire
from phonofilm.theatre.lexicon.shades import asked
from phonofilm.theatre.moves import falling, playing, things
from phonofilm.theatre.moves.wardrobe import Staged
from phonofilm.theatre.play import MORE_PLACES, PLACES, RGB, STAGE, Contact, Look, Music, Phoneme, Play, Shot, Speech
from phonofilm.theatre.reading import deeds
from phonofilm.theatre.reading.plan import Dress, Plan, Role, Turn, actor_name, scenery
from phonofilm.theatre.reading.speakers import SMALL_TALK, turn_of
from phonofilm.theatre.stage import closeups, happenings, passings
from phonofilm.theatre.stage.blocking import depth, frame_of, slots_of, small, spread
from phonofilm.theatre.stage.casting import Casting, Moment
from phonofilm.theatre.stage.stagehand import Scene

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


class _Director(Casting):
    def __init__(
        self,
        script: Script,
        seconds: float,
        seed: int,
        dress: Mapping[str, Dress] | None = None,
        changes: Sequence[tuple[int, str]] = (),
        looks: dict[int, tuple[str, Look]] | None = None,
    ) -> None:
        super().__init__(script, seconds, seed, dress, changes, looks)
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
                    part, script.shots[index].lines, (cuts[n], cuts[n + 1]), dice, music, index, (start, end)
                )
                if index == 0:
                    self.labels = self.label(part)
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
        span: tuple[float, float],
        dice: random.Random,
        music: Music | None,
        index: int,
        whole: tuple[float, float],
    ) -> tuple[Shot, list[Contact]]:
        """One shot from the first to the last second of ``span``, and what is touched in it. The camera moves through
        ``whole``, the glide that the shot may be a part of."""
        assert plan.place and plan.hour and plan.weather and plan.camera
        start, end = span
        said = self._place_lines(plan, lines, start, end)
        # Slow motion: a shorter shot is played, and stretched. Lips that speak keep their own time.
        slow = plan.slow if self.faithful and not said else 1.0
        leads = self._leads(plan)
        way = dice.choice((-1.0, 1.0))
        way = self.way = way if self.way is None else self.way
        moment = Moment(
            plan=plan,
            start=start,
            end=start + (end - start) / slow if slow > 1 else end,
            ground=plan.ground if plan.ground and plan.place == "room" else repertoire.GROUNDS[plan.place],
            dice=dice,
            music=None if slow > 1 else music,
            slots=spread(leads, way) if self.faithful else slots_of(leads, way),
            said=said,
        )
        staged = self._staged(leads, way, moment)
        staged = playing.stretched(staged, start, slow) if slow > 1 else staged
        self._placed(staged, start, end)
        selfie = self.faithful and any(deed.kind == "selfie" for deed in plan.deeds)
        if selfie:  # what takes the picture is not in it
            staged = [piece for piece in staged if piece.actor.kind not in ("mobile-phone", "camera")]
        frame = self._framed(staged, way, moment, end)
        rig, held, staged = self._filmed(staged, frame, moment, (start, end), whole, index)
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
            wind=way * (dice.uniform(5, 9) if plan.weather == "wind" else dice.uniform(0.3, 1.5)),
            tone=self.tone(plan),
            held=held,
            arm=_arm(staged, start, way) if selfie else 0,
            soft=self.faithful and bool({"macro", "soft"} & set(plan.framings)),
            shoulder=int(-way) if "shoulder" in plan.framings else 0,
            island=self.faithful and deeds.ISLAND.search(plan.told) is not None,
            table=self.faithful and all(small(turn.role) for turn in leads) and bool(leads),
            **self._scene(plan, staged, frame.angle),
        )
        return shot, _seen(staged, rig, start, end)

    def _filmed(
        self,
        staged: list[Staged],
        frame: Frame,
        moment: Moment,
        span: tuple[float, float],
        whole: tuple[float, float],
        index: int,
    ) -> tuple[Rig, tuple[float, float] | None, list[Staged]]:
        """The camera, from which x to which a narrower picture has to hold, and the cast that goes on before it."""
        plan, (start, end) = moment.plan, span
        assert plan.camera
        rig = direct(
            (plan.camera, plan.then) if self.faithful and plan.then else plan.camera,
            start=whole[0],
            end=whole[1],
            frame=frame,
            pace=plan.pace,
            seed=self.seed + index,
            bold=self.faithful,
            even=self.faithful and bool(plan.passed),
        )
        held = None
        if self.faithful:
            rig, held = closeups.closer(plan, staged, rig, start, end, self.seed + index)
        if self.faithful and plan.then == "orbit" and frame.follow is not None:
            staged = [playing.onward(piece, rig, self.way or 1.0) for piece in staged]
        return rig, held, staged

    def _leads(self, plan: Plan) -> list[Turn]:
        """Whom there is room for."""
        leads = [t for t in plan.turns if t.subject is None]
        if self.faithful:
            leads = [*[t for t in leads if not scenery(t.role)][:3], *[t for t in leads if scenery(t.role)][:2]]
        return leads[: 5 if self.faithful else 3]

    def _staged(self, leads: list[Turn], way: float, moment: Moment) -> list[Staged]:
        """The leads, each with what it does and deals with, and the deeds between them."""
        staged: list[Staged] = []
        waiting = list(leads)
        players = [t for t in leads if not scenery(t.role)]
        while waiting:
            turn = waiting.pop(0)
            x = moment.slots[id(turn)]
            alone = len(players if self.faithful else leads) == 1
            facing = way if alone else (1.0 if x < 0 else -1.0)
            if turn.action in ("walk", "run", "roll", "drive", "fly", "slide") or alone:
                facing = way
            if turn.role.kind == "person":
                staged += self._person(turn, x, facing, moment, staged)
            elif turn.action == "collide":
                mate = turn.object or next((t for t in waiting if t.role.kind != "person"), None)
                if mate is None:
                    mate = Turn(role=Role(kind=turn.role.kind, number=len(self.cast)))
                    self.cast.append(mate.role)
                elif mate in waiting:
                    waiting.remove(mate)
                staged += falling.collide(self._prop(turn, x, facing, moment), self._prop(mate, x, facing, moment))
            else:
                piece = things.in_turn(
                    self._prop(turn, x, facing, moment, moment.plan.place or ""),
                    turn.steps or [turn.action or "stand"],
                )
                behind = self.faithful and len(players) > 1 and depth(turn.role, moment.plan.place or "") > 0
                staged.append(replace(piece, aside=self.faithful and (scenery(turn.role) or behind) and bool(players)))
                if turn.object is not None:
                    staged.append(things.build(self._prop(turn.object, x + 0.9 * facing, facing, moment), "stand"))
        return self._happened(self._caught(staged, leads, moment), way, moment) if self.faithful else staged

    @staticmethod
    def _caught(staged: list[Staged], leads: Sequence[Turn], moment: Moment) -> list[Staged]:
        """Where somebody throws, whoever else is there catches, in the air."""
        if not any(t.family == "throw" for t in leads):
            return staged
        others = [
            t
            for t in leads
            if not scenery(t.role)
            and t.family != "throw"
            and t.role.kind != "person"
            and t.role.cutout is not None
            and t.role.cutout.nature.move in ("walk", "hop")
        ]
        names = {actor_name(t.role) for t in others[:1]}
        when = playing.catch_time(moment.start, moment.end)
        return [playing.leaping(piece, when) if piece.actor.name in names else piece for piece in staged]

    def _happened(self, staged: list[Staged], way: float, moment: Moment) -> list[Staged]:
        """The cast with the deeds of its shot done."""
        silent = replace(moment, music=None)
        return happenings.happen(
            Scene(
                plan=moment.plan,
                start=moment.start,
                end=moment.end,
                way=way,
                ground=moment.ground,
                seed=self.seed,
                staged=staged,
                spoken={number: tuple(line[0] for line in lines) for number, lines in moment.said.items()},
                prop=lambda role, x, side: self._prop(Turn(role=role), x, side, silent),
                passer=lambda n, x, side, behind: self._passer(n, x, side, behind, silent),
            )
        )

    def _placed(self, staged: Sequence[Staged], start: float, end: float) -> None:
        """Put what is spoken in the shot where its speaker's mouth is."""
        mouths = {s.actor.name: s.actor for s in staged}
        for n, speech in enumerate(self.spoken):
            if start <= speech.start < end and speech.actor in mouths:
                x, y, z = mouths[speech.actor].at(speech.start).position
                self.spoken[n] = replace(speech, position=(x, y + 0.87 * mouths[speech.actor].size[1], z))

    def _framed(self, staged: Sequence[Staged], way: float, moment: Moment, end: float) -> Frame:
        """The box of the stage that the camera has to hold."""
        plan = moment.plan
        frame = frame_of(staged, plan, moment.dice, self.faithful)
        if self.faithful and plan.then and frame.follow is not None:  # both moves see whom they follow from as far
            middle = (frame.left + frame.right) / 2
            frame = replace(
                frame,
                left=max(frame.left, middle - 1.1),
                right=min(frame.right, middle + 1.1),
                turn=way * min(1.9, 0.28 * (end - moment.start)) if plan.then == "orbit" else frame.turn,
            )
        return frame

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


def _arm(staged: Sequence[Staged], start: float, way: float) -> int:
    """The side of the first person's arm that holds the camera: -1 left, 1 right; 0 where nobody is."""
    return next((int(math.copysign(1, piece.actor.at(start).facing or way)) for piece in staged if piece.actor.look), 0)


def _seen(staged: Sequence[Staged], rig: Rig, start: float, end: float) -> list[Contact]:
    """What is touched in a shot, and whether the camera sees it."""
    contacts = []
    for piece in staged:
        for c in piece.contacts:
            if start < c.time <= end or (c.time == start == 0.0):
                u, v, _ = project(rig(c.time), c.position)
                contacts.append(replace(c, visible=abs(u) < HALF_WIDTH and abs(v) < 0.5))
    return contacts
