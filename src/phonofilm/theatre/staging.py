"""From a script to a play: who stands where, what happens when, under which camera. What the words leave open the seed decides."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from phonofilm.prompt.language import guess_language
from phonofilm.prompt.negation import masked
from phonofilm.prompt.parse import parse
from phonofilm.prompt.script import Line, Script
from phonofilm.theatre import acting, falling, puppetry, repertoire, things
from phonofilm.theatre.blocking import BEHIND, STAGE, frame_of, scenery, slots_of
from phonofilm.theatre.camera import HALF_WIDTH, direct, project
from phonofilm.theatre.company import Prologue, by_name, lately, names_in, played
from phonofilm.theatre.plan import Plan, Role, Turn
from phonofilm.theatre.play import (
    CAMERA_MOVES,
    HOURS,
    PLACES,
    Contact,
    Look,
    Music,
    Phoneme,
    Play,
    Shot,
    Speech,
)
from phonofilm.theatre.prop import Prop
from phonofilm.theatre.reading import read
from phonofilm.theatre.scan import tokens_of
from phonofilm.theatre.speakers import turn_of
from phonofilm.theatre.wardrobe import Dress, Staged, dressed, look_of, shade

TEMPI = {"cheerful": (110, 128), "calm": (66, 84), "sad": (60, 76), "tense": (90, 120), "playful": (100, 130), "epic": (80, 100)}
SMALL_TALK = (
    "Hello there, how are you today?",
    "What a lovely place this is.",
    "Look over there, can you see it?",
    "I was just thinking of you.",
    "Well, here we are at last.",
)
PACES = {"slow": 0.75, "normal": 1.0, "fast": 1.25}
LEAD = 0.4
"""Seconds of a shot before its first line is spoken."""


def stage_text(text: str, seconds: float, seed: int) -> Play:
    """Parse a prompt and stage it. Raises PromptError where the text is no script."""
    return stage(parse(text), seconds, seed)


def stage(
    script: Script, seconds: float, seed: int, dress: Mapping[str, Dress] | None = None, *, changes: Sequence[tuple[int, str]] = (),
    looks: dict[int, tuple[str, Look]] | None = None,
) -> Play:
    """The play of a script: deterministic for a script, a length and a seed. ``dress``: colours for whom an @name of the script stands for.

    ``changes``: (of how many shots, words) that put another place, hour, weather or music in place of the script's and leave all else as
    it is. ``looks``: of the cast by number, as an earlier part of the same clip drew them; new ones are added.

    Never fails on words it does not know: they are listed in ``Play.unknown``. ``Play.labels`` tells what the first shot's main
    subject became (colour, kind, place, hour, weather, action, camera).
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


def _actor(role: Role) -> str:
    """The name under which a role plays."""
    return f"{role.kind}-{role.number + 1}"


class _Director:
    def __init__(
        self, script: Script, seconds: float, seed: int, dress: Mapping[str, Dress] | None = None, changes: Sequence[tuple[int, str]] = (),
        looks: dict[int, tuple[str, Look]] | None = None,
    ) -> None:
        self.script, self.seconds, self.seed = script, seconds, seed
        self.dress = {name.lower(): worn for name, worn in (dress or {}).items()}
        self.dressed: dict[str, tuple[str, bool]] = {}
        self.chance = random.Random(seed * 2 + 1)
        self.cast: list[Role] = []
        self.changes = changes
        self.looks: dict[int, tuple[str, Look]] = {} if looks is None else looks
        self.spoken: list[Speech] = []
        self.chosen: list[str] = []
        """What the words leave open and was settled without the seed, and what they keep out; each a sentence."""
        self.kept_out = script.kept_out
        self.labels: dict[str, str] = {}
        self.way: float | None = None
        """The side the clip plays towards, the same in all shots: who stood on the left stays on the left."""

    def plans(self) -> list[Plan]:
        """What the words say of every shot, completed from the seed."""
        names = names_in(self.script)
        prologue = Prologue(len(self.script.preamble)) if self.script.preamble else None
        plans = []
        for n, shot in enumerate(self.script.shots):
            plans.append(read(masked(self.script.caption(n)), self.cast, [line.speaker for line in shot.lines], names, prologue, self.dress))
            self._speakers(plans[-1], shot.lines)
        if self.kept_out:
            self.chosen.append(f"kept out: {', '.join(self.kept_out)}")
        self._backdrop(plans)
        self._fill(plans)
        self._cast_references(plans)
        return plans

    def notes(self, plans: list[Plan]) -> tuple[str, ...]:
        """What the user should know beside the unknown words."""
        return tuple(dict.fromkeys([*self.chosen, *(note for plan in plans for note in plan.notes), *played([turn.role for plan in plans for turn in plan.turns])]))

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
            shot, heard = self._shot(plan, script.shots[index].lines, start, end, dice, music, index)
            shots.append(shot)
            contacts += heard
            ambience += self._air(plan, start, end)
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

    def _cast_references(self, plans: list[Plan]) -> None:
        """Every reference to whom its @name stands for; one that stands for nobody to the first who wears none yet."""
        free = [turn.role for plan in plans for turn in sorted(plan.turns, key=lambda turn: turn.subject is not None)]
        for name in self.dress:
            said = by_name(name, self.cast)
            if said is not None:
                said.reference = name
                self.dressed[name] = (_actor(said), True)
        for name in self.dress:
            role = next((role for role in free if role.reference not in self.dress), None)
            if name not in self.dressed and role is not None:
                role.reference = name
                self.dressed[name] = (_actor(role), False)

    # --- completing the plans ----------------------------------------------------------------------------------------

    def _speakers(self, plan: Plan, lines: Sequence[Line]) -> None:
        """Every speaker gets a role, everyone who speaks and does nothing else talks; a close-up shows who speaks."""
        for line in lines:
            turn = turn_of(plan, line.speaker, self.cast)
            if turn is None:
                continue
            plan.focus = plan.focus or turn.role
            if turn.action in (None, "stand", "play"):
                turn.action = "talk"
            elif turn.action != "talk" and "talk" not in turn.also:
                turn.also.append("talk")

    def _backdrop(self, plans: list[Plan]) -> None:
        """Where words are spoken of that only cut-outs play, or none at all, no place is drawn by lot: a bare stage by daylight stands in."""
        strange = any(plan.unknown or plan.notes for plan in plans) or any(role.cutout is not None for role in self.cast) or not self.cast
        if strange:
            plans[0].weather, plans[0].hour = plans[0].weather or "clear", plans[0].hour or "noon"
        if strange and all(plan.place is None for plan in plans):
            dry = all(plan.weather in (None, "clear") for plan in plans)
            plans[0].place = "beach" if any(r.cutout is not None and r.cutout.nature.move in ("sail", "swim") for r in self.cast) else "stage" if dry else "meadow"
            self.chosen.append(f"no place is named that the theatre knows; a bare {plans[0].place} stands in, so name one (such as beach, forest, city, room)")
        if not self.cast:
            self.chosen.append("nobody is named whom the theatre can show; the place is empty")

    def _fill(self, plans: list[Plan]) -> None:
        chance = self.chance
        place, hour = chance.choice(PLACES), chance.choice(HOURS)
        weather = "clear" if chance.random() < 0.7 else chance.choice(("rain", "snow", "fog", "wind"))
        said_place = None
        for index, plan in enumerate(plans):
            if index and self._changed(plans[:index]):
                said_place = place = plans[index - 1].place or place
                hour, weather = plans[index - 1].hour or hour, plans[index - 1].weather or weather
            if plan.place is None:
                plan.place = said_place or self._fitting(plan, place)
            if plan.weather is None:
                dry = plan.place in ("room", "stage", "desert") or (said_place is not None and said_place != plan.place)
                plan.weather = "clear" if dry or (weather == "snow" and plan.place == "beach") or (weather == "rain" and plan.place == "snow") else weather
            said_place = place = plan.place
            plan.hour = hour = plan.hour or hour
            weather = plan.weather
            if not plan.turns and self.cast:
                plan.turns.append(Turn(role=lately(self.cast)[0]))
            for turn in plan.turns:
                if turn.action is None and turn.subject is None:
                    turn.action = "stand" if turn.role.kind == "person" or turn.role.cutout is not None else chance.choice(repertoire.PROPS[turn.role.kind][2].split())
            if plan.camera == "pan":
                plan.camera = chance.choice(("pan_left", "pan_right"))
            if plan.camera is None:
                plan.camera = "static" if plan.close or chance.random() < 0.45 else chance.choice(CAMERA_MOVES[1:])

        self._changed(plans)

    def _changed(self, plans: list[Plan]) -> bool:
        """Put the words of every change that was said of just so many shots in place of theirs; was there any?"""
        found = [words for count, words in self.changes if count == len(plans)]
        for words in found:
            scene = read(words, [])
            if scene.place == "snow" and all(token.category != "place" for token in tokens_of(words)[0]):
                scene.place, scene.weather = None, scene.weather or "snow"  # "let it snow" is the weather, not another place
            for plan in plans:
                plan.place, plan.hour, plan.weather = scene.place or plan.place, scene.hour or plan.hour, scene.weather or plan.weather
                plan.music = plan.music if scene.music is None else scene.music or plan.music or ""
                plan.sounds = [*plan.sounds, *(sound for sound in scene.sounds if sound not in plan.sounds)]
                plan.unknown += scene.unknown if plan is plans[0] else []
        return bool(found)

    def _fitting(self, plan: Plan, place: str) -> str:
        """Outdoor weather needs a place outdoors."""
        return self.chance.choice(("meadow", "city", "forest")) if place in ("room", "stage") and plan.weather not in (None, "clear") else place

    def _music(self, plans: list[Plan]) -> Music | None:
        said = next((p.music for p in plans if p.music), None)
        wanted = any(p.music is not None for p in plans) or any(t.action == "dance" for p in plans for t in p.turns)
        dice = random.Random(self.seed * 31 + 9)
        mood = said or dice.choice(("cheerful", "playful", "epic") if any(t.action == "dance" for p in plans for t in p.turns) else tuple(TEMPI))
        tempo = float(dice.randint(*TEMPI[mood]))
        if not wanted or "music" in self.kept_out:
            return None
        beats, n = [], 0
        while n * 60 / tempo < self.seconds:
            beats.append(n * 60 / tempo)
            n += 1
        return Music(mood=mood, tempo=tempo, beats=tuple(beats), seed=self.seed)

    def _air(self, plan: Plan, start: float, end: float) -> list[tuple[float, float, str, float]]:
        if "silence" in plan.sounds:
            return []
        assert plan.place is not None
        out = [(start, end, repertoire.AMBIENCE[plan.place], 0.35)]
        if plan.hour == "night" and plan.place in ("meadow", "forest", "beach", "desert") and plan.weather in ("clear", "fog"):
            out = [(start, end, "night", 0.3)] + ([out[0]] if plan.place == "beach" else [])
        if plan.weather == "rain":
            out.append((start, end, "rain", 0.55))
        if plan.weather in ("wind", "snow"):
            out.append((start, end, "wind", 0.6 if plan.weather == "wind" else 0.3))
        for sound in plan.sounds:
            out = [o for o in out if o[2] != sound] + [(start, end, sound, 0.65)]
        return out

    # --- one shot ----------------------------------------------------------------------------------------------------

    def _shot(
        self, plan: Plan, lines: Sequence[Line], start: float, end: float, dice: random.Random, music: Music | None, index: int
    ) -> tuple[Shot, list[Contact]]:
        assert plan.place and plan.hour and plan.weather and plan.camera
        ground = plan.ground if plan.ground and plan.place == "room" else repertoire.GROUNDS[plan.place]
        said = self._place_lines(plan, lines, start, end)
        leads = [t for t in plan.turns if t.subject is None][:3]
        way = dice.choice((-1.0, 1.0))
        way = self.way = way if self.way is None else self.way
        staged: list[Staged] = []
        waiting = list(leads)
        slots = slots_of(leads, way)
        while waiting:
            turn = waiting.pop(0)
            x = slots[id(turn)]
            facing = way if len(leads) == 1 else (1.0 if x < 0 else -1.0)
            if turn.action in ("walk", "run", "roll", "drive", "fly", "slide") or len(leads) == 1:
                facing = way
            if turn.role.kind == "person":
                staged += self._person(turn, x, facing, start, end, ground, dice, music, slots, said, plan.camera, staged)
            elif turn.action == "collide":
                mate = turn.object or next((t for t in waiting if t.role.kind != "person"), None)
                if mate is None:
                    mate = Turn(role=Role(kind=turn.role.kind, number=len(self.cast)))
                    self.cast.append(mate.role)
                elif mate in waiting:
                    waiting.remove(mate)
                one, two = falling.collide(
                    self._prop(turn, x, facing, start, end, ground, dice, music), self._prop(mate, x, facing, start, end, ground, dice, music)
                )
                staged += [one, two]
            else:
                staged.append(things.build(self._prop(turn, x, facing, start, end, ground, dice, music), turn.action or "stand"))
                if turn.object is not None:
                    staged.append(things.build(self._prop(turn.object, x + 0.9 * facing, facing, start, end, ground, dice, music), "stand"))
        mouths = {s.actor.name: s.actor for s in staged if s.actor.look is not None}
        for n, speech in enumerate(self.spoken):
            if start <= speech.start < end and speech.actor in mouths:
                x, y, z = mouths[speech.actor].at(speech.start).position
                self.spoken[n] = replace(speech, position=(x, y + 0.87 * mouths[speech.actor].size[1], z))
        frame = frame_of(staged, plan, dice)
        rig = direct(plan.camera, start=start, end=end, frame=frame, pace=plan.pace, seed=self.seed + index)
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
            seed=self.seed * 8 + PLACES.index(plan.place),
            wind=wind,
        )
        return shot, contacts

    def _colour(self, role: Role, beside: str | None = None) -> str:
        """The role's colour, drawn where it is not said; a thing somebody handles gets a plain one that leaves the accent to them."""
        if role.cutout is not None and role.colour is None:
            role.colour = puppetry.named_colour(role.cutout)
        if role.colour is None and beside is not None:
            plain = {"door": ("brown", "grey"), "bell": ("yellow", "brown"), "drum": ("brown", "white"), "cup": ("white", "blue"), "bottle": ("green", "brown")}
            options = plain.get(role.kind, ("grey", "brown"))
            role.colour = options[0] if options[0] != beside else options[1]
        if role.colour is None:
            own = random.Random(self.seed * 77 + role.number * 13 + 1)
            before = [r for r in self.cast if r.kind == "person" and r.number < role.number] if role.kind == "person" else []
            taken = {self._colour(r) for r in before}
            role.colour = own.choice(tuple(repertoire.COLOURS))
            while role.colour in taken and len(taken) < len(repertoire.COLOURS):
                role.colour = own.choice(tuple(repertoire.COLOURS))
        return role.colour

    def _prop(self, turn: Turn, x: float, way: float, start: float, end: float, ground: str, dice: random.Random, music: Music | None) -> Prop:
        role = turn.role
        size, material = (role.cutout.size, role.cutout.nature.material) if role.cutout is not None else repertoire.PROPS[role.kind][:2]
        own = random.Random(self.seed * 53 + role.number * 7 + 2)
        scale = {"big": 1.35, "small": 0.72}.get(role.size or "", own.uniform(0.9, 1.15))
        name = self._colour(role, turn.subject.role.colour if turn.subject is not None else None)
        colour = shade(name, own) if role.cutout is None or role.tint is not None else puppetry.main_colour(role.cutout)
        return Prop(
            cutout=role.cutout,
            tint=colour if role.tint is not None else None,
            name=_actor(role),
            kind=role.kind,
            colour_name=name,
            colour=self.dress[role.reference].tinted(colour) if role.reference in self.dress else colour,
            size=(size[0] * scale, size[1] * scale, size[2] * scale),
            material=role.material or material,
            start=start,
            end=end,
            x=x,
            z=STAGE + (BEHIND if scenery(role) else 0.0),
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
        camera: str,
        others: Sequence[Staged],
    ) -> list[Staged]:
        role = turn.role
        colour, look = self._look(role)
        thing = turn.object
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
        player = acting.Player(
            name=_actor(role),
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
            roam=camera == "track",
            speech=tuple(said.get(role.number, ())),
            gaze=(lambda time: aim(time).position) if aim else None,
            mood=mood,
            seed=self.seed * 3 + role.number,
        )
        return acting.act(player, prop)

    def _look(self, role: Role) -> tuple[str, Look]:
        if role.number not in self.looks:
            name = self._colour(role)
            tint = shade(name, random.Random(self.seed * 53 + role.number * 7 + 2))
            self.looks[role.number] = (name, look_of(role, tint, self.seed))
        name, look = self.looks[role.number]
        return name, dressed(look, self.dress[role.reference]) if role.reference in self.dress else look

    def _place_lines(self, plan: Plan, lines: Sequence[Line], start: float, end: float) -> dict[int, list[tuple[float, tuple[Phoneme, ...]]]]:
        """Lines one after the other from 0.4 s into the shot; what does not fit before the shot's end is cut off there."""
        talk = [(turn_of(plan, line.speaker, self.cast), line) for line in lines]
        if not talk and "voice" not in self.kept_out:
            silent = [t for t in plan.turns if t.action == "talk" and t.role.kind == "person"]
            dice = random.Random(self.seed + 5)
            talk = [(t, Line(speaker="", text=dice.choice(SMALL_TALK), language="en")) for t in silent[:2]]
        from phonofilm.theatre.speech import phonemes

        placed: dict[int, list[tuple[float, tuple[Phoneme, ...]]]] = {}
        now = start + min(LEAD, 0.15 * (end - start))
        for turn, line in talk:
            language = line.language or guess_language(line.text)
            voice = self._look(turn.role)[1].voice if turn is not None else 1.0
            sounds = tuple(p for p in phonemes(line.text, language, voice) if now + p.start < end)
            if not sounds:
                continue
            last = min(end, now + sounds[-1].end)
            name = f"person-{turn.role.number + 1}" if turn is not None else "voice"
            self.spoken.append(
                Speech(start=now, end=last, actor=name, text=line.text, language=language, voice=voice, phonemes=sounds, position=(0.0, 1.5, STAGE))
            )
            if turn is not None:
                placed.setdefault(turn.role.number, []).append((now, sounds))
            now = last + 0.25
        return placed
