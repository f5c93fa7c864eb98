"""From the words of a shot to a plan: who is there, looking how, doing what, where, when and under which camera.

A left-to-right reading, not a grammar: adjectives wait for their noun, a verb goes to the nearest subject, a thing
named after a person's verb is its object, camera words gather their direction. What the words leave open stays ``None``
for the staging to draw.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from phonofilm.prompt.words import tokenise
from phonofilm.theatre.lexicon import cutouts, families, nouns, repertoire, tongues
from phonofilm.theatre.play import MORE_PLACES, PLACES
from phonofilm.theatre.reading import course, deeds, framing
from phonofilm.theatre.reading.company import Prologue, lately
from phonofilm.theatre.reading.describing import NOUNS
from phonofilm.theatre.reading.naming import NamingReader, lives
from phonofilm.theatre.reading.plan import Plan, Role, Turn, resolve
from phonofilm.theatre.reading.scan import ADJECTIVES, Token, tokens_of

Meanings = Sequence[tuple[str, str]]


_SMALL = ("look", "turn", "hold", "reach", "give", "work", "laugh")


def _does_several(turn: Turn) -> bool:
    """Is it told to do several things, one of them beyond what the repertoire's own words tell?"""
    steps = {what for what, _ in turn.course if what in course.LEAST}
    return (
        turn.role.kind == "person"
        and len(steps) > 1
        and any(what in families.PERSONAL and what not in _SMALL for what in steps)
    )


class _Reader(NamingReader):
    def __init__(
        self,
        text: str,
        cast: list[Role],
        speakers: Sequence[str],
        known: Collection[str],
        prologue: Prologue | None,
        mentioned: Collection[str],
        meanings: Meanings = (),
    ) -> None:
        self.language = tongues.language_of(text)
        found, unknown = tokens_of(text, known, mentioned, meanings)
        names = {w.text for s in speakers for w in tokenise(s)}
        super().__init__(text, found, Plan(unknown=[w for w in unknown if w.lower() not in names]), prologue, cast)
        self.loosely: dict[str, str] = {}
        """Places that are only near to the word they came from, and that word."""

    # --- the reading -------------------------------------------------------------------------------------------------

    def read(self) -> Plan:
        opening = self.prologue is not None
        for i, token in enumerate(self.tokens):
            if opening and not self._in_prologue(token):
                opening = False
                self.held = {
                    key for key in ("place", "hour", "weather", "camera") if getattr(self.plan, key) is not None
                }
            if token.breaks == 2:
                self.pending.clear()
                self.on_camera = False
            elif token.breaks == 1:
                self.on_camera = False
            handler = getattr(self, "_" + token.category, None)
            if handler is not None:
                handler(i, token)
        plan = self.plan
        if plan.place is None:
            plan.place, plan.faintly = self.weak_place, True
            if self.snow_said and plan.weather is None and self.weak_place != "snow":
                plan.weather = "snow"
            elif self.snow_said and self.weak_place is None:
                plan.place = "snow"
        elif self.snow_said and plan.place != "snow" and plan.weather is None:
            plan.weather = "snow"
        if self.waiting and not plan.turns and self.cast:
            plan.turns.append(Turn(role=lately(self.cast)[0]))
            for action, pace in self.waiting:
                self._give(plan.turns[0], action, pace)
        plan.strange = plan.strange or any(_does_several(turn) for turn in plan.turns)
        framing.read(self.text, plan)
        if plan.place in self.loosely:
            plan.notes.append(
                f"'{self.loosely[plan.place]}' is shown as the place nearest to it: {plan.place.replace('_', ' ')}"
            )
        self._carded()
        opening = self.prologue.length if self.prologue is not None else 0
        plan.told, plan.detail, plan.deeds = (
            self.text[opening:],
            framing.part_of(self.text, opening),
            deeds.read(self.text, plan, opening),
        )
        plan.slow = deeds.slowness(self.text)
        plan.strange = plan.strange or bool(plan.detail[0]) or any(deed.kind not in deeds.COMMON for deed in plan.deeds)
        for turn in plan.turns:
            resolve(turn)
            turn.role.seen = self.shot
        return plan

    def _carded(self) -> None:
        """A card for what only a card can be, and nobody else is there; parts and traces of things go where there are
        things."""
        plan = self.plan
        if not plan.turns and not self.cast and self.cards:
            i = self.cards[0]
            role = Role(
                kind="",
                number=len(self.cast),
                seen=self.shot,
                cutout=cutouts.card(self.tokens[i].value),
                word=self.tokens[i].text,
            )
            role.kind = role.cutout.name
            self.cast.append(role)
            plan.turns.append(Turn(role=role))
            if self.tokens[i].value in plan.unknown:  # a speaker's name is never unknown
                plan.unknown.remove(self.tokens[i].value)
            for action, pace in self.waiting:
                self._give(plan.turns[0], action, pace)
        whole = [turn for turn in plan.turns if turn.role.cutout is None or not nouns.weak(turn.role.cutout)]
        if whole:
            plan.turns = whole
            for turn in whole:
                turn.subject = turn.subject if turn.subject in whole else None

    def _place(self, i: int, token: Token) -> None:
        beyond = nouns.abroad().get(token.text)
        if beyond is not None and self.language != "en":
            self.plan.strange = True
            if self.plan.place in MORE_PLACES:
                return
            self.plan.place = None
            token = replace(token, value=beyond)
        super()._place(i, token)
        if token.text in ("kitchen", "kitchens") and self.plan.place == "room":
            self.plan.rather = "kitchen"
            self.plan.strange = self.plan.strange or [one.text for one in self.tokens[max(0, i - 2) : i]] != [
                "in",
                "the",
            ]

    def _weak_place(self, i: int, token: Token) -> None:
        told = self.before(i)
        if (
            token.text == "leaves"
            and told is not None
            and told.category in (*NOUNS, "name", "mention", "pronoun", "clothes")
        ):
            self._manner(i)  # "she leaves" is no wood
            return
        super()._weak_place(i, token)

    def _filler(self, i: int, token: Token) -> None:
        self._manner(i)

    def _music_near(self, i: int) -> bool:
        """Is it music that is told of: "a driving electronic beat"?"""
        return any(
            one.category in ("music", "sound") or one.text in ("beat", "beats", "bass", "rhythm", "synth", "drums")
            for one in self.tokens[i + 1 : i + 4]
        )

    def _and_another(self, i: int) -> bool:
        """Is this noun the second of two: "a nurse and a little boy"?"""
        for j in range(i - 1, max(-1, i - 6), -1):
            if self.tokens[j].text == "and":
                return j > 0 and self.tokens[j - 1].category in ("person", "profession", "name", "pronoun")
            if self.tokens[j].breaks or self.tokens[j].category not in (*ADJECTIVES, "filler", "glue"):
                return False
        return False

    def _manner(self, i: int) -> None:
        """The family of movement that a verb tells, beside the action it may be."""
        token = self.tokens[i]
        beside = self.tokens[i - 1] if i else token
        someone = i > 0 and not token.breaks and beside.category in ("person", "profession", "cutout", "name")
        both = someone and self._and_another(i - 1)
        doer = someone and (both or beside.text.endswith(("s", "men", "children", "people")))
        family = families.told([token.text for token in self.tokens[i : i + 2]], beside.text if i else "", doer)
        if family is None or self.on_camera or (token.text == "driving" and self._music_near(i)):
            return
        if token.text in ("opens", "opening") and self.near(i, "kind", 4) == "door":
            return
        if (
            beside.category not in ("weather", "hour", "sound", "music", "weak_place")
            and self.subject is not None
            and self.subject.role.kind == "person"
        ):
            self.subject.course.append((family, token.text))
            other = (
                next(
                    (
                        turn
                        for turn in reversed(self.plan.turns)
                        if turn is not self.subject and turn.role.kind == "person"
                    ),
                    None,
                )
                if both
                else None
            )
            if other is not None and other.family is None:
                other.family = family
                other.course.append((family, token.text))
        if self.subject is None:
            self.manner = self.manner or family
        elif self.subject.family is None or (self.subject.family in families.GENTLE and family not in families.GENTLE):
            self.subject.family = family

    def _backdrop(self, i: int, token: Token) -> None:
        place, exact = nouns.places()[token.value]
        plan = self.plan
        # "A city rooftop", "a waterfall in the forest", "a villa with a pool": of two the one that tells more.
        if (
            self._open("place")
            or (plan.place in PLACES and place in MORE_PLACES)
            or (exact and plan.place in self.loosely and not plan.passed)
        ):
            plan.place = place
        elif (
            exact
            and plan.place in MORE_PLACES
            and place in MORE_PLACES
            and place not in (plan.place, *plan.passed)
            and plan.place != "waterfall"
        ):
            plan.passed.append(place)
        if not exact:
            self.loosely.setdefault(place, token.value)
        plan.strange = True
        own = [
            entry[1][1]
            for word in token.value.split()
            if (entry := repertoire.match([word], 0)) is not None and entry[1][0] == "colour"
        ]
        said = self.pending.pop("colour", None)
        plan.tones = [*own, *([said] if said else []), *plan.tones]

    def _action(self, i: int, token: Token) -> None:
        if (
            token.text == "drop"
            and i
            and (self.tokens[i - 1].category in ("colour", "number") or self.tokens[i - 1].text in ("a", "the"))
        ):
            return  # "one amber drop"
        self._manner(i)
        told = self.before(i)
        if self.on_camera and token.value not in ("follow",):
            return
        if (
            told is not None
            and told.category in ("weather", "hour", "sound", "music", "weak_place")
            and token.value
            in (
                "drop",
                "stand",
                "float",
                "play",
                "drum",
                "dance",
                "roll",
                "fly",
                "break",
                "run",
                "close",
                "strike",
                "beep",
                "ring",
            )
        ):
            return
        if token.text in ("horn", "applause", "beat", "beats") and told is None and token.text != "applause":
            return
        if token.text.startswith("flicker") and self.subject is not None and self.subject.role.kind == "person":
            return  # it is a lamp that flickers
        pace = self.near(i, "pace", 2) or "normal"
        if self.subject is None:
            self.waiting.append((token.value, pace))
            return
        turn = self.subject
        thing = turn.object
        if (
            thing is not None
            and token.value in repertoire.PROP_ACTIONS.get(thing.role.kind, ())
            and token.value not in ("drum", "ring", "knock", "drop", "slide")
            and turn.role.kind == "person"
        ):
            self._give(thing, token.value, pace)
            return
        if turn.role.kind == "person" and not (turn.course and turn.course[-1][1] == token.text):
            turn.course.append((token.value, token.text))
        bare = [
            t
            for t in self.plan.turns
            if t.action is None and t.subject is None and (lives(t.role) or t is turn) and t not in self.beside
        ]
        for each in bare if turn in bare else [turn]:
            self._give(each, token.value, pace)


def read(
    text: str,
    cast: list[Role],
    speakers: Sequence[str] = (),
    names: Collection[str] = (),
    prologue: Prologue | None = None,
    mentioned: Collection[str] = (),
    meanings: Meanings = (),
) -> Plan:
    """The plan of one shot's words (dialogue taken out). ``cast`` holds the roles of earlier shots and grows by the new
    ones; ``speakers`` are names the dialogue uses, which count as known, ``names`` proper names of the cast,
    ``prologue`` the part of the text that all shots share (one object for all of a clip's shots), ``mentioned`` the
    @names (small letters) that may stand for one of the cast, ``meanings`` what words mean by the prompt's own word
    (``Script.meanings``)."""
    return _Reader(text, cast, speakers, names, prologue, mentioned, meanings).read()
