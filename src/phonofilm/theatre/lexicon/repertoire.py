"""The words the theatre knows, each with what it means; everything the staging can do is listed here.

Tables map a concept to wordings, separated by commas; a wording of several words is matched before a shorter one. Words that
carry no picture or sound (``FILLER``) are known and pass; any other word is unknown and gets reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

COLOURS = {
    "red": (0.86, 0.16, 0.17), "orange": (0.95, 0.50, 0.10), "yellow": (0.98, 0.83, 0.16), "green": (0.18, 0.62, 0.26),
    "turquoise": (0.10, 0.68, 0.68), "blue": (0.13, 0.36, 0.84), "purple": (0.52, 0.22, 0.72), "pink": (0.96, 0.52, 0.70),
    "white": (0.95, 0.94, 0.92), "black": (0.11, 0.11, 0.14), "brown": (0.47, 0.28, 0.15), "grey": (0.52, 0.54, 0.57),
}
"""sRGB of the twelve colour names."""

PROPS: dict[str, tuple[tuple[float, float, float], str, str]] = {
    "ball": ((0.54, 0.54, 0.54), "rubber", "bounce roll"), "box": ((0.60, 0.56, 0.5), "wood", "drop slide topple"),
    "bell": ((0.55, 0.62, 0.55), "bell", "ring"), "drum": ((0.60, 0.62, 0.6), "skin", "drum"), "cup": ((0.42, 0.44, 0.3), "glass", "break"),
    "bottle": ((0.26, 0.64, 0.22), "glass", "break"), "door": ((0.95, 2.05, 0.12), "wood", "close"), "car": ((2.3, 1.15, 1.2), "metal", "drive"),
    "bird": ((0.86, 0.62, 0.4), "wood", "fly chirp"), "balloon": ((0.52, 0.64, 0.52), "rubber", "float"),
    "lamp": ((0.42, 1.5, 0.42), "metal", "stand"), "table": ((1.2, 0.72, 0.6), "wood", "stand"),
}
"""Each prop's width, height, depth in metres, its material and what it does when nobody says."""
ROUND = ("ball", "balloon")

PERSON_ACTIONS = ("walk", "run", "jump", "clap", "drum", "ring", "knock", "dance", "wave", "talk", "stand", "drop", "kick", "close")
PROP_ACTIONS = {
    "ball": ("bounce", "roll", "drop", "collide"), "box": ("drop", "slide", "topple", "collide"), "bell": ("ring",), "drum": ("drum",),
    "cup": ("break", "slide"), "bottle": ("break", "topple"), "door": ("close", "knock"), "car": ("drive",), "bird": ("fly", "chirp"),
    "balloon": ("float",), "lamp": ("stand", "topple"), "table": ("stand",),
}
GROUNDS = {
    "meadow": "grass", "beach": "sand", "city": "street", "stage": "wood", "room": "wood", "snow": "snow", "forest": "grass", "desert": "sand",
    "studio": "wood", "kitchen": "street", "bathroom": "street", "cafe": "wood", "office": "carpet", "corridor": "street", "car_interior": "carpet",
    "train_interior": "carpet", "shop": "street", "rooftop": "street", "stadium": "wood", "mountain": "street", "pool": "street", "platform": "street",
    "water": "sand", "underwater": "sand", "waterfall": "grass", "planet": "sand", "space": "carpet",
}
AMBIENCE = {
    "meadow": "birds", "beach": "waves", "city": "city", "stage": "room", "room": "room", "snow": "wind", "forest": "forest", "desert": "wind",
    "studio": "room", "kitchen": "room", "bathroom": "room", "cafe": "crowd", "office": "room", "corridor": "room", "car_interior": "city",
    "train_interior": "room", "shop": "city", "rooftop": "city", "stadium": "crowd", "mountain": "wind", "pool": "waves", "platform": "city", "water": "waves",
    "underwater": "waves", "waterfall": "rain", "planet": "wind", "space": "room",
}
INDOORS = (
    "room", "stage", "studio", "kitchen", "bathroom", "cafe", "office", "corridor", "car_interior", "train_interior", "stadium", "platform", "underwater", "space",
)
"""Places without weather."""

_PLACES = {
    "meadow": "meadow, meadows, field, fields, grassland, pasture, lawn, countryside, park, garden, grassy field, green field, prairie, hillside",
    "beach": "beach, seaside, shore, seashore, coast, shoreline, sandy beach, sandy shore, by the sea, seafront, ocean shore",
    "city": "city, town, street, streets, road, downtown, pavement, sidewalk, avenue, alley, urban, city street, town square, square, boulevard",
    "stage": "stage, theatre, theater, theatre stage, theater stage, concert hall, on stage, playhouse, spotlight",
    "room": "room, rooms, indoors, kitchen, living room, bedroom, inside, interior, parlour, parlor, at home, inside a house, lounge, apartment, flat",
    "snow": "snowfield, snowy field, snowy, winter, wintry, snow covered, snowy landscape, winter landscape, snowy plain, deep snow, ice",
    "forest": "forest, woods, woodland, grove, among the trees, between the trees, woodlands, pine forest, in the wood, clearing, jungle",
    "desert": "desert, dunes, dune, sand dunes, desert sand, sahara, sandy desert, drylands, desert plain",
}
_WEAK_PLACES = {
    "meadow": "grass, grassy, flowers, hill, hills, green grass", "beach": "sand, sandy, sea, ocean, water, surf line", "room": "house, home, carpet, rug, floorboards",
    "forest": "trees, tree, wood, leaves, pines", "snow": "snow", "city": "houses, buildings, building, shops", "stage": "curtain, curtains, audience hall",
}
_HOURS = {
    "dawn": "dawn, sunrise, daybreak, first light, early morning, morning, break of day, sun rises, sun rising, sun comes up, sun is rising, rising sun, early light",
    "noon": "noon, midday, daytime, broad daylight, daylight, day, afternoon, high noon, sunlit, bright day, full sun, middle of the day, at lunchtime, sun is high, sunlight",
    "dusk": "dusk, sunset, twilight, evening, golden hour, sundown, nightfall, sun sets, sun setting, sun goes down, sun is setting, setting sun, evening light, sun is going down, day ends, gloaming",
    "night": "night, midnight, nighttime, night time, moonlit, moonlight, starlit, after dark, dark, darkness, late at night, starry, stars, moon, under the stars, dead of night, starlight",
}
_WEATHERS = {
    "clear": "clear, sunny, cloudless, blue sky, blue skies, fair, sunshine, fine weather, clear sky, clear skies, bright sky, good weather, dry",
    "rain": "rain, rains, rainy, raining, rained, rainfall, drizzle, drizzling, downpour, pouring, pours, shower, showers, raindrops, wet, pouring rain, rainstorm",
    "snow": "snowing, snows, snowfall, snowflakes, falling snow, blizzard, flurries, snow falling, snow falls, snow keeps falling, snow comes down, snow coming down, "
    "more snow, snow drifts, snow is falling, snowstorm, snow drifting, flakes",
    "fog": "fog, foggy, mist, misty, haze, hazy, fogs, mists, murky, veil of mist",
    "wind": "wind, winds, windy, breeze, breezy, gale, gusty, gusts, gust, blustery, strong wind, stormy, storm",
}
_CAMERA = {
    "push": "push, pushes, pushing, zoom in, zooms in, zooming in, dolly in, dollies in, dollying in, move in, moves in, moving in, moves closer, move closer, moving closer, "
    "comes closer, come closer, coming closer, goes closer, gets closer, getting closer, creeps in, creep in, glides in, "
    "approaches, approaching, approach, moves toward, moves towards, nears, push in, pushes in, pushing in, inches closer, edges closer, zoom, zooms, zooming, dolly, dollies, dollying",
    "pull": "pull, pulls, pulling, zoom out, zooms out, zooming out, dolly out, dollies out, dolly back, pull out, pulls out, pulling out, pull back, pulls back, pulling back, "
    "moves away, moving away, move away, moves back, move back, moving back, backs away, backing away, draws back, drawing back, retreats, retreating, widens, widening, backs off, moves out, goes back, draws away, dollies back",
    "pan": "pan, pans, panning, panned, sweeps, sweep, sweeping, swivels, swivel, turns left, turns right, looks left, looks right, turns to the left, turns to the right, swings left, swings right",
    "pan_left": "from right to left, right to left", "pan_right": "from left to right, left to right",
    "tilt": "tilt, tilts, tilting, tilted", "tilt_up": "looks up, look up, looking up, nods up", "tilt_down": "looks down, look down, looking down, nods down",
    "track": "track, tracks, tracking, follow, follows, following, followed, tracking shot, side by side, trucking, truck, trucks, moves along, moves alongside, keeps up, travelling shot, traveling shot, keeps pace, goes along, travels with, moves with",
    "crane": "crane, cranes, craning, crane shot, jib, boom up, booms up, rises up, rises above, rising shot, lifts up, moves up, goes up, camera rises, camera rising, camera lifts, camera ascends, ascends, floats upward, rising camera, soars up",
    "orbit": "orbit, orbits, orbiting, circle, circles, circling, circles around, arc shot, arcs, arcing, arc, orbital, moves around, goes around, turns around, travels around, revolves, rotates around, wheels around, orbit shot, revolving",
    "dolly_zoom": "dolly zoom, hitchcock zoom, vertigo effect, vertigo shot, vertigo, hitchcock, trombone shot, dolly zooms, zolly, push pull",
    "static": "static, still, fixed, locked off, locked, tripod, stationary, unmoving, does not move, doesn't move, no camera movement, steady, motionless, on sticks, stays put, static shot, "
    "static camera, holds still, stands still, keeps still, stays still, fixed camera, never moves, not moving, immobile, without moving",
    "handheld": "handheld, hand held, shaky, shaking, wobbly, wobbles, wobbling, shakes, documentary style, shoulder camera, jittery, shaky cam, unsteady",
    "close": "close up, closeup, close on, close shot, tight shot, close view, near view", "wide": "wide shot, wide angle, wide view, long shot, establishing shot, total",
}
_PACES = {
    "slow": "slow, slowly, gently, gradually, unhurried, gentle, lazily, lazy, leisurely, softly, carefully, calmly, inch by inch",
    "fast": "fast, quickly, quick, rapid, rapidly, swiftly, swift, hurriedly, brisk, briskly, hastily, speedy, sudden, suddenly, speedily",
}
_PEOPLE = {
    "man": "man, gentleman, guy, fellow, men, actor, gent, husband, father, dad, bloke, he's", "woman": "woman, lady, women, actress, mother, mum, mom, wife, lassie, madam",
    "girl": "girl, girls, daughter, little girl, young girl, schoolgirl, lass, sister", "boy": "boy, boys, lad, son, little boy, young boy, schoolboy, brother",
    "old man": "old man, elderly man, grandfather, grandpa, old gentleman, granddad, old fellow", "old woman": "old woman, elderly woman, grandmother, grandma, old lady, granny",
    "child": "child, children, kid, kids, toddler, youngster", "person": "person, someone, figure, people, character, human, individual, performer, stranger, walker, passer by, passerby, traveller, friend, neighbour, neighbor",
    "dancer": "dancer, dancers, ballerina", "drummer": "drummer, percussionist", "runner": "runner, jogger, sprinter",
}
_KINDS = {
    "ball": "ball, balls, rubber ball, bouncy ball, football, basketball, beach ball, sphere, bouncing ball, toy ball, soccer ball, playground ball",
    "box": "box, boxes, crate, crates, cardboard box, wooden box, cube, chest, package, parcel, carton, block, case",
    "bell": "bell, bells, church bell, hand bell, handbell, brass bell, chime bell", "drum": "drum, drums, drumhead, snare, tom tom, bongo, hand drum, snare drum, big drum, djembe",
    "cup": "cup, cups, mug, mugs, teacup, tea cup, coffee cup, coffee mug, glass cup, goblet, vase, bowl, jug", "bottle": "bottle, bottles, flask, glass bottle, wine bottle, milk bottle, carafe",
    "door": "door, doors, front door, doorway, gate, wooden door", "car": "car, cars, automobile, vehicle, sedan, taxi, motorcar, little car, toy car, motor car",
    "bird": "bird, sparrow, robin, songbird, finch, parrot, pigeon, seagull, gull, little bird, canary, swallow", "balloon": "balloon, balloons, party balloon, air balloon, toy balloon",
    "lamp": "lamp, lamps, street lamp, lamp post, lantern, floor lamp, streetlight", "table": "table, tables, desk, wooden table",
}
_ACTIONS = {
    "bounce": "bounce~", "roll": "roll~, trundle~", "walk": "walk~, stroll~, wander~, step~, pace~, march~, strut~, stride~, saunter~, amble~, trudge~, hike~, strode, take a walk, takes a walk, taking a walk, on foot, go for a walk, goes for a walk, plod~, tramp~",
    "run": "run~, jog~, sprint~, dash~, race~, ran, gallop~, rush~, hurry~, hurries, hurried", "jump": "jump~, leap~, leapt, spring~, skip~, vault~", "hop": "hop~",
    "clap": "clap~, applaud~, clap hands, applause, claps hands, give a clap, put hands together, puts hands together", "drum": "drum on~, drums on, drumming, drummed, drum roll, play percussion, plays percussion, keep time on, keeps time on",
    "ring": "ring~, rang, rung, chime~, toll~, ding~, peal~, sound the bell, sounds the bell, clang~, tolls", "knock": "knock~, rap~, knocking",
    "drop": "drop~, fall~, fell, fallen, plummet~, tumble~, plunge~, let go, lets go, letting go, come down, comes down, coming down, land~, thud~, crash down", "break": "break~, broke, broken, shatter~, smash~, burst~, go to pieces, goes to pieces, crack~, in pieces, into pieces, to bits, into shards, splinter~, falls apart",
    "collide": "collide~, crash~, bump~, meet~, met, ram~, run into, runs into, bang into, bangs into, knock into, knocks into, roll into, rolls into, rolling into, smash into, smashes into, slam into, slams into, crashing into, bumping into, collision, cannon into, cannons into",
    "strike": "hit~, strike~, struck, beat~, beaten, stricken, bang~, tap~, slap~, pound~, thump~, hitting, swat~",
    "slide": "slide~, slid, glide~, skid~, slip~, push along", "topple": "topple~, tip~, keel~, overturn~, fall over, falls over, falling over, tips over, topples over, knocked over",
    "talk": "talk~, speak~, spoke, spoken, say~, said, tell~, told, ask~, chat~, call~, answer~, whisper~, shout~, explain~, greet~, reply, replies, replied, announce~, exclaim~, cry, cries",
    "dance": "danc~, dance, dances, sway~, groov~, boogie, whirl~, twirl~, waltz~, bop~, moves to the music, moving to the music, swings to the music, shimmy~", "wave": "wave~, wave hand, waves hand, say hello, says hello, beckon~",
    "close": "close~, shut~, slam~, open~, swings shut, swing shut, opens and closes, opens and shuts", "drive": "driv~, drive, drives, drove, speed~, cruise~, motor~, pull up", "beep": "honk~, beep~, hoot~, toot~, sound the horn, sounds the horn, horn",
    "fly": "fly, flies, flying, flew, flown, soar~, flap~, flutter~, flit~, hover~, swoop~, on the wing", "chirp": "chirp~, tweet~, sing~, sang, whistl~, twitter~, warbl~, cheep~, peep~, call out", "float": "float~, drift~, waft~, hang in the air, bob~, rise, rises, rising, ascend",
    "stand": "stand~, stood, wait~, rest~, sit, sits, sitting, sat, pose~, posing, lie, lies, lying, remain~, idle, idles, perched, perches, swing~, stay~", "kick": "kick~, boot the", "play": "play~, perform~, hold~, held",
}
_CLOTHES = {
    "coat:coat": "coat, raincoat, jacket, parka, overcoat, anorak, cloak, cape, blazer, coats, trench coat, cardigan", "coat:dress": "dress, gown, frock, robe, dresses, sundress, kimono",
    "coat:hoodie": "hoodie, sweater, sweatshirt, jumper, pullover, hooded top, knitwear, fleece", "coat:shirt": "jersey, shirt, blouse, top, tee, t shirt, tee shirt, tunic, vest, shirts, outfit, suit, clothes, uniform, costume",
    "legs:trousers": "trousers, pants, jeans, slacks, leggings", "legs:skirt": "skirt, kilt", "legs:shorts": "shorts, short trousers",
    "hat:brim": "hat, sun hat, straw hat, fedora, bonnet, brimmed hat", "hat:cap": "cap, baseball cap, flat cap", "hat:beanie": "beanie, woolly hat, wool hat, bobble hat, knitted hat, knit cap", "hat:tophat": "top hat, tophat, tall hat, topper",
    "shoes:": "shoes, boots, sneakers, trainers, sandals, wellingtons", "extra:scarf": "scarf, shawl, muffler", "extra:bag": "bag, backpack, handbag, rucksack, satchel, briefcase", "extra:glasses": "glasses, spectacles, sunglasses, eyeglasses",
    "hair:": "hair, haired, hairstyle, locks",
}
_HAIR = {
    "short": "short, short haired, cropped", "long": "long, long haired, flowing", "curly": "curly, curls, wavy, frizzy", "bun": "bun, ponytail, pony tail, topknot", "bob": "bob, bobbed, page cut", "bald": "bald, hairless, bald headed",
}
_HAIR_COLOURS = {"blonde": "bleached, platinum, blonde, blond, fair haired, golden haired", "brunette": "brunette, dark haired", "ginger": "ginger, redhead, red haired, red headed, redheaded", "silver": "grey haired, white haired, silver haired, gray haired"}
_COLOUR_WORDS = {
    "red": "red, scarlet, crimson, ruby, cherry red, bright red, vermilion, cherry, tomato red", "orange": "orange, tangerine, amber, pumpkin, bright orange, apricot", "yellow": "yellow, golden, gold, lemon, canary yellow, bright yellow, lemon yellow, mustard, sunny yellow",
    "green": "green, emerald, olive, lime, bright green, grass green, leaf green, mint, dark green", "turquoise": "turquoise, teal, cyan, aqua, aquamarine, blue green",
    "blue": "blue, navy, azure, cobalt, sky blue, bright blue, dark blue, sapphire, royal blue, deep blue, light blue", "purple": "purple, violet, lilac, lavender, mauve, plum, indigo, deep purple",
    "pink": "pink, rose, rosy, magenta, fuchsia, salmon, hot pink, rose coloured, bright pink", "white": "white, ivory, snow white, cream, pale white, pure white, chalk white, whitewashed", "black": "black, jet black, ebony, coal black, pitch black, inky",
    "brown": "brown, chestnut, chocolate, tan, beige, chocolate brown, hazel, rust, bronze, walnut", "grey": "grey, gray, silver, slate, ash grey, silvery, stone grey, ash",
}
_MATERIALS = {"rubber": "rubber, bouncy, elastic", "wood": "wooden, timber, oak, wood made", "metal": "metal, steel, iron, tin, metallic, brass, copper", "glass": "glass, crystal, porcelain, china, ceramic", "stone": "stone, marble, rocky, granite"}
_SIZES = {"big": "big, large, huge, giant, enormous, great, oversized, massive", "small": "small, little, tiny, miniature, mini, wee"}
_MOODS = {
    "cheerful": "cheerful, happy, joyful, upbeat, merry, jolly, bright, lively, glad, happily, cheerfully, joyfully, jaunty", "calm": "calm, peaceful, relaxing, soothing, tranquil, mellow, serene, dreamy, soft, ambient",
    "sad": "sad, melancholy, melancholic, sorrowful, mournful, wistful, gloomy, sadly, blue mood, plaintive", "tense": "tense, suspenseful, nervous, ominous, thrilling, scary, anxious, suspense, uneasy, eerie",
    "playful": "playful, funny, whimsical, quirky, comic, childlike, silly, mischievous, playfully, light hearted", "epic": "epic, heroic, grand, dramatic, majestic, orchestral, triumphant, stirring, sweeping score, powerful",
}
_MUSIC = "music, song, tune, melody, soundtrack, score, piano, guitar, band, orchestra, musical, strings, violin, flute, background music"
_SOUNDS = {
    "waves": "waves, surf, sound of the sea, sound of the waves, breaking waves, crashing waves, waves breaking, waves crashing, roar of the sea, lapping water", "wind": "howling wind, wind howls, sound of the wind, wind whistling, rustling wind, wind blows, wind blowing, wind sighs, wind in the trees, whistling wind",
    "rain": "sound of rain, patter of rain, rain patters, rain pattering, rain falls, rain falling, rain drums, rain pours, rain is falling, rain keeps falling", "birds": "birds, birdsong, bird song, birds sing, birds singing, birds chirping, chirping birds, birds chirp, singing birds, birds twittering, dawn chorus",
    "city": "traffic, city noise, street noise, city hum, distant cars, hum of the city, traffic noise, city sounds, busy street", "night": "crickets, cricket, night sounds, cicadas, chirping crickets, crickets chirping, crickets chirp", "forest": "rustling leaves, leaves rustle, rustling, leaves rustling",
    "fire": "fire, campfire, crackling fire, crackling, fireplace", "crowd": "crowd, audience, cheering, murmur, chatter, spectators, onlookers", "silence": "silence, silent, no sound, quiet, noiseless, silently, soundless, hushed",
}
_NUMBERS = {"1": "once, one time, single", "2": "two, twice, pair of, couple of, both, 2, two times, pair", "3": "three, thrice, three times, 3", "4": "four, four times, 4", "5": "five, five times, 5, several times, many times"}
_OBJECT_PARTS = "hands, hand, his hands, her hands, their hands, palms"
_PRONOUNS = "he, she, it, they, him, her, his, its, their, them, who, which, that"
_LINKS = "in, with, wearing, wears, dressed, clad, has, having, wore, dressed in, carrying, carries, carry"
_GLUE = "on, at, over, under, by, through, across, along, around, against, beside, near, inside of, into, onto, down, up, off, from, toward, towards, among, between, behind, above, below, past, during"
_DIRECTIONS = {"left": "left, leftward, leftwards, to the left", "right": "right, rightward, rightwards, to the right", "up": "up, upward, upwards", "down": "down, downward, downwards", "in": "in, inward, forward, closer, forwards", "out": "out, back, outward, away, backward, backwards"}
_CAMERA_NOUNS = "camera, shot, lens, view, frame, we, viewpoint, cameraman, framing, movement, take, point of view"

_FILLER = """a an the and or but as while when then so of to for until till after before is are was were be been being am do does did not no never only just very quite rather really too also again
    this these those there here where what how i you me my your our us we're let's it's that's there's some any every each all none other others another one ones first second third last next
    now soon later still always often sometimes once more most much many few little bit lot than like about around away off out over together alone apart own self himself herself itself
    can could will would shall should may might must have had having get gets getting got go goes going gone went come comes coming came make makes making made keep keeps keeping kept
    give gives giving take takes taking took put puts see sees seen seeing saw show shows showing shown look looks looking looked watch watches watching turn turns turning set sets
    begin begins beginning start starts starting stop stops stopping end ends ending continue continues happen happens appear appears enter enters entering leave leaves leaving
    pass passes passing cross crosses crossing move moves moving moved motion movement way path ways line place scene clip video film movie picture image footage style view cut cuts shot
    paper theatre cutout flat colours colors colour color coloured colored scenery background foreground front back middle centre center side sides edge corner top bottom edge distance far near close
    ground floor air sky skies cloud clouds sun light lights lighting lit warm cold cool hot soft softly bright brightly glow glowing glows shadow shadows shade golden horizon weather time hour moment second seconds
    sound sounds sounding heard hear hears hearing noise noises loud loudly echo echoes rhythm rhythmic beat beats tempo note notes audio voice voices tone background plays playing played footsteps footstep steps thud bang tap tapping clatter
    hello goodbye yes oh please times time keep joy home empty old young new nice lovely beautiful pretty plain simple single heavy heavily light lightly strong strongly thick thin steady steadily high higher highly low lower tall short wide long deep deeply hard gentle
    full open round whole half same different right left english chinese mandarin cantonese japanese korean spanish french german language it its english with without against his her their
    somebody someone's nobody everybody everyone something nothing anything everything surface street path pavement wall walls window windows lamp lights heads head face feet foot leg legs arm arms eyes body hair
    joyfully happily proudly bravely neatly merrily evenly freely simply clearly loudly finally slightly straight forth nearby outdoors outside outdoor outward indoor repeatedly continuously constantly endlessly twice regularly
    bounced bouncy rhythmically spirits mood atmosphere feeling ambience ambient atmospheric cinematic visible surrounded covered filled covers fills filling behind beyond wide vast quiet lonely wild busy
    subject main character lead alongside passes blow blows blowing blown fall around down swirl swirls swirling hang hangs hanging hung set against its own piece pieces shards shard side's ends'
    energetically energetic enthusiastic enthusiastically gracefully vigorously elegantly softly whole stays remains rest keep warm flat solid bare dusty fresh crisp hear listening listen beneath upon within amid amidst underneath atop throughout
    seen's accompanied accompaniment backed sets scored fills reads spoken scene's setting location later meanwhile thing things kind sort bit there'd everywhere anywhere somewhere
    passes sends send tonight stiff fierce quietly noisily story else elsewhere let lets letting fierce tale today whoever cheer evenly fully"""
FILLER = frozenset(_FILLER.split())
"""Known words that stage nothing by themselves."""


def _forms(word: str) -> tuple[str, ...]:
    """The forms of a regular verb given as ``walk~``; a stem such as ``danc~`` (without its e) works too."""
    stem = word[:-1]
    base = stem.removesuffix("e")
    doubled = stem + stem[-1] if len(stem) > 2 and stem[-1] not in "aeiouwy" and stem[-2] in "aeiou" and stem[-3:-2] not in tuple("aeiou") else base
    return (stem, stem + "s", stem + "es", base + "ing", base + "ed", doubled + "ing", doubled + "ed", base + "es", base + "e")


Entry = tuple[str, str]
"""(category, value)"""


@lru_cache(maxsize=1)
def lexicon() -> dict[tuple[str, ...], Entry]:
    """Every wording (as a tuple of words) with its category and value. Earlier tables win over later ones."""
    tables: tuple[tuple[str, dict[str, str]], ...] = (
        ("person", _PEOPLE), ("kind", _KINDS), ("clothes", _CLOTHES), ("weather", _WEATHERS), ("hour", _HOURS), ("place", _PLACES),
        ("camera", _CAMERA), ("music", {"": _MUSIC}), ("sound", _SOUNDS), ("camera_noun", {"": _CAMERA_NOUNS}), ("action", _ACTIONS), ("colour", _COLOUR_WORDS), ("pace", _PACES),
        ("hair", _HAIR), ("hair_colour", _HAIR_COLOURS), ("material", _MATERIALS), ("size", _SIZES), ("mood", _MOODS), ("number", _NUMBERS),
        ("hands", {"": _OBJECT_PARTS}), ("pronoun", {"": _PRONOUNS}), ("link", {"": _LINKS}), ("direction", _DIRECTIONS), ("weak_place", _WEAK_PLACES),
        ("glue", {"": _GLUE}),
    )
    words: dict[tuple[str, ...], Entry] = {}
    for category, table in tables:
        for value, wordings in table.items():
            for wording in wordings.split(","):
                last = wording.strip().split()
                for form in _forms(last[-1]) if last[-1].endswith("~") else (last[-1],):
                    words.setdefault((*last[:-1], form), (category, value))
    for word in FILLER:
        words.setdefault((word,), ("filler", word))
    return words


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(len(key) for key in lexicon())


def match(words: Sequence[str], start: int) -> tuple[int, Entry] | None:
    """The longest known wording that begins at ``words[start]``: (how many words, its entry), or None for an unknown word."""
    table = lexicon()
    for count in range(min(_longest(), len(words) - start), 0, -1):
        entry = table.get(tuple(words[start : start + count]))
        if entry is not None:
            return count, entry
    return None


def wordings(category: str, value: str) -> tuple[str, ...]:
    """All wordings of one concept, for the playwright and for tests."""
    return tuple(" ".join(words) for words, entry in lexicon().items() if entry == (category, value))
