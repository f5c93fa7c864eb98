"""The playwright: prompts in wide paraphrase, each a pure function of its index, with some combinations kept for
testing only.

About nine in a hundred combinations of (kind, colour, place) and of (kind, action, place) never appear in the first
shot of the "train" split; the "heldout" split has nothing else. What counts is what the staging makes of the text, said
or drawn.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from phonofilm.errors import PromptError
from phonofilm.prompt.camera import MOVES
from phonofilm.prompt.parse import parse
from phonofilm.theatre import phrases
from phonofilm.theatre.lexicon.repertoire import COLOURS
from phonofilm.theatre.play import HOURS, PLACES, WEATHERS
from phonofilm.theatre.stage.staging import labels_of

_HELD_OUT_SHARE = 47
"""Of 1000, for each of the two tests."""

LEVEL_0 = (
    *(("ball", "bounce"),) * 10,
    *(("person", "walk"),) * 10,
    *(("person", "jump"),) * 8,
    *(("person", "clap"),) * 8,
    *(("person", "drum"),) * 8,
    *(("person", "knock"),) * 7,
    *(("bell", "ring"),) * 9,
    *(("cup", "break"),) * 5,
    *(("bottle", "break"),) * 5,
    *(("box", "drop"),) * 7,
    *(("ball", "roll"),) * 4,
    *(("drum", "drum"),) * 4,
    *(("ball", "drop"),) * 2,
    *(("box", "topple"),) * 2,
    *(("person", "ring"),) * 3,
    *(("door", "close"),) * 3,
    *(("bird", "chirp"),) * 3,
    *(("car", "drive"),) * 2,
)
LEVEL_1 = (
    *(("person", "dance"),) * 7,
    *(("person", "run"),) * 7,
    *(("person", "talk"),) * 8,
    *(("ball", "collide"),) * 8,
    *(("box", "collide"),) * 2,
    *(("ball", "roll"),) * 4,
    *(("bird", "fly"),) * 4,
    *(("balloon", "float"),) * 3,
    *(("car", "drive"),) * 4,
    *(("door", "close"),) * 3,
    *(("person", "kick"),) * 3,
    *(("person", "drop"),) * 3,
    *(("box", "slide"),) * 2,
    *(("person", "wave"),) * 2,
    *(("person", "close"),) * 2,
    *(("person", "stand"),) * 2,
)


@dataclass(frozen=True, kw_only=True)
class Bill:
    """One play to be staged: ``stage(parse(bill.text), bill.seconds, bill.seed)``."""

    text: str
    seconds: float
    seed: int
    level: int
    """0 one body, one clear action; 1 weather, music, talk, collisions, dances; 2 two shots, two actors, dialogue in
    eight languages."""


def is_held_out(labels: Mapping[str, str]) -> bool:
    """Is this combination kept out of training? ``labels`` as in ``Play.labels``; missing ones count as not held
    out."""
    kind, place = labels.get("kind"), labels.get("place")
    for key in ("colour", "action"):
        value = labels.get(key)
        if kind and place and value and zlib.crc32(f"{kind}/{key}/{value}/{place}".encode()) % 1000 < _HELD_OUT_SHARE:
            return True
    return False


def playbill(index: int, level: int = 2, split: str = "train") -> Bill:
    """The bill with this number, the same every time.

    ``level`` is the hardest kind of play to expect (0, 1 or 2; lower ones appear as well); ``split`` is "train" or
    "heldout". The two splits share no bill. Raises PromptError for another level or split.
    """
    if split not in ("train", "heldout") or level not in (0, 1, 2) or index < 0:
        raise PromptError(
            f"there is no playbill for index {index}, level {level}, split {split!r}: use index >= 0, level 0, 1 or 2,"
            " split 'train' or 'heldout'",
            0,
        )
    chance = random.Random(f"{split}:{level}:{index}")
    wanted = split == "heldout"
    for _ in range(2000):
        own = chance.choices((0, 1, 2)[: level + 1], weights=(0.42, 0.33, 0.25)[: level + 1])[0]
        part = _Part(chance, own)
        if part.known_to_be(not wanted):
            continue
        text = part.text()
        for _ in range(6):
            seed = chance.randrange(1 << 30)
            labels = labels_of(parse(text), 5.0, seed)
            plain = labels["weather"] == "clear" or part.weather is not None or chance.random() < 0.15
            if is_held_out(labels) == wanted and plain:
                return Bill(text=text, seconds=5.0, seed=seed, level=own)
    raise AssertionError("no bill found: the held-out share is too small")


class _Part:
    """One prompt in the making: what is in it first, then its words."""

    def __init__(self, chance: random.Random, level: int) -> None:
        self.chance, self.level = chance, level
        self.kind, self.action = chance.choice(
            LEVEL_0 if level == 0 or (level == 2 and chance.random() < 0.35) else LEVEL_1
        )
        self.person = (
            chance.choice(("man", "woman", "girl", "boy") * 4 + ("old man", "old woman"))
            if self.kind == "person"
            else ""
        )
        self.colour = chance.choice(tuple(COLOURS)) if chance.random() < 0.93 else None
        self.place = chance.choice(PLACES) if chance.random() < 0.94 else None
        self.hour = chance.choice(HOURS) if chance.random() < 0.66 else None
        self.camera = None
        if chance.random() < 0.68:
            self.camera = "static" if chance.random() < 0.2 else chance.choice(MOVES[1:])
        self.weather = None
        if (
            self.place not in ("room", "stage")
            and self.place is not None
            and chance.random() < (0.16 if level == 0 else 0.42)
        ):
            unlikely = {"snow": ("rain",), "desert": ("rain", "snow"), "beach": ("snow",)}.get(self.place, ())
            self.weather = chance.choice([w for w in WEATHERS if w not in unlikely])
        self.mood = None
        if level and (self.action == "dance" or chance.random() < 0.3):
            self.mood = chance.choice(tuple(phrases.MOODS)) if chance.random() < 0.9 else None
        self.sound = level > 0 and self.place is not None and chance.random() < 0.15

    def known_to_be(self, held_out: bool) -> bool:
        """True when what is said already decides that the combination is (or is not) held out."""
        said = {
            k: v
            for k, v in (("kind", self.kind), ("colour", self.colour), ("place", self.place), ("action", self.action))
            if v
        }
        if self.kind != "person" and self.action == "collide":
            return False
        return (
            is_held_out(said)
            if held_out
            else (self.colour is not None and self.place is not None and not is_held_out(said))
        )

    def pick(self, wordings: str) -> str:
        """One of several wordings separated by bars."""
        return self.chance.choice(wordings.split("|"))

    # --- parts of speech ---------------------------------------------------------------------------------------------

    def subject(self, kind: str, person: str, colour: str | None, *, the: bool = False, bare: bool = False) -> str:
        """ "a small red ball", "the girl in a yellow raincoat"."""
        chance = self.chance
        said = self.pick(phrases.COLOURS[colour]) if colour else ""
        if kind == "person":
            noun = self.pick(phrases.PEOPLE[person])
            head = noun if bare else f"{'the' if the else article(noun)} {noun}"
            if said:
                wearing = self.pick(phrases.WEARING[person])
                head += " " + self.pick(phrases.DRESSED).format(a=article(said), c=said, w=wearing)
            if chance.random() < 0.08 and not bare:
                head += (" and " if said else " with ") + self.pick(phrases.ACCESSORIES)
            return head
        words = [self.pick(phrases.NOUNS[kind])]
        if said:
            words.insert(0, said)
        if chance.random() < 0.10:
            words.insert(0, self.pick("big|small|little|large"))
        plain = " ".join(words)
        return plain if bare else f"{'the' if the else article(plain)} {plain}"

    def pronoun(self) -> str:
        return {"": "it", "man": "he", "boy": "he", "old man": "he"}.get(self.person, "she")

    def verb(self, ing: bool) -> str:
        """The action in words; with a partner where it needs one."""
        chance = self.chance
        finite, going = phrases.ACTIONS[self.kind, self.action]
        partner = ""
        if self.action == "collide":
            other = chance.choice([c for c in COLOURS if c != self.colour])
            partner = "another " + self.kind if chance.random() < 0.12 else self.subject(self.kind, "", other)
        word = self.pick(going if ing else finite).format(
            h={"it": "its", "he": "his", "she": "her"}[self.pronoun()], o=partner
        )
        if (
            chance.random() < 0.10
            and self.action in ("clap", "knock", "ring", "jump", "drum")
            and " and " not in word
            and "again" not in word
            and "hands" not in word
        ):
            word += " " + self.pick(phrases.COUNTS[chance.choice((1, 2, 3, 4, 5))])
        elif chance.random() < 0.12 and self.action in ("walk", "run", "clap", "knock", "roll", "drive"):
            word += " " + self.pick("slowly|quickly|briskly|slowly")
        return word

    def move(self, clause: bool) -> str:
        """The camera, as a clause or as a note."""
        chance = self.chance
        assert self.camera is not None
        words = self.pick(phrases.CAMERAS[self.camera][0 if clause else 1]).format(
            p={"he": "him", "she": "her", "it": "it"}[self.pronoun()]
        )
        if self.camera not in ("static", "handheld", "dolly_zoom") and chance.random() < 0.22:
            pace = self.pick(phrases.SLOW if chance.random() < 0.65 else phrases.FAST)
            words = f"{words} {pace}" if clause and pace.endswith("ly") else words if clause else f"{pace} {words}"
        return words

    def where(self) -> str:
        return self.pick(phrases.PLACES[self.place][0]) if self.place else ""

    def when(self) -> str:
        return self.pick(phrases.HOURS[self.hour][0]) if self.hour else ""

    def sky(self, clause: bool) -> str:
        return self.pick(phrases.WEATHERS[self.weather][0 if clause else 1]) if self.weather else ""

    def music(self) -> str:
        return self.pick(phrases.MUSIC).format(m=self.pick(phrases.MOODS[self.mood])) if self.mood else ""

    # --- whole sentences ---------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The finished prompt."""
        if self.level == 2:
            return self._two()
        sentence = self._scene()
        if self.action == "talk" and self.chance.random() < 0.85:
            sentence = self._speaking()
        return sentence

    def _extras(self) -> list[str]:
        """What may stand in sentences of its own: sky, music, sounds, camera, in any order."""
        chance = self.chance
        out = []
        if self.mood:
            out.append(self.music())
        if self.sound and self.place:
            out.append(self.pick(phrases.SOUNDS[self.place]))
        if self.camera:
            out.append(self.move(chance.random() < 0.5))
        chance.shuffle(out)
        return out

    def _core(self, form: int, s: str, told: tuple[str, str, str], lead: list[str]) -> str:
        """The sentence itself in one of ten forms: ``s`` does it, at (place, hour, sky); ``lead`` are those of them
        that are told, in the order to tell them."""
        chance, (place, hour, sky) = self.chance, told
        around = " ".join(lead)
        if form == 0:
            return f"{s} {self.verb(False)} {around}"
        if form == 1 and lead:
            return f"{', '.join(lead) if chance.random() < 0.5 else around}, {s} {self.verb(False)}"
        if form == 2:
            return f"{self.pick('we see|here is|there is|the film shows|a shot of')} {s} {self.verb(True)} {around}"
        if form == 3:
            bare = self.subject(self.kind, self.person, self.colour, bare=True)
            bits = [
                bare,
                self.verb(True),
                *(
                    self.pick(t[1])
                    for t in (
                        phrases.PLACES[self.place] if self.place else None,
                        phrases.HOURS[self.hour] if self.hour else None,
                    )
                    if t
                ),
            ]
            if self.weather:
                bits.append(self.sky(False))
            head, rest = bits[:2], bits[2:]
            chance.shuffle(rest)
            return ", ".join([*rest, *head] if chance.random() < 0.4 else [*head, *rest])
        if form == 4 and lead:
            return f"{s} is {self.verb(True)} {around}"
        if form == 5 and self.place:
            scene = [
                self.pick(phrases.PLACES[self.place][1]),
                *([self.pick(phrases.HOURS[self.hour][1])] if self.hour else []),
                *([self.sky(False)] if self.weather else []),
            ]
            chance.shuffle(scene)
            return f"{', '.join(scene)}. {cap(s)} {self.verb(False)}"
        if form == 6:
            return f"{self.verb(True)} {around}{':' if chance.random() < 0.5 else ','} {s}"
        if form == 7:
            return (
                f"there is {s} {place}{', ' + hour if hour else ''}{', ' + sky if sky else ''}. {cap(self.pronoun())}"
                f" {self.verb(False)}"
            )
        if form == 8 and hour:
            return (
                f"it is {self.pick(phrases.HOURS[self.hour or 'noon'][1])}. {cap(s)} {self.verb(False)}"
                f" {' '.join(x for x in lead if x != hour)}"
            )
        return f"{s} {self.verb(False)}{', ' + ', '.join(lead) if lead else ''}"

    def _scene(self, *, extras: bool = True) -> str:
        chance = self.chance
        s, place, hour = self.subject(self.kind, self.person, self.colour), self.where(), self.when()
        sky = self.sky(True)
        form = chance.randrange(10)
        if self.action == "collide" and form in (3, 6):
            form = 0
        lead = [place, hour, sky]
        chance.shuffle(lead)
        lead = [x for x in lead if x]
        core = self._core(form, s, (place, hour, sky), lead)
        core = " ".join(core.split())
        if not extras:
            return cap(core.replace(" ,", ","))
        out = core
        others = self._extras()
        if others and chance.random() < 0.18:
            joint = self.pick(": |. |, |; ")
            out = others.pop(0) + joint + (cap(core) if joint == ". " else core)
        for extra in others:
            joint = (
                self.pick(". |, |. |; | while |. ")
                if extra.startswith(("the camera", "we "))
                else self.pick(". |, |. |; ")
            )
            out += joint + (cap(extra) if joint == ". " else extra)
        return sentence(out)

    def _quote(self, language: str | None = None) -> str:
        code = language or self.chance.choice(("en", "en", *phrases.LANGUAGES))
        line = self.chance.choice(phrases.LINES[code])
        if code == "en" and self.chance.random() < 0.8:
            return self.pick(phrases.SAYS).format(t=line)
        return self.pick(phrases.SAYS_IN).format(l=phrases.LANGUAGES[code], t=line)

    def _speaking(self) -> str:
        s, lead = (
            self.subject("person", self.person, self.colour),
            [x for x in (self.where(), self.when(), self.sky(True)) if x],
        )
        self.chance.shuffle(lead)
        around = " ".join(lead)
        quote = self._quote()
        if lead and self.chance.random() < 0.45:
            out = f"{around}, {s} {quote}"
        else:
            out = (
                f"{s} {around} {quote}"
                if not lead or self.chance.random() < 0.5
                else f"{s} {self.pick('stands|waits|is')} {around} and {quote}"
            )
        others = self._extras()
        if others and self.chance.random() < 0.3:
            out = f"{cap(others.pop(0))}. {cap(out)}"
        for extra in others:
            out += f" {cap(extra)}."
        return cap(" ".join(out.split()))

    def _two(self) -> str:
        """Two shots, or two actors in one."""
        chance = self.chance
        if chance.random() < 0.4:
            return self._pair()
        first = self._scene() if self.action != "talk" else self._speaking()
        cut = chance.choice((2, 2, 3, 2.5))
        second = _Part(chance, 1 if chance.random() < 0.5 else 0)
        style = chance.random()
        if style < 0.45 or (self.kind == "person" and style < 0.7):
            # The same subject, in the same place, does something else.
            second.kind, second.person, second.place, second.hour, second.weather, second.mood = (
                self.kind,
                self.person,
                None,
                None,
                None,
                None,
            )
            options = [
                a for k, a in phrases.ACTIONS if k == self.kind and a not in (self.action, "talk", "stand", "collide")
            ] or [self.action]
            second.action = chance.choice(options)
            who = (
                self.subject(self.kind, self.person, self.colour if chance.random() < 0.4 else None, the=True)
                if chance.random() < 0.6
                else self.pronoun()
            )
            if self.kind == "person" and chance.random() < 0.5:
                after = f"{who} {self._quote()}"
            else:
                after = f"{who} {second.verb(False)}"
            if second.camera and chance.random() < 0.6:
                after = (
                    f"{second.move(True)}. {cap(after)}"
                    if after.endswith(('"', '."')) or chance.random() < 0.4
                    else f"{after}, {second.move(True)}"
                )
        else:
            second.mood = None
            after = second._scene() if second.action != "talk" else second._speaking()
        if chance.random() < 0.75:
            return f"[0-{cut:g}s] {first} [{cut:g}-5s] {sentence(after)}"
        return f"[shot 1] {first} [shot 2] {sentence(after)}"

    def _pair(self) -> str:
        chance = self.chance
        if self.kind != "person":
            self.kind, self.person, self.action = (
                "person",
                chance.choice(("man", "woman", "girl", "boy")),
                chance.choice(("clap", "jump", "wave", "dance")),
            )
        mate = chance.choice([p for p in ("man", "woman", "girl", "boy") if p != self.person])
        one = self.subject("person", self.person, self.colour)
        two = self.subject("person", mate, chance.choice([c for c in COLOURS if c != self.colour]))
        around = " ".join(x for x in (self.where(), self.when(), self.sky(True)) if x)
        if chance.random() < 0.55:
            self.action = "talk"
            code = chance.choice(("en", *phrases.LANGUAGES))
            lines = chance.sample(phrases.LINES[code], 2)
            tag = "" if code == "en" else f" in {phrases.LANGUAGES[code]}"
            reply = self.pick("says|answers|replies")
            talk = f'The {self.person} says{tag}: "{lines[0]}" The {mate} {reply}{tag}: "{lines[1]}"'
            return cap(" ".join(f"{one} and {two} stand {around}.".split()).replace(" .", ".") + " " + talk)
        if self.action in ("walk", "jump", "clap", "dance", "wave") and chance.random() < 0.5:
            plural = {"walk": "walk", "jump": "jump", "clap": "clap", "dance": "dance", "wave": "wave"}[self.action]
            core = f"{one} and {two} {plural} {around}"
        else:
            other = _Part(chance, 0)
            other.kind, other.person, other.action = "person", mate, chance.choice(("clap", "jump", "wave"))
            core = f"{one} {self.verb(False)} {around} while {two} {other.verb(False)}"
        return sentence(". ".join([cap(core), *(cap(x) for x in self._extras())]))


def article(word: str) -> str:
    """a or an."""
    return "an" if word[:1] in "aeiou" else "a"


def cap(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A capital first, a full stop last, single spaces."""
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", " ".join(text.split()).replace(" ,", ",").replace(" :", ":"))
    return cap(text if text.endswith((".", "!", "?", '"')) else text + ".")
