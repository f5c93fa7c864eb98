"""Completing what the words say of a clip's shots: who speaks, where it plays, the hour, the weather, the camera, the
music and the air."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from phonofilm.prompt.asides import scene
from phonofilm.prompt.camera import MOVES
from phonofilm.prompt.script import Line, Script
from phonofilm.theatre.lexicon import families, nouns, repertoire
from phonofilm.theatre.play import HOURS, PLACES, Music
from phonofilm.theatre.reading import account, course, deeds, framing
from phonofilm.theatre.reading.company import Prologue, by_name, lately, names_in, played, recast
from phonofilm.theatre.reading.plan import Dress, Plan, Role, Turn, actor_name, handy, scenery
from phonofilm.theatre.reading.reading import read
from phonofilm.theatre.reading.scan import tokens_of
from phonofilm.theatre.reading.speakers import turn_of

TEMPI = {
    "cheerful": (110, 128),
    "calm": (66, 84),
    "sad": (60, 76),
    "tense": (90, 120),
    "playful": (100, 130),
    "epic": (80, 100),
}


_WITHIN = {
    "train_interior": (
        "tram",
        "train",
        "metro",
        "high-speed-train",
        "bullet-train",
        "light-rail",
        "bus",
        "trolleybus",
        "railway-car",
    ),
    "car_interior": ("car", "taxi", "sport-utility-vehicle"),
    "bathroom": ("mirror", "shower", "bathtub"),
    "platform": ("station",),
}
"""What a place shows of itself."""
_INSTRUMENTS = ("guitar", "musical-keyboard", "violin", "trumpet", "saxophone", "accordion", "flute", "banjo")
_RIDERS = ("surfer", "skier", "snowboarder")


def _acts(role: Role) -> bool:
    """Is it somebody or something that a shot can be about?"""
    if role.cutout is None:
        return role.kind in ("person", "car", "bird")
    return role.cutout.nature.move not in ("stand", "grow", "burn", "float", "roll") and not nouns.weak(role.cutout)


_MOUNTS = ("drive", "sail", "fly", "walk", "hop", "ride")
_WITH_THINGS = ("drum", "ring", "knock", "close", "drop", "kick", "strike", "ride", "drive")
"""What is played with a thing takes its whole shot."""


class Completing:
    """The shots of a script as plans with nothing left open; the seed decides what the words do not."""

    def __init__(
        self,
        script: Script,
        seconds: float,
        seed: int,
        dress: Mapping[str, Dress] | None = None,
        changes: Sequence[tuple[int, str]] = (),
    ) -> None:
        self.script, self.seconds, self.seed = script, seconds, seed
        self.dress = {name.lower(): worn for name, worn in (dress or {}).items()}
        self.dressed: dict[str, tuple[str, bool]] = {}
        self.chance = random.Random(seed * 2 + 1)
        self.cast: list[Role] = []
        self.changes = changes
        self.chosen: list[str] = []
        """What the words leave open and was settled without the seed, and what they keep out; each a sentence."""
        self.kept_out = script.kept_out
        self.faithful = False
        """Is nothing left to the seed that is seen: no colour aside, no hat, no accident?"""

    def plans(self) -> list[Plan]:
        """What the words say of every shot, completed from the seed."""
        names = names_in(self.script)
        prologue = Prologue(len(self.script.preamble)) if self.script.preamble else None
        plans = []
        for n, shot in enumerate(self.script.shots):
            plans.append(
                read(
                    scene(self.script.caption(n)),
                    self.cast,
                    [line.speaker for line in shot.lines],
                    names,
                    prologue,
                    self.dress,
                    self.script.meanings,
                )
            )
            self._speakers(plans[-1], shot.lines)
        if self.kept_out:
            self.chosen.append(f"kept out: {', '.join(self.kept_out)}")
        self._backdrop(plans)
        self._fill(plans)
        self._courses(plans)
        self._cast_references(plans)
        return plans

    def notes(self, plans: list[Plan]) -> tuple[str, ...]:
        """What the user should know beside the unknown words."""
        shown = (note for plan in plans for note in account.placed(plan))
        others = [*self.chosen, *shown, *played([turn.role for plan in plans for turn in plan.turns])]
        return account.ranked(account.account(self.script, plans, self.dress), others)

    def _cast_references(self, plans: list[Plan]) -> None:
        """Every reference to whom its @name stands for; one that stands for nobody to the first who wears none yet."""
        free = [turn.role for plan in plans for turn in sorted(plan.turns, key=lambda turn: turn.subject is not None)]
        for name in self.dress:
            said = by_name(name, self.cast)
            if said is not None:
                said.reference = name
                self.dressed[name] = (actor_name(said), True)
        for name in self.dress:
            role = next((role for role in free if role.reference not in self.dress), None)
            if name not in self.dressed and role is not None:
                role.reference = name
                self.dressed[name] = (actor_name(role), False)

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
        """Where words go beyond the repertoire, or nobody plays, nothing is drawn by lot: daylight, clear air, and a
        blank backdrop for a place."""
        self.faithful = (
            any(plan.unknown or plan.notes or plan.strange for plan in plans)
            or any(role.cutout is not None for role in self.cast)
            or not self.cast
        )
        if self.faithful:
            framing.settle(plans)
            if all(plan.place is None for plan in plans):
                afloat = any(r.cutout is not None and r.cutout.nature.move in ("sail", "swim") for r in self.cast)
                plans[0].place = "water" if afloat else "studio"
                shown = "open water" if afloat else "a blank backdrop"
                if plans[0].place == "studio" and any(scenery(role) for role in self.cast):
                    plans[0].place, shown = "meadow", "open ground"
                self.chosen.append(
                    f"no place is named that the theatre knows; {shown} stands in, so name one (such as beach, forest,"
                    " city, kitchen, studio)"
                )
            for plan in plans:
                plan.place = plan.rather if plan.rather and plan.place == "room" else plan.place
            if plans[0].place is None:
                plans[0].place = next(plan.place for plan in plans if plan.place is not None)
            for before, plan in zip([None, *plans], plans, strict=False):
                if plan.faintly and before is not None and before.place is not None and not before.faintly:
                    plan.place, plan.faintly = before.place, False  # a scene keeps its place
                if before is not None and before.place == plan.place and not deeds.one(plan, "burning"):
                    plan.deeds += [
                        deed for deed in before.deeds if deed.kind == "burning"
                    ]  # what burns goes on burning
                self._sorted_out(plan)
                plan.close = plan.close or (plan.place == "car_interior" and not plan.wide)
                if plan.passed and plan.camera is None:
                    plan.camera = "push_in"
            recast(plans, " ".join(self.script.caption(n) for n in range(len(plans))))
        if not self.cast:
            self.chosen.append("nobody is named whom the theatre can show; the place is empty")

    def _sorted_out(self, plan: Plan) -> None:
        """The cast of a shot as its words mean it: nothing from before the first shot beside what the shot tells of
        itself, no train within the train, the star where only a part of it is told of, things in the hands they belong
        to, and families of movement for things."""
        own = [turn for turn in plan.turns if not turn.inherited]
        if any(turn.role.cutout is None or not nouns.weak(turn.role.cutout) for turn in own):
            plan.turns = [turn for turn in plan.turns if not turn.inherited or scenery(turn.role)]
        within = _WITHIN.get(plan.place or "", ())
        plan.turns = [turn for turn in plan.turns if turn.role.kind not in within or turn.family or turn.spoken]
        if plan.part and not any(_acts(turn.role) for turn in plan.turns):
            star = next((role for role in lately(self.cast) if _acts(role)), None)
            if star is not None:
                plan.turns = [
                    Turn(role=star),
                    *[turn for turn in plan.turns if turn.role.cutout is None or not nouns.weak(turn.role.cutout)],
                ]
                plan.focus, plan.close = star, plan.close or not plan.wide
        deeds.settle(plan, self.cast)
        here = {id(turn) for turn in plan.turns}
        for turn in plan.turns:
            holder = turn.hand
            can = repertoire.PROP_ACTIONS.get(turn.role.kind, ()) if turn.role.cutout is None else ()
            own = turn.spoken in can or turn.spoken in ("drop", "break", "roll", "topple", "fall", "spin", "pour")
            mount = (
                holder is not None
                and holder.family == "ride"
                and turn.role.cutout is not None
                and turn.role.cutout.nature.move in _MOUNTS
            )
            if (
                holder is not None
                and id(holder) in here
                and holder.object is None
                and not own
                and turn.subject is None
                and (mount or handy(turn.role))
            ):
                holder.object, turn.subject = turn, holder
                holder.family = holder.family if holder.family not in (None, "look", "turn") else "hold"
            if turn.role.kind == "person":
                if (
                    turn.object is not None
                    and turn.spoken in (None, "stand", "talk", "play")
                    and turn.action not in ("drum", "knock", "ring", "close")
                ):
                    turn.family, turn.action = turn.family or "hold", "talk" if turn.spoken == "talk" else "stand"
                if turn.role.word in _RIDERS and plan.place in ("water", "snow", "mountain") and turn.family is None:
                    turn.family = "ride"
            elif turn.family is not None and turn.action in (None, "stand"):
                turn.action = self._moves(turn)
        for turn in [
            turn
            for turn in plan.turns
            if turn.role.kind in _INSTRUMENTS and turn.subject is None and not turn.role.word.isascii()
        ]:
            plan.turns.remove(turn)  # as an English "guitar" that nobody holds is heard and not seen
            plan.music = plan.music or ""

    @staticmethod
    def _moves(turn: Turn) -> str:
        """What a family of movement comes to for a thing."""
        if turn.role.cutout is not None:
            lives = turn.role.cutout.nature.move not in ("stand", "grow", "burn", "float", "roll")
            moved = turn.family in ("fall", "spin", "rise", "leave", "enter", "approach")
            return (
                "stand"
                if turn.family == "turn" or not (lives or moved)
                else families.does(turn.role.cutout, turn.family)
            )
        goes = {"car": "drive", "ball": "roll", "bird": "fly", "balloon": "float"}.get(turn.role.kind, "stand")
        return {"fall": "drop"}.get(
            turn.family or "",
            goes if turn.family in ("enter", "leave", "cross", "approach", "ride", "spin", "rise") else "stand",
        )

    def _courses(self, plans: list[Plan]) -> None:
        """Of all that somebody does in a shot, what there is time for; what there is not is said."""
        for plan, (start, end) in zip(plans, self.script.times(self.seconds), strict=True):
            for turn in plan.turns:
                steps: list[tuple[str, str]] = []
                for what, word in turn.course:
                    if what in course.LEAST and (not steps or (steps[-1][0] != what and steps[-1][1] != word)):
                        steps.append((what, word))
                if turn.role.cutout is not None and turn.also:
                    self._left_out(turn, plan, end - start)
                alone = (
                    turn.role.kind != "person"
                    or not self.faithful
                    or any(what in _WITH_THINGS for what, _ in turn.course)
                    or turn.family == "ride"
                )
                turn.course = []
                handled = [word for what, word in steps if what not in _WITH_THINGS]
                if alone and handled and self.faithful and turn.role.kind == "person" and len(steps) > len(handled):
                    self.chosen.append(
                        f"what is done with a thing takes the whole shot; {', '.join(repr(word) for word in handled)}:"
                        " give it a shot of its own"
                    )
                if alone or len(steps) < 2:
                    continue
                turn.course, late = course.fitted(steps, end - start)
                if late:
                    needed = sum(course.LEAST[what] for what, _ in steps)
                    said = ", ".join(f"'{word}'" for _, word in late)
                    self.chosen.append(
                        f"{said}: the shot of {end - start:.3g} s has no time left for it; give it {needed:.2g} s or a"
                        " shot of its own"
                    )

    def _left_out(self, turn: Turn, plan: Plan, seconds: float) -> None:
        """Of a cut-out that does several things: what it plays in turn, and a note of the rest."""
        assert turn.role.cutout is not None
        busy = turn.action == "catch" or any(
            deed.of is turn.role and deed.kind not in deeds.COMMON for deed in plan.deeds
        )
        more = [families.does(turn.role.cutout, one) for one in turn.also if one != "talk"]
        steps, late = course.doings(turn.action, [] if busy else more, seconds)
        turn.action, turn.steps = steps[0] if steps else turn.action, steps
        if late:
            self.chosen.append(
                f"'{turn.role.word}' has no time left in its {seconds:.3g} s for {', '.join(late)}; give it a shot of"
                " its own"
            )

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
                dry = plan.place in ("desert", *repertoire.INDOORS) or (
                    said_place is not None and said_place != plan.place
                )
                plan.weather = (
                    "clear"
                    if dry
                    or (weather == "snow" and plan.place == "beach")
                    or (weather == "rain" and plan.place == "snow")
                    else weather
                )
            said_place = place = plan.place
            plan.hour = hour = plan.hour or hour
            weather = plan.weather
            if not plan.turns and self.cast:
                plan.turns.append(Turn(role=lately(self.cast)[0]))
            for turn in plan.turns:
                if turn.action is None and turn.subject is None:
                    still = turn.role.kind == "person" or turn.role.cutout is not None or self.faithful
                    turn.action = "stand" if still else chance.choice(repertoire.PROPS[turn.role.kind][2].split())
            if plan.camera == "pan":
                plan.camera = chance.choice(("pan_left", "pan_right"))
            if plan.camera is None:
                plan.camera = (
                    "static" if plan.close or self.faithful or chance.random() < 0.45 else chance.choice(MOVES[1:])
                )

        self._changed(plans)

    def _changed(self, plans: list[Plan]) -> bool:
        """Put the words of every change that was said of just so many shots in place of theirs; was there any?"""
        found = [words for count, words in self.changes if count == len(plans)]
        for words in found:
            scene = read(words, [])
            if scene.place == "snow" and all(token.category != "place" for token in tokens_of(words)[0]):
                scene.place, scene.weather = (
                    None,
                    scene.weather or "snow",
                )  # "let it snow" is the weather, not another place
            for plan in plans:
                plan.place, plan.hour, plan.weather = (
                    scene.place or plan.place,
                    scene.hour or plan.hour,
                    scene.weather or plan.weather,
                )
                plan.music = plan.music if scene.music is None else scene.music or plan.music or ""
                plan.sounds = [*plan.sounds, *(sound for sound in scene.sounds if sound not in plan.sounds)]
                plan.unknown += scene.unknown if plan is plans[0] else []
        return bool(found)

    def _fitting(self, plan: Plan, place: str) -> str:
        """Outdoor weather needs a place outdoors."""
        return (
            self.chance.choice(("meadow", "city", "forest"))
            if place in ("room", "stage") and plan.weather not in (None, "clear")
            else place
        )

    def _music(self, plans: list[Plan]) -> Music | None:
        said = next((p.music for p in plans if p.music), None)
        wanted = any(p.music is not None for p in plans) or any(t.action == "dance" for p in plans for t in p.turns)
        dice = random.Random(self.seed * 31 + 9)
        mood = said or dice.choice(
            ("cheerful", "playful", "epic")
            if any(t.action == "dance" for p in plans for t in p.turns)
            else tuple(TEMPI)
        )
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
        if (
            plan.hour == "night"
            and plan.place in ("meadow", "forest", "beach", "desert")
            and plan.weather in ("clear", "fog")
        ):
            out = [(start, end, "night", 0.3)] + ([out[0]] if plan.place == "beach" else [])
        if plan.weather == "rain":
            out.append((start, end, "rain", 0.55))
        if plan.weather in ("wind", "snow"):
            out.append((start, end, "wind", 0.6 if plan.weather == "wind" else 0.3))
        for sound in plan.sounds:
            out = [o for o in out if o[2] != sound] + [(start, end, sound, 0.65)]
        return out
