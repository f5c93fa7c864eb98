"""From the words of a shot to a plan: who is there, looking how, doing what, where, when and under which camera.

A left-to-right reading, not a grammar: adjectives wait for their noun, a verb goes to the nearest subject, a thing
named after a person's verb is its object, camera words gather their direction. What the words leave open stays ``None``
for the staging to draw.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from phonofilm.prompt.words import tokenise
from phonofilm.theatre.lexicon import cutouts, families, nouns, repertoire, tongues
from phonofilm.theatre.play import MORE_PLACES, PLACES
from phonofilm.theatre.reading import course, deeds, framing
from phonofilm.theatre.reading.company import FEMALE, MALE, Prologue, another, by_name, lately, meant, worn
from phonofilm.theatre.reading.describing import NOUNS, DescribingReader
from phonofilm.theatre.reading.plan import Plan, Role, Turn, handy, resolve
from phonofilm.theatre.reading.scan import ADJECTIVES, Token, tokens_of

_APART = (
    "next to",
    "next",
    "beside",
    "near",
    "at",
    "to",
    "toward",
    "towards",
    "behind",
    "under",
    "around",
    "past",
    "on",
    "over",
    "into",
    "front",
    "through",
    "above",
    "across",
    "against",
    "from",
)
"""Words that put a thing somewhere else than in a hand."""
Meanings = Sequence[tuple[str, str]]
_HANDLING = ("drum", "ring", "knock", "kick", "close", "drop", "strike", "play")


def _lives(role: Role) -> bool:
    """Does it act of itself, or for want of anybody who does: people and props, animals and vehicles, but no jersey?"""
    return role.cutout is None or role.cutout.nature.move not in ("stand", "grow", "burn")


_BEFORE = 100  # characters before a noun that are looked at for what opens it
_WORN = re.compile(
    r"\b(?:wear(?:s|ing)?|wore|dressed in|puts? on|putting on|ties?|tying|laces?)(?: (?!and\b)[\w-]+){0,3} $",
    re.IGNORECASE,
)
"""What ends with this opens what somebody has on."""
_MANY = re.compile(
    r"\b(?:flock|herd|swarm|school|pack|group|bunch|dozens?|hundreds?|colony|shoal)s? of (?:[\w-]+ ){0,2}$",
    re.IGNORECASE,
)
_INSTRUMENTS = frozenset(
    "ukulele guitar guitars violin violins cello tuba trumpet saxophone sax flute harp accordion banjo drums drum drum"
    " taiko harmonica clarinet organ piano bagpipes".split()
)
_SMALL = ("look", "turn", "hold", "reach", "give", "work", "laugh")


def _does_several(turn: Turn) -> bool:
    """Is it told to do several things, one of them beyond what the repertoire's own words tell?"""
    steps = {what for what, _ in turn.course if what in course.LEAST}
    return (
        turn.role.kind == "person"
        and len(steps) > 1
        and any(what in families.PERSONAL and what not in _SMALL for what in steps)
    )


def token_breaks(tokens: Sequence[Token], i: int) -> bool:
    """Does a sentence end within the few words before ``i``?"""
    return any(token.breaks == 2 for token in tokens[max(0, i - 3) : i + 1])


class _Reader(DescribingReader):
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
        self.text = text
        self.language = tongues.language_of(text)
        found, unknown = tokens_of(text, known, mentioned, meanings)
        names = {w.text for s in speakers for w in tokenise(s)}
        super().__init__(found, Plan(unknown=[w for w in unknown if w.lower() not in names]), prologue, cast)
        self.handled: Turn | None = None
        self.beside: list[Turn | None] = []
        """Who was only told of as whom another one deals with."""
        self.told_at = 0
        """The token that last told of a person."""
        self.manner: str | None = None
        """The family of a verb that waits for who does it."""
        self.loosely: dict[str, str] = {}
        """Places that are only near to the word they came from, and that word."""
        self.cards: list[int] = []
        """Tokens of nouns that nothing draws."""
        self.again = list(prologue.roles) if prologue is not None else []

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

    def _noun(self, i: int, kind: str, person: str, cutout: cutouts.Cutout | None = None) -> None:
        determiner = next(
            (
                t.text
                for t in reversed(self.tokens[:i])
                if t.category not in ADJECTIVES and t.text not in ("old", "young")
            ),
            "",
        )
        colour = self.pending.pop("colour", None)
        if self.count > 1:
            determiner = "two"
        said = colour or self.dressing.get("coat", ("", None))[1] or (worn(self.tokens, i) if person else None)
        naming = by_name(self.naming, self.cast) if self.naming else None
        role = (
            self._repeated(i, kind)
            or naming
            or meant(determiner, kind, person, said, [t.role for t in self.plan.turns], self._earlier(determiner))
        )
        if role is not None and role is not naming and another(role, person, self.tokens[i].text, self.shot):
            role = None  # the villain is not the heroine
        if role is None and cutout is not None and determiner in ("the", "this", "that", "its", "his", "her"):
            last = self.tokens[i].text.split()[-1]
            role = next(
                (
                    one
                    for one in lately(self.cast)
                    if one.cutout is not None and " " in one.word and one.word.split()[-1] == last
                ),
                None,
            )
        made = []
        for n in range(self.count):
            current = role if n == 0 else self._repeated(i, kind)
            if current is None:
                current = Role(
                    kind=kind,
                    person=person,
                    number=len(self.cast),
                    seen=self.shot,
                    cutout=cutout,
                    word=self.tokens[i].text,
                )
                self.cast.append(current)
            if person:
                for part, wears in self.dressing.items():
                    current.clothes.setdefault(part, wears)
                if "coat" in self.dressing:
                    current.colour = current.colour or self.dressing["coat"][1]
                self.dressing = {}
                current.name, self.naming = current.name or self.naming, None
            if self.prologue is not None and self._in_prologue(self.tokens[i]) and self.shot == 1:
                self.prologue.roles.append(current)
            if n == 0 and colour is not None and current.colour is None:
                current.colour = colour
                current.tint = colour if cutout is not None else None
            for key in ("size", "material", "hair", "hair_colour", "mood"):
                if key in self.pending and getattr(current, key) is None:
                    setattr(current, key, self.pending[key])
            if n == 0:
                self.nouns[i] = current
                current.reference, self.likening = current.reference or self.likening, None
            made.append(self._turn(current, self.tokens[i]))
        for key in ("size", "material", "hair", "hair_colour", "mood"):
            self.pending.pop(key, None)
        self.count = 1
        turn = made[0]
        doer = self.subject
        if (
            doer is None
            and kind != "person"
            and any(a in _HANDLING for a, _ in self.waiting)
            and any(t.category == "person" for t in self.tokens[i + 1 :])
        ):
            # "Knocking on a door: a boy": the thing waits with its verb for who does it.
            self.handled = turn
            self.plan.turns.remove(turn)
            return
        own_verb = self.verb_follows(i) and not (
            doer is not None and doer.action == "drop" and doer.role.kind == "person"
        )
        if (
            doer is not None
            and doer is not turn
            and doer.action is not None
            and turn.action is None
            and doer.object is None
            and not own_verb
        ):
            into = next((t.text for t in reversed(self.tokens[:i]) if t.category in ("glue", "action")), "")
            if (
                kind != "person"
                and doer.role.kind != "person"
                and (into in ("into", "against") or into.endswith(" into"))
            ):
                doer.action = "collide"
            person_acts = (
                doer.role.kind == "person"
                and kind != "person"
                and cutout is None
                and doer.action
                in (
                    "drum",
                    "ring",
                    "knock",
                    "drop",
                    "break",
                    "strike",
                    "close",
                    "kick",
                    "play",
                    "stand",
                    "roll",
                    "bounce",
                    "slide",
                    "topple",
                )
            )
            if person_acts or (
                kind != "person"
                and doer.role.kind != "person"
                and doer.action in ("collide", "strike", "roll", "slide", "bounce")
            ):
                doer.object, turn.subject = turn, doer
                return
        if self.waiting:
            for action, pace in self.waiting:
                for each in made:
                    self._give(each, action, pace)
            self.waiting = []
        self.subject = turn
        self.on_camera = False
        if person:
            self.told_at = i
            if not self.text.isascii() and not token_breaks(self.tokens, i):
                for thing in self.plan.turns:
                    if thing is not turn and thing.hand is None and thing.role.kind != "person":
                        thing.hand = turn  # "a red umbrella holding woman": the thing comes first
        if self.manner is not None:
            turn.family, self.manner = turn.family or self.manner, None
        if self.handled is not None and kind == "person":
            turn.object, self.handled.subject = self.handled, turn
            self.plan.turns.append(self.handled)
            self.handled = None

    def _repeated(self, i: int, kind: str) -> Role | None:
        """Whom this noun of the words before the first shot meant when they were read for an earlier shot."""
        if self._in_prologue(self.tokens[i]) and self.again and self.again[0].kind == kind:
            return self.again.pop(0)
        return None

    def _earlier(self, determiner: str) -> list[Role]:
        """Whom a noun may mean beside those of this shot."""
        return [role for role in self.cast if determiner not in ("a", "an") or role.seen < self.shot]

    def _kind(self, i: int, token: Token) -> None:
        doer = self.subject
        if (
            token.text == "drums"
            and doer is not None
            and doer.role.kind == "person"
            and doer.action is None
            and self.tokens[i - 1].category in ("person", "name", "mention", "clothes", "colour", "pronoun")
        ):
            if "colour" in self.pending:
                doer.role.colour = doer.role.colour or self.pending.pop("colour")
            self._give(doer, "drum", "normal")
            return
        if self._rigged(i, token.value == "car") or self._played(i):
            return
        self._noun(i, token.value, "")
        thing = next((turn for turn in self.plan.turns if turn.role is self.nouns[i]), None)
        if thing is not None:
            self._offer(doer, thing, i)

    def _rigged(self, i: int, moves: bool) -> bool:
        """Is it what carries the camera: "the camera tracks from a vehicle"?"""
        article, carrier = (
            [token.text for token in self.tokens[max(0, i - 2) : i]][-2:]
            or [
                "",
                "",
            ],
            moves and self.on_camera,
        )
        if (
            self.on_camera
            and len(article) == 2
            and self.tokens[i].value in ("door", "window")
            and "through" in [token.text for token in self.tokens[max(0, i - 4) : i]]
        ):
            return True  # the camera goes through it
        return carrier and len(article) == 2 and article[0] in ("from", "on", "aboard") and article[1] in ("a", "an")

    def _cutout(self, i: int, token: Token) -> None:
        cutout = cutouts.find(token.value, "en") or cutouts.find(token.value) or cutouts.card(token.value)
        if nouns.drawn_as(token.text) == token.value:
            cutout = replace(cutout, word=token.text)
        whose = nouns.owner(token.text) if nouns.weak(cutout) else None
        if whose is not None:  # "a knight's eyes" are a knight
            getattr(self, "_profession" if whose in nouns.professions() else "_cutout")(
                i, replace(token, text=whose, value=whose)
            )
            return
        before = self.subject
        if self.count == 1 and _MANY.search(self.text[max(0, token.at - _BEFORE) : token.at]):
            self.count = 3
        if self._rigged(i, cutout.nature.move in ("drive", "fly", "sail")) or self._played(i):
            return
        if (
            cutout.name in nouns.GARMENTS
            and before is not None
            and before.role.kind == "person"
            and _WORN.search(self.text[max(0, token.at - _BEFORE) : token.at])
        ):
            return
        self._noun(i, cutout.name, "", cutout)
        self._offer(before, next(turn for turn in self.plan.turns if turn.role is self.nouns[i]), i)
        thing = next(turn for turn in self.plan.turns if turn.role is self.nouns[i])
        held = thing.hand is before and handy(thing.role)
        if (
            before is not None
            and before.role is not self.nouns[i]
            and _lives(before.role)
            and (held or not _lives(self.nouns[i]))
        ):
            self.subject = before  # "a player in a jersey jumps": the jersey does not

    def _played(self, i: int) -> bool:
        """Is it an instrument that nobody holds, so that its music is meant: "upbeat ukulele", "funny tuba music",
        "taiko drums"?"""
        token, after = self.tokens[i], self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        if token.text not in _INSTRUMENTS:
            return False
        sounds = (
            after is not None
            and not after.breaks
            and (
                after.category in ("music", "sound")
                or after.text in ("music", "melody", "score", "solo", "track", "notes", "chords")
            )
        )
        begin = next((j for j in range(i, 0, -1) if self.tokens[j].breaks), 0)
        clause = self.tokens[begin:i]
        alone = not any(
            one.category in ("person", "profession", "name", "pronoun", "action", "cutout")
            or one.text in ("a", "an", "the", "his", "her", "with")
            for one in clause
        )
        ended = after is None or after.breaks > 0
        if not sounds and not (alone and ended and (clause or token.breaks == 2)):
            return False
        if self.plan.music is None and "music" not in self.plan.sounds:
            self.plan.music = next(
                (
                    one.value
                    for one in clause
                    if one.category == "mood" and one.value in ("cheerful", "sad", "tense", "playful")
                ),
                "",
            )
        return True

    def _likeness(self, i: int, token: Token) -> None:
        """A word that only comes near to what is drawn: the drawing stands in, and the note says for what."""
        cutout = cutouts.find(token.value, "en") or cutouts.card(token.value)
        self._noun(i, cutout.name, "", replace(cutout, word=token.text, exact=False))

    def _offer(self, before: Turn | None, thing: Turn, i: int) -> None:
        """May the person told of last hold this: no place, no other person and no end of a sentence between them?"""
        if before is None or before.role.kind != "person" or thing is before or thing.hand is not None:
            return
        for token in reversed(self.tokens[:i]):
            if (
                token.category in ("person", "profession", "name", "pronoun")
                or token.text in families.families()
                or token.text in ("with", "and", "has", "his", "her")
            ):
                break
            if token.text in _APART or token.category in ("camera", "camera_noun"):
                return
            if token.breaks == 2:
                break
        if not any(token.breaks == 2 for token in self.tokens[self.told_at + 1 : i + 1]):
            thing.hand = before

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

    def _card(self, i: int, token: Token) -> None:
        self.cards.append(i)

    def _profession(self, i: int, token: Token) -> None:
        person, worn = nouns.professions()[token.value]
        before, doer = len(self.cast), self.subject
        if token.value in ("couple", "twins") and self.count == 1:
            self.count = 2
        self._noun(i, "person", person)
        beside = next(
            (
                one.text
                for one in reversed(self.tokens[:i])
                if one.category not in ADJECTIVES and one.text not in ("a", "an", "the", "old", "young", "her", "his")
            ),
            "",
        )
        if (
            doer is not None
            and doer.role.kind == "person"
            and doer.action is None
            and beside in ("from", "to", "toward", "towards", "with", "at", "for", "behind", "beside")
        ):
            self.beside.append(self.subject)
            self.subject, self.told_at = (
                doer,
                i,
            )  # "she buys oranges from a vendor and tosses one": it is she who tosses
        for role in self.cast[before:]:
            role.name = role.name or None
            for wears in worn.split():
                part, shape, colour = wears.split(":")
                role.clothes.setdefault(part, (shape, colour))
                if part == "coat" and role.colour is None:
                    role.colour = colour

    def _person(self, i: int, token: Token) -> None:
        if (
            i >= 2
            and self.tokens[i - 1].text in ("a", "an", "her", "his")
            and self.tokens[i - 2].text == "by"
            and framing.FILMED.search(self.text[: token.at])
        ):
            return  # whoever films is not seen
        if token.value in ("dancer", "drummer", "runner"):
            self._noun(i, "person", "person")
            turn = self.subject
            if turn is not None and turn.action is None:
                self._give(turn, {"dancer": "dance", "drummer": "drum", "runner": "run"}[token.value], "normal")
            return
        self._noun(i, "person", token.value)

    def _pronoun(self, i: int, token: Token) -> None:
        if self.on_camera:
            return
        self.told_at = i
        if token.text in ("she", "he", "it", "they"):
            wanted = {"she": FEMALE, "he": MALE}.get(token.text)
            here = [
                t
                for t in self.plan.turns
                if (wanted is None and (token.text == "they" or t.role.kind != "person"))
                or (wanted and t.role.person in (*wanted, "person", "child"))
            ]
            if here:
                now = self.subject if wanted is not None and any(t is self.subject for t in here) else here[-1]
                self.subject = now if token.text != "they" else here[0]
                self._turn(self.subject.role, token)
                self._settle(self.subject.role, token.text)
                return
            for role in lately(self.cast):
                fits = (
                    token.text == "they"
                    or (wanted is None and role.kind != "person")
                    or (wanted is not None and role.person in (*wanted, "person", "child"))
                )
                if fits and all(t.role is not role for t in self.plan.turns):
                    self.subject = self._turn(role, token)
                    self._settle(role, token.text)
                    if token.text != "they":
                        return
            if wanted is not None and not here and self.subject is None:
                self._noun(i, "person", wanted[0])

    @staticmethod
    def _settle(role: Role, pronoun: str) -> None:
        """ "A dancer ... she": a pronoun tells what the noun left open."""
        if pronoun in ("she", "he") and role.person in ("person", "child"):
            role.person = {"person": ("woman", "man"), "child": ("girl", "boy")}[role.person][pronoun == "he"]

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
            if t.action is None and t.subject is None and (_lives(t.role) or t is turn) and t not in self.beside
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
