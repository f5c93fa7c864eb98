"""A shot as the words have it: roles, what each does, and the scene around them. What is not said is None."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from phonofilm.theatre.lexicon import families, repertoire
from phonofilm.theatre.lexicon.cutouts import Cutout
from phonofilm.theatre.light import RGB, mix

if TYPE_CHECKING:
    from phonofilm.theatre.reading.deeds import Deed


@dataclass
class Role:
    """One of the cast as far as the words tell; shared by all shots it appears in, except for what it does."""

    kind: str
    """person, a prop, or the name of a cut-out."""
    person: str = ""
    colour: str | None = None
    clothes: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """part (coat legs hat shoes extra) -> (shape or "", colour name or None)."""
    hair: str | None = None
    hair_colour: str | None = None
    size: str | None = None
    material: str | None = None
    mood: str | None = None
    number: int = 0
    """Order of first mention in the clip."""
    name: str | None = None
    """A proper name, in small letters."""
    reference: str | None = None
    """The @name of a picture that stands for it, in small letters."""
    seen: int = 0
    """The last shot it was mentioned in, counted from 1."""
    cutout: Cutout | None = None
    """For what is neither a person nor a prop: the drawing, picture or card that it is."""
    word: str = ""
    """The word or phrase it came from, in small letters."""
    tint: str | None = None
    """The colour that words gave a cut-out, which otherwise has its own."""


def actor_name(role: Role) -> str:
    """The name under which a role plays."""
    return f"{role.kind}-{role.number + 1}"


@dataclass(frozen=True, kw_only=True)
class Dress:
    """The colours of a picture that somebody of the cast is to wear."""

    colours: tuple[RGB, ...]
    """Dominant first; at least one."""
    strength: float = 1.0
    """0 leaves everything as it was, 1 takes the colours as they are."""

    def tinted(self, colour: RGB, number: int = 0) -> RGB:
        """``colour`` on its way to the picture's colour with that number; unchanged where the picture has none."""
        return mix(colour, self.colours[number], self.strength) if number < len(self.colours) else colour


@dataclass
class Turn:
    """What one role does in one shot."""

    role: Role
    action: str | None = None
    also: list[str] = field(default_factory=list)
    """Further actions beside the main one (walk and wave)."""
    count: int | None = None
    pace: str = "normal"
    object: Turn | None = None
    subject: Turn | None = None
    """Whose object this is."""
    family: str | None = None
    """The family of movement its words tell (``families``), played where the words go beyond the repertoire."""
    spoken: str | None = None
    """The action as the words have it, before it was made one that the role can play."""
    hand: Turn | None = None
    """Who may hold it: the person it was told of just after."""
    course: list[tuple[str, str]] = field(default_factory=list)
    """All that it does in order, each a family or an action and the word for it; what is played one after the other
    (``course``)."""
    steps: list[str] = field(default_factory=list)
    """What a cut-out plays one after the other."""
    inherited: bool = False
    """Is it told of only before the first shot, not by this shot's own words?"""


@dataclass
class Plan:
    """One shot as the words have it."""

    turns: list[Turn] = field(default_factory=list)
    place: str | None = None
    hour: str | None = None
    weather: str | None = None
    camera: str | None = None
    pace: str = "normal"
    close: bool = False
    wide: bool = False
    ground: str | None = None
    music: str | None = None
    """A mood, or "" for music of any mood."""
    sounds: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    framings: list[str] = field(default_factory=list)
    """Of ``framing``: macro, low, high, aerial, top, shoulder and so on."""
    lights: list[str] = field(default_factory=list)
    """Of ``framing``: overcast, storm, golden, neon and so on."""
    walls: str | None = None
    """The colour that its words give the place itself: "a white bathroom"."""
    then: str = ""
    """The camera's move after ``camera`` in the same shot."""
    part: bool = False
    """Does it speak of a part of somebody: eyes, hands, a visor?"""
    strange: bool = False
    """Do its words go beyond the theatre's own repertoire?"""
    faintly: bool = False
    """Is the place told only by something that is found in it: sand, trees, a hill?"""
    rather: str | None = None
    """The place beyond the eight that its word names, where words go beyond the repertoire: the training plays hold
    kitchens for rooms."""
    passed: list[str] = field(default_factory=list)
    """Further places that this one shot comes through."""
    tones: list[str] = field(default_factory=list)
    """Colour names that belong to nobody: the picture's own."""
    detail: tuple[str, bool] = ("", False)
    """The part that the shot is about (``framing``), and does the camera only come to rest on it?"""
    told: str = ""
    """The words it was read from."""
    slow: float = 1.0
    """How many times as long everything takes (``deeds``): slow motion."""
    deeds: list[Deed] = field(default_factory=list)
    """What happens between bodies (``deeds``)."""
    notes: list[str] = field(default_factory=list)
    """What is shown otherwise than said; each a sentence."""
    focus: Role | None = None
    """Whom the shot's own words (not those before the first shot) speak of first."""


def scenery(role: Role) -> bool:
    """Is it a building, a tree or a mountain among the cut-outs?"""
    return role.cutout is not None and role.cutout.nature.move in ("stand", "grow") and role.cutout.nature.height >= 1.9


def handy(role: Role) -> bool:
    """Can a hand hold it: a phone, a cup, an umbrella, a sword?"""
    if role.cutout is None:
        return role.kind in ("cup", "bottle", "ball", "balloon", "bell")
    thrown = role.cutout.name in ("flying-disc", "boomerang", "kite")
    return thrown or (
        role.cutout.nature.move in ("stand", "roll", "float", "burn", "grow") and role.cutout.nature.height <= 1.05
    )


_DEALING = (
    "strike",
    "play",
    "stand",
    None,
    "bounce",
    "roll",
    "break",
    "slide",
    "topple",
    "close",
    "ring",
    "drum",
    "knock",
    "drop",
)
"""Of people: what they deal with decides."""
_BY_THING: dict[str, str] = {
    "drum": "drum",
    "bell": "ring",
    "door": "knock",
    "cup": "drop",
    "bottle": "drop",
    "ball": "kick",
    "box": "kick",
}
"""What is done to a thing where the verb does not suit it."""
_BY_PERSON: dict[str, str] = {
    "bounce": "jump",
    "hop": "jump",
    "strike": "clap",
    "fly": "jump",
    "roll": "walk",
    "float": "stand",
    "chirp": "talk",
    "play": "stand",
    "drive": "run",
    "slide": "walk",
    "collide": "walk",
    "break": "stand",
    "topple": "stand",
    "beep": "stand",
}
"""What people do where the verb is a thing's."""
_INSTEAD: dict[tuple[str, str], str] = {
    ("drop", "cup"): "break",
    ("drop", "bottle"): "break",
    ("roll", "car"): "drive",
    ("float", "bird"): "fly",
    ("fly", "balloon"): "float",
    ("bounce", "box"): "drop",
    ("roll", "box"): "slide",
    ("slide", "ball"): "roll",
    ("break", "box"): "drop",
    ("collide", "car"): "drive",
    ("float", "ball"): "roll",
    ("close", "box"): "drop",
    ("ring", "bell"): "ring",
    ("break", "balloon"): "float",
    ("drop", "balloon"): "float",
    ("topple", "cup"): "break",
}
"""What a prop does where it cannot do what it is told."""


def resolve(turn: Turn) -> None:
    """Make an action one that its role can play: balls do not run, people do not bounce."""
    role, action, thing = turn.role, turn.action, turn.object
    turn.spoken = action
    if action in families.PERSONAL and role.cutout is None and role.kind != "person":
        turn.family, turn.action = turn.family or action, None
        return
    if role.kind == "person":
        if action in _DEALING and thing is not None:
            default = _BY_THING.get(thing.role.kind)
            if thing.role.kind == "door" and action == "close":
                default = "close"
            if thing.role.kind in ("ball", "box") and action in ("drop", "bounce"):
                default = "drop"
            if action != "stand" and default is not None:
                turn.action = default
        turn.action = _BY_PERSON.get(turn.action or "", turn.action)
        if turn.action == "drop" and thing is None:
            turn.action = "stand"
        return
    if role.cutout is not None:
        turn.action = families.does(role.cutout, turn.action, with_thing=thing is not None)
        return
    kind = role.kind
    turn.action = {
        "jump": "bounce",
        "hop": "bounce" if kind != "bird" else "chirp",
        "walk": "roll",
        "run": "drive" if kind == "car" else "roll",
        "talk": "chirp",
        "strike": "collide" if thing is not None else "drop",
        "knock": "knock" if kind == "door" else "collide",
        "play": None,
        "dance": "bounce",
        "kick": "roll",
        "beep": "drive",
    }.get(turn.action or "", turn.action)
    can = repertoire.PROP_ACTIONS[kind]
    if turn.action in can or turn.action == "stand" or turn.action is None:
        if turn.action == "stand" and "chirp" in turn.also:
            turn.action = "chirp"
        return
    turn.action = _INSTEAD.get((turn.action, kind), can[0])
