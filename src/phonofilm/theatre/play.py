"""A staged play: everything that happens, in metres and seconds, before anybody draws or sounds it.

``staging.stage(script, seconds, seed)`` writes a :class:`Play`; ``paint`` draws it, ``mix`` sounds it, ``truth``
measures it. Axes: x to the right, y up, z away from the camera into the depth; the floor is y = 0; all lengths in
metres, all times in seconds from the start of the *clip* (not of the shot), angles in radians, colours as (r, g, b) in
0..1 (sRGB). Nothing here draws, sounds or knows torch; everything is deterministic given the script and the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from phonofilm.theatre.light import RGB

if TYPE_CHECKING:
    from phonofilm.theatre.lexicon.cutouts import Cutout

XY = tuple[float, float]
XYZ = tuple[float, float, float]

PLACES = ("meadow", "beach", "city", "stage", "room", "snow", "forest", "desert")
MORE_PLACES = (
    "studio",
    "kitchen",
    "bathroom",
    "cafe",
    "office",
    "corridor",
    "car_interior",
    "train_interior",
    "shop",
    "rooftop",
    "stadium",
    "mountain",
    "pool",
    "platform",
    "water",
    "underwater",
    "waterfall",
    "planet",
    "space",
)
"""Places that are shown where words name them; the seed never draws one, and the networks were not trained on them."""
HOURS = ("dawn", "noon", "dusk", "night")
WEATHERS = ("clear", "rain", "snow", "fog", "wind")
STAGE = 6.0
"""Depth at which the cast plays, metres."""
MATERIALS = ("rubber", "wood", "metal", "glass", "stone", "skin", "bell")
VISEMES = ("closed", "FV", "TH", "rest", "E", "A", "O", "U")


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A pinhole camera at one instant. A point (X, Y, Z) in camera space lands at ``focal * X / Z`` picture heights
    right of the centre and ``focal * Y / Z`` above the (tilt-shifted) centre."""

    position: XYZ
    yaw: float = 0.0
    """Turn to the right, radians."""
    pitch: float = 0.0
    """Turn upward, radians; drawn as a vertical shift of the picture plane (keeps verticals upright)."""
    focal: float = 1.2
    """Focal length in picture heights."""
    orbit: float = 0.0
    """Angle walked round the subject, radians: layers slide by depth, sprites turn front / three-quarter / side."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What identifies a person: one point in a large space, kept through all shots of a clip."""

    skin: RGB
    hair: RGB
    hair_shape: str
    """short | bob | long | bun | curly | bald"""
    hat: str
    """none | cap | beanie | brim | tophat; bubble (an astronaut's) and helm (a knight's) where words ask for them"""
    hat_colour: RGB
    coat: RGB
    coat_shape: str
    """shirt | coat | dress | hoodie; armour (a knight's) where words ask for it"""
    legs: RGB
    legs_shape: str
    """trousers | skirt | shorts"""
    shoes: RGB
    extra: str
    """none | scarf | bag | glasses"""
    extra_colour: RGB
    height: float
    """Metres, 1.15 (child) to 1.85."""
    voice: float
    """Pitch factor of the voice, 0.7 (low) to 1.6 (child)."""


@dataclass(frozen=True, kw_only=True)
class Pose:
    """A person's body at one instant, seen from the side it faces: joints in metres relative to the point on the
    floor below the hips, x forward (the way it faces), y up. Drawn as rounded capsules between joints."""

    joints: dict[str, XY]
    """hip, neck, head (centre), chin, shoulder, elbow_l, hand_l, elbow_r, hand_r, knee_l, foot_l, toe_l, knee_r,
    foot_r, toe_r; ``_l`` is the far side, ``_r`` the near side."""
    mouth_open: float = 0.0
    """Opening between the lips, metres (0 to 0.05)."""
    mouth_wide: float = 0.06
    """Width of the mouth, metres (0.02 to 0.09)."""
    viseme: str = "closed"
    blink: float = 0.0
    """0 open, 1 shut."""
    gaze: XY = (0.0, 0.0)
    """Where the eyes look, -1..1 each (right, up)."""
    brow: float = 0.0
    """Mood: -1 angry or sad, +1 surprised or glad."""


@dataclass(frozen=True, kw_only=True)
class State:
    """Where one actor is at one instant."""

    position: XYZ
    """The lowest point of a person (between the feet, on the floor unless it jumps); the *centre* of any other
    thing."""
    angle: float = 0.0
    """Roll in the picture plane, radians anticlockwise (a rolling ball, a toppling box)."""
    squash: float = 1.0
    """Vertical scale; the horizontal one is 1 / squash (volume kept)."""
    facing: float = 0.0
    """-1 full left profile, 0 to the camera, +1 full right profile (three-quarter between)."""
    pose: Pose | None = None
    """For persons only."""
    part: float = 0.0
    """0..1 state of a moving part: a door's opening, wings' beat phase, a drum skin's bulge, shards flown (broken >
    0)."""
    visible: bool = True


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One thing of the cast: a person or a prop."""

    name: str
    """Unique in the play: "person-1", "ball-2"; the id buffers number actors in the order of Shot.actors, from 1."""
    kind: str
    """person, one of the props (ball box bell drum cup door car bird bottle balloon ...; props.PROPS draws them), or
    the name of a cut-out."""
    colour_name: str
    colour: RGB
    """The accent: coat for a person, body for a prop."""
    size: XYZ
    """Width, height, depth in metres."""
    material: str
    at: Callable[[float], State]
    """State at a time in seconds; pure, cheap, callable at any time of the shot in any order (sub-frames are
    sampled)."""
    look: Look | None = None
    cutout: Cutout | None = None
    """What a drawn subject, a picture or a card looks like; None for persons and props."""
    tint: RGB | None = None
    """The colour the words give a cut-out; None leaves it in its own."""


STRUCK = ("bounce", "step", "land", "clap", "drum", "ring", "knock", "drop", "break", "collide", "close")
"""Kinds of contact that are seen and heard at one instant (rolling, chirping and horns go on too long)."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Two bodies meet, seen and heard at the same instant."""

    time: float
    kind: str
    """bounce collide step land clap drum ring knock drop break close beep chirp roll ..."""
    actor: str
    other: str
    """An actor's name, or "floor"."""
    position: XYZ
    material: str
    other_material: str
    """One of MATERIALS, or a ground: grass sand wood street snow carpet."""
    speed: float
    """Approach speed along the contact, m/s: loudness grows with speed ** 1.2, brightness with speed."""
    size: float = 0.2
    """Typical size in metres of what sounds (bigger is lower)."""
    visible: bool = True
    """Can the camera see it (inside the frame)?"""


@dataclass(frozen=True, kw_only=True)
class Phoneme:
    """One sound of speech."""

    start: float
    end: float
    symbol: str
    """IPA as espeak-ng writes it, without stress marks; "_" is silence."""
    viseme: str


@dataclass(frozen=True, kw_only=True)
class Speech:
    """One spoken line, already placed in time."""

    start: float
    end: float
    actor: str
    text: str
    language: str
    """en zh yue ja ko es fr de"""
    voice: float
    phonemes: tuple[Phoneme, ...]
    position: XYZ


@dataclass(frozen=True, kw_only=True)
class Music:
    """The score that plays through the clip."""

    mood: str
    """cheerful calm sad tense playful epic"""
    tempo: float
    """Beats per minute; a beat falls on 0."""
    beats: tuple[float, ...]
    seed: int
    level_db: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One stretch of the clip in one place under one camera."""

    start: float
    end: float
    place: str
    hour: str
    weather: str
    actors: tuple[Actor, ...]
    camera: Callable[[float], Camera]
    camera_move: str
    seed: int
    """Everything the painter draws at random (where the clouds and houses stand) comes from this."""
    wind: float = 0.0
    """m/s to the right, bends grass and coats."""
    tone: RGB | None = None
    """The hue of a blank studio backdrop; None for a neutral one."""
    shoulder: int = 0
    """Somebody's dark shoulder before the lens: -1 at the left, +1 at the right, 0 for none."""
    table: bool = False
    """What plays is small and stands on a table top (a plinth in the studio) where the place has one."""
    lights: tuple[str, ...] = ()
    """Of a staged prompt: "staged", then those of ``framing`` that its words ask for. A training play has none."""
    walls: RGB | None = None
    """The hue that words give the place itself."""
    accent: RGB | None = None
    """What the scenery stands off, the same through all shots of a scene; None for the first actor's colour."""
    angle: str = ""
    """low | high | aerial | top: from where it is seen."""
    held: tuple[float, float] | None = None
    """From which x to which, at the cast's depth, a narrower picture has to hold; None for all who play."""
    arm: int = 0
    """The first person's own arm before the lens, as in a selfie: -1 to the lower left corner, +1 to the lower right, 0
    for none."""
    onto: Shot | None = None
    """The next place of one gliding shot, seen through an opening that the camera comes up to and passes."""
    door: bool = False
    """Does the camera first come in through a door?"""
    island: bool = False
    """Does a block of drawers with a stone top stand in the kitchen?"""
    soft: bool = False
    """Is what lies behind the cast out of focus?"""


@dataclass(frozen=True, kw_only=True)
class Play:
    """A whole staged clip."""

    seconds: float
    """Where it ends."""
    shots: tuple[Shot, ...]
    contacts: tuple[Contact, ...]
    """In time order, of all shots."""
    speech: tuple[Speech, ...] = ()
    music: Music | None = None
    ambience: tuple[tuple[float, float, str, float], ...] = ()
    """(start, end, sound, gain 0..1): wind rain waves city night birds room forest fire crowd."""
    unknown: tuple[str, ...] = ()
    """Words of the prompt the repertoire does not know, as written; reported, never silently dropped."""
    notes: tuple[str, ...] = ()
    """Who plays a word that the theatre has nothing of its own for, what is kept out, and what had to be chosen; each a
    sentence."""
    labels: dict[str, str] = field(default_factory=dict)
    """For measurement only, of the first shot's main subject: colour, kind, place, hour, weather, action, camera."""
    dressed: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Which actor wears the colours of which reference, and whether the words said so; a reference nobody was left for
    is not named."""
    seed: int = 0
    begin: float = 0.0
    """The clip shows and sounds the play from here on: what was before is the clip that it continues."""

    def shot_at(self, time: float) -> Shot:
        """The shot on screen at ``time``: a cut at s begins just after s, as frames do (``spec.clock``)."""
        for shot in self.shots:
            if time <= shot.end + 1e-9:
                return shot
        return self.shots[-1]
