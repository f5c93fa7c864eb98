"""Nouns that the theatre has neither a person nor a prop of its own for: professions, drawn subjects, and what only a card can stand for.

Asked only about words that the repertoire does not know, so that what it knows keeps its meaning; a phrase decides before its words do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from phonofilm.prompt.words import Word
from phonofilm.theatre.lexicon import cutout_table, cutouts, families, repertoire

MOST = 4
"""Words of a phrase that is looked up."""
_PROFESSIONS = {
    # what they are, how they dress (part shape colour), who they are called
    ("person", "coat:coat:white hat:tophat:white"): "chef, cook, baker, sushi chef, pastry chef",
    ("person", "coat:shirt:brown extra:scarf:black"): "barista, waiter, bartender, vendor, shopkeeper, merchant, seller, craftsman, carpenter, potter, blacksmith",
    ("woman", "coat:shirt:white hat:cap:white"): "nurse, nurses, midwife",
    ("person", "coat:coat:white legs:trousers:grey"): "doctor, scientist, surgeon, professor, researcher, dentist, pharmacist, lab technician",
    ("person", "coat:armour:grey hat:helm:grey legs:trousers:grey shoes::grey"): "knight, warrior, crusader, gladiator, swordsman, paladin, guardian",
    ("person", "coat:hoodie:white hat:bubble:white legs:trousers:white shoes::white"): "astronaut, cosmonaut, spaceman",
    ("person", "coat:shirt:green hat:cap:green legs:trousers:green"): "soldier, soldiers, sergeant, ranger, hunter",
    ("person", "coat:coat:blue hat:cap:blue legs:trousers:blue"): "policeman, policewoman, police officer, cop, guard, officer, captain, pilot, conductor, postman, sailor",
    ("person", "coat:coat:yellow hat:beanie:yellow"): "firefighter, fireman, construction worker, builder, miner, engineer, mechanic, worker, plumber, electrician",
    ("person", "coat:hoodie:black hat:cap:black"): "dj, rapper, skater, skateboarder, hacker, gamer, streamer, influencer, vlogger, teenager, student, commuter, tourist, photographer",
    ("person", "coat:shirt:red legs:shorts:white"): "player, athlete, footballer, striker, goalkeeper, basketball player, tennis player, boxer, cyclist, climber, skier, snowboarder, gymnast",
    ("person", "coat:shirt:turquoise legs:shorts:blue"): "surfer, swimmer, diver, lifeguard",
    ("person", "coat:coat:black legs:trousers:black"): "businessman, businesswoman, lawyer, spy, detective, agent, groom, butler, magician, ninja, aviator, assassin, manager, bouncer",
    ("man", ""): "uncle, uncles, nephew, grandson, godfather, stepfather",
    ("woman", ""): "heroine, hostess, aunt, aunts, auntie, niece, granddaughter, godmother, stepmother",
    ("woman", "coat:dress:white"): "bride, princess, queen, angel, ballerina, goddess",
    ("woman", "coat:dress:black hat:tophat:black"): "witch, sorceress",
    ("old man", "coat:dress:purple hat:tophat:purple"): "wizard, sorcerer, mage, monk, priest, god",
    ("man", "coat:coat:red hat:brim:brown"): "king, prince, emperor, cowboy, fisherman",
    ("person", "coat:coat:red hat:brim:brown"): "pirate, samurai, viking, rider, farmer, gardener, explorer",
    ("person", "coat:dress:red"): "singer, vocalist, idol, presenter, host, model, celebrity, violinist, pianist, guitarist, cellist, musician",
    ("person", ""): "teacher, artist, painter, writer, colleague, colleagues, neighbour, neighbor, opponent, fighter, adventurer, traveller, traveler, wanderer, elf, elves, guest, customer, passenger, driver, couple, crowd, audience, stranger, strangers, narrator, villager, villagers, hero, villain, protagonist, "
    "reporter, journalist, interviewer, interviewee, vendor, shopkeeper, client, guide, clerk, judge, elder, speaker, therapist, coach, thief, "
    "guys, teen, teens, adult, baby, infant, patient",
}
_ARTICLES = frozenset("a an the one two three his her their its my our your some another this that these those every each no".split())
_NO_NOUN_BEFORE = frozenset("i he she it we you they who will can could would should must may might and then not also".split())
_WEAK = frozenset("droplet label wheel goal-net wing eye eyes ear nose mouth tooth tongue foot leg bone brain cloud military-helmet fallen-leaf leaf-fluttering-in-wind sparkles paw-prints footprints".split())
_SUBJECTS = {
    "truck": "delivery-truck", "drone": "drone", "pumpkin": "jack-o-lantern", "rose": "rose", "orange": "tangerine", "salmon": "fish", "cherry": "cherries", "plum": "grapes",
    "chocolate": "chocolate-bar", "parrot": "parrot", "bowl": "bowl-with-spoon", "lemon": "lemon", "olive": "olive", "peach": "peach", "lime": "lime",
}
"""Words that are a colour, a move of the camera or another prop where they describe something, and a subject of their own where an article opens them and
nothing they describe follows: "a pumpkin", "two trucks race", but "a pumpkin scarf", "a drone shot"."""
_ALONE = {
    "cloud": "cloud", "sun": "sun", "window": "window", "wall": "wall", "face": "face", "head": "face", "hand": "hand", "palm": "hand", "foot": "foot", "leg": "leg", "paper": "page-facing-up",
    "picture": "framed-picture", "stone": "rock", "glass": "tumbler-glass", "star": "star", "house": "house", "bridge": "bridge-at-night", "hat": "top-hat", "jacket": "coat", "coat": "coat",
    "t shirt": "t-shirt", "tshirt": "t-shirt", "shirt": "t-shirt", "clothes": "clothing", "suit": "coat", "sunglasses": "sunglasses", "glasses": "glasses", "bag": "handbag", "handbag": "handbag",
    "backpack": "backpack", "jeans": "jeans", "dress": "dress", "scarf": "scarf", "cap": "billed-cap", "fire": "fire", "light": "light-bulb", "cape": "cape", "armor": "armor", "armour": "armor", "stairs": "stairs", "tank": "tank", "moon": "full-moon", "guitar": "guitar", "violin": "violin",
    "piano": "musical-keyboard", "grand piano": "musical-keyboard", "horn": "postal-horn", "shower": "shower", "skull": "skull", "web": "spider-web",
}
"""The same where a sentence opens with them, and only where nobody else is on stage: "A cloud drifts by", "A red hat"."""
_DESCRIBING = ("colour", "size", "material", "number", "hair_colour")
_GOES_ON = ("action", "glue", "link", "pronoun", "direction", "pace")
_WHOLE = frozenset("house bridge guitar violin piano fire".split())
"""Those of them that are on stage beside others too."""
_WORN = frozenset("jersey armour armor helmet visor shirt mane hooves rim".split())
_PLACES = {
    # what is drawn as such | what it stands in for
    "studio": "studio, photo studio, backdrop, seamless background, white background, black background, plain background, plinth, pedestal, podium | showroom, void",
    "kitchen": "kitchen counter, kitchen island, kitchen table, kitchenette, worktop, countertop, modern kitchen",
    "bathroom": "bathroom, washroom, bathroom mirror, bathroom sink | spa, sauna, locker room",
    "cafe": "cafe, café, coffee shop, coffee bar, bar, bar counter, pub, bistro, tavern | restaurant, diner, bakery, saloon, izakaya, ramen shop, canteen, sushi bar",
    "office": "office, workplace, boardroom, meeting room, open plan office | laboratory, lab, classroom, control room, newsroom, bank, library",
    "corridor": "corridor, hallway, passageway, school corridor, hospital corridor | hospital, school, lobby, spaceship interior, spaceship corridor, tunnel, dungeon, "
    "basement, garage, parking garage, staircase, escalator, prison, warehouse, elevator",
    "car_interior": "car interior, back seat, passenger seat, driver's seat, behind the wheel, in her car, in his car, in the car, in a car, inside a car, inside the car, "
    "in my car, in their car, in a taxi, in the back of a taxi | dashboard, cockpit",
    "train_interior": "train carriage, railway carriage, on the train, on a train, in the train, inside the train, inside a train, subway car, train window | tram ride, on the tram, "
    "on a bus, on the bus, inside a bus, airplane cabin, on a plane",
    "shop": "shop, shop front, shopfront, storefront, store, market, street market, market stall, night market, shopping street, bazaar, fish market, grocery store | supermarket, mall, "
    "shopping mall, boutique, stall, bookstore",
    "rooftop": "rooftop, roof, roof terrace, rooftop terrace, rooftop bar, balcony | penthouse, terrace, viewpoint, overlook, lookout",
    "stadium": "stadium, arena, basketball court, sports hall, court, tennis court, football pitch, pitch, free throw line, free-throw line, boxing ring | gym, gymnasium, "
    "racetrack, race track, colosseum, ice rink",
    "mountain": "alpine, alps, alpine pass, mountain pass, mountain road, mountain range, mountain top, mountaintop, summit, hairpin, hairpin bend | canyon road, highlands",
    "pool": "pool, swimming pool, infinity pool, poolside, pool deck | villa, resort, luxury villa, modern villa, hot spring",
    "platform": "platform, subway platform, train platform, station platform, railway platform, subway station, train station, railway station, metro station | station, subway, metro, "
    "airport, bus station",
    "water": "barrel wave, open sea, open ocean, high seas, big wave, huge wave, giant wave, at sea, barrel | rapids",
    "underwater": "underwater, under water, coral reef, reef, seabed, ocean floor, deep sea, sea floor | aquarium",
    "waterfall": "waterfall, waterfalls | cascade",
    "planet": "mars, martian, martian plain, red planet, alien planet | moon surface, lunar surface, planet surface, lunar, asteroid, planet",
    "space": "space, outer space, deep space, spacewalk, galaxy, nebula, cosmos",
    "room": "| hotel room, workshop, salon, attic, dining room, loft, dormitory, library, cabin interior, tatami room, nursery",
    "city": "| plaza, harbour, harbor, bridge, parking lot, village, neighbourhood, neighborhood, suburb, highway, motorway, lisbon, tokyo, paris, london, new york, shibuya, skyline, "
    "crosswalk, times square, hong kong, seoul, courtyard, gas station",
    "forest": "| rainforest, bamboo, swamp, wilderness, undergrowth, taiga, bamboo forest",
    "snow": "| glacier, arctic, antarctica, tundra, iceberg, ski slope",
    "beach": "| lake, river, lagoon, pier, cove, island, harbor wall, riverbank, lakeside, surf, dock, jetty, cliffside",
    "meadow": "| farm, valley, vineyard, orchard, savannah, savanna, plains, golf course, battlefield, playground, graveyard, cemetery",
    "desert": "| canyon, badlands, wasteland",
    "stage": "| catwalk, runway, nightclub, concert, club, dance floor, opera house, circus",
}
"""The places for words that the repertoire does not know."""
_ABROAD = {
    "kitchen": "厨房 台所 キッチン 부엌 주방 cocina cuisine küche", "bathroom": "浴室 卫生间 洗手间 浴室 お風呂 욕실 화장실 baño bagno badezimmer",
    "cafe": "咖啡馆 咖啡店 咖啡厅 吧台 酒吧 カフェ 喫茶店 居酒屋 카페 cafetería café bar bistrot kneipe", "office": "办公室 オフィス 사무실 oficina bureau büro",
    "corridor": "走廊 廊下 복도 pasillo couloir flur korridor", "platform": "站台 月台 车站 地铁站 駅 ホーム 역 승강장 andén estación quai gare bahnsteig bahnhof",
    "shop": "商店 商店街 市场 集市 店 市場 시장 가게 tienda mercado magasin marché laden markt", "rooftop": "屋顶 天台 楼顶 屋上 옥상 azotea toit dach",
    "stadium": "体育场 球场 体育馆 スタジアム 球場 경기장 estadio stade stadion", "mountain": "山 高山 山顶 山路 山道 산 montaña montagne berg berge",
    "pool": "泳池 游泳池 プール 수영장 piscina piscine schwimmbad", "water": "海上 大海中 海の上", "underwater": "水下 海底 水中 바닷속 bajo·el·agua sous·l'eau unter·wasser",
    "waterfall": "瀑布 滝 폭포 cascada cascade wasserfall", "planet": "火星 月球 火星 화성 marte mars", "space": "太空 宇宙 宇宙空間 우주 espacio espace weltraum",
    "studio": "摄影棚 影棚 スタジオ 스튜디오 estudio studio", "train_interior": "车厢 電車の中 車内 기차·안", "car_interior": "车内 车里 車の中 차·안",
}
"""The same places in other languages."""
_FAINT = {"mountain": "mountain, mountains, cliff, cliffs, peak, peaks", "water": "wave", "planet": "crater"}
"""Scenery that makes the place where nothing else does."""
_VERBS = {
    "run": "chase~, flee~, escape~, charge~, gallop~, sprint~, dash~, rush~", "walk": "swim~, crawl~, creep~, stalk~, sneak~, swam", "fly": "dive~, glide~",
    "talk": "argue~, roar~, bark~, meow~, laugh~, yell~, howl~, growl~, neigh~, narrate~, weep~, wept, sob~", "break": "explode~",
}
"""Verbs beyond the repertoire, by the action of it that comes nearest."""
_SMALL = frozenset("of and is are was were to that which who then as while when or but it its has have can will into onto over under next floats drifts shines hangs glows glow lights stands".split())
"""Words after a noun that are no noun."""
_NEVER = frozenset(
    "world k hd uhd fps mm raw pro ultra film photo camera video shot scene style texture label text logo watermark subtitle subtitles caption captions title music score sound audio voice "
    "lens light lighting frame grade gradient bokeh blur focus depth field motion slow-motion timelapse color colour cut angle drone selfie close-up macro ok no yes new free top right left "
    "up down back end soon on cool".split()
)
"""Words about the film, not in it, and words that a drawing's list has in another sense."""


GARMENTS = frozenset(
    "running-shoe hiking-boot high-heeled-shoe womans-sandal mans-shoe womans-boot flat-shoe thong-sandal ballet-shoes socks gloves scarf necktie bowtie bikini one-piece-swimsuit kimono sari "
    "dress coat lab-coat jeans shorts t-shirt running-shirt top-hat billed-cap womans-hat cowboy-hat graduation-cap goggles glasses sunglasses headphone ring watch crown backpack handbag "
    "cape armor martial-arts-uniform womans-clothes safety-vest military-helmet rescue-workers-helmet".split()
)
"""Drawings of what a person may have on: with "wears" before them they stand nowhere by themselves."""
MEDIA = frozenset(
    "advert advertisement ad ads commercial trailer teaser film video clip movie brand campaign documentary vlog animation cartoon poster montage footage shot scene photo "
    "photography logo company style aesthetic look theme show".split()
)
"""What a noun before them only describes: "car commercial", "perfume ad"."""


@lru_cache(maxsize=1)
def places() -> dict[str, tuple[str, bool]]:
    """Word or phrase -> (a place of the theatre, is it that very place or only the one nearest to it?)."""
    found = {}
    for place, words in _PLACES.items():
        own, _, near = words.partition("|")
        found |= {word.strip(): (place, exact) for said, exact in ((own, True), (near, False)) for word in said.split(",") if word.strip()}
    return found


@lru_cache(maxsize=1)
def abroad() -> dict[str, str]:
    """Word of another language -> the place beyond the eight that it names."""
    return {word.replace("\u00b7", " "): place for place, words in _ABROAD.items() for word in words.split()}


@lru_cache(maxsize=1)
def _faint() -> dict[str, str]:
    return {word.strip(): place for place, words in _FAINT.items() for word in words.split(",")}


def place_at(words: Sequence[Word], i: int, joined: Sequence[bool]) -> int:
    """How many words, at least two and all of them known singly, are a phrase for a place that begins at word ``i``: "in her car"; 0 for none."""
    for count in range(MOST, 1, -1):
        if i + count <= len(words) and all(joined[i + 1 : i + count]) and " ".join(word.text for word in words[i : i + count]) in places():
            return count
    return 0


@lru_cache(maxsize=1)
def verbs() -> dict[str, str]:
    """Form of a verb -> action."""
    own = {form: action for action, said in _VERBS.items() for verb in said.split(", ") for form in (repertoire._forms(verb) if verb.endswith("~") else (verb,))}
    return {form: family for form, family in families.families().items() if " " not in form} | own


@lru_cache(maxsize=1)
def professions() -> dict[str, tuple[str, str]]:
    """Word or phrase -> (what person, how dressed)."""
    return {word.strip(): worn for worn, words in _PROFESSIONS.items() for word in words.split(",")}


def weak(cutout: cutouts.Cutout) -> bool:
    """Is it a part or a trace of something, and on stage only where nothing else is?"""
    return cutout.name in _WEAK or cutout.word.lower() in _WORN or (drawn_as(cutout.word.lower()) == cutout.name and _single(cutout.word.lower()) not in {*_SUBJECTS, *_WHOLE})


def owner(phrase: str) -> str | None:
    """Whose part "knight eyes", "dragon wings" are; None where the first words are nobody."""
    first = phrase.rpartition(" ")[0]
    found = cutouts.find(first, "en") if first else None
    return first if first in professions() or (found is not None and found.exact and found.nature.move in (*cutout_table.ALIVE, "drive")) else None


def drawn_as(word: str) -> str | None:
    """The drawing of a noun that the repertoire takes for something else; None for any other word."""
    return next((names[one] for one in (word, _single(word)) for names in (_SUBJECTS, _ALONE) if one in names), None)


def _single(word: str) -> str:
    return word[:-1] if word.endswith("s") and word not in _ALONE and word not in _SUBJECTS else word


def _described(words: Sequence[Word], i: int, joined: Sequence[bool]) -> int:
    """Where the article stands that opens the noun at ``i``, with nothing but colours, sizes and the like between them; -1 where none does."""
    for at in range(i - 1, max(-1, i - 5), -1):
        if not joined[at + 1]:
            return -1
        if words[at].text in _ARTICLES:
            return at
        entry = repertoire.match([words[at].text], 0)
        if entry is None or entry[1][0] not in _DESCRIBING:
            return -1
    return -1


def _ends(words: Sequence[Word], after: int, joined: Sequence[bool]) -> bool:
    """Is what ends before ``after`` a whole noun: does no other noun follow that it describes?"""
    if after >= len(words) or not joined[after]:
        return True
    entry = repertoire.match([words[after].text], 0)
    if entry is None:
        return words[after].text in verbs() or _is_verb_form(words[after].text)
    return entry[1][0] in _GOES_ON or (entry[1][0] == "filler" and words[after].text in _SMALL)


def _is_verb_form(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss") and cutouts.find(word, "en") is None and word not in professions() and word not in places()


def _subject(words: Sequence[Word], i: int, joined: Sequence[bool]) -> tuple[int, str] | None:
    """(how many words, drawing) of a noun at ``i`` that the repertoire takes for something else."""
    for count in (2, 1):
        said = " ".join(word.text for word in words[i : i + count])
        name = drawn_as(said)
        if name is None or len(words) < i + count or (count == 2 and not joined[i + 1]):
            continue
        article = _described(words, i, joined)
        opens = article >= 0 and (article == 0 or not joined[article])
        if article >= 0 and (opens or said in _SUBJECTS or _single(said) in _SUBJECTS) and _ends(words, i + count, joined):
            return count, name
    return None


def noun_at(words: Sequence[Word], i: int, joined: Sequence[bool]) -> tuple[int, str, str] | None:
    """(how many words, category, value) of the subject that begins at word ``i``; None where none does.

    ``joined``: does only blank space stand between a word and the one before it? The category is "profession" or "backdrop" (its value the word) or
    "cutout" (the phrase), or "action" for a verb. At least one of the words is one that the repertoire does not know.
    """
    most = 1
    while most < MOST and i + most < len(words) and joined[i + most]:
        most += 1
    plain = [word.text for word in words[i : i + most]]
    known = [repertoire.match([word], 0) is not None for word in plain]
    bare = plain[0] in families.families() and not plain[0].endswith(("s", "ing", "ed"))
    if not known[0] and plain[0] in verbs() and (i == 0 or words[i - 1].text not in _ARTICLES) and not (bare and i and words[i - 1].text not in _NO_NOUN_BEFORE):
        return 1, "action", verbs()[plain[0]]
    alone = _subject(words, i, joined)
    for count in range(most, 0, -1):
        phrase = " ".join(plain[:count])
        if alone is not None and count == alone[0]:
            return count, "cutout", alone[1]
        if all(known[:count]) and (count == 1 or phrase not in cutout_table.english()):
            continue
        if phrase in _NEVER:
            continue
        if count == 1 and _is_verb(words, i, joined):
            continue
        single = phrase[:-1] if phrase.endswith("s") and not phrase.endswith("ss") else phrase
        if phrase in places() and _of_vehicle(words, i + count, joined):
            continue
        if phrase in places() and not _modifies_person(words, i + count, joined):
            return count, "backdrop", phrase
        if phrase in _faint() and not _modifies(words, i + count, joined):
            return count, "weak_place", _faint()[phrase]
        if (phrase in professions() or single in professions()) and not (i + count < len(words) and joined[i + count] and words[i + count].text in MEDIA):
            return count, "profession", phrase if phrase in professions() else single
        found = cutouts.find(phrase, "en")
        if found is None and count == 2 and not known[0] and known[1] and _is_head(words, i, joined):
            return 2, "cutout", plain[1]
        if found is None or (count > 1 and not found.exact) or _modifies(words, i + count, joined):
            continue
        return count, "kind" if found.kind == "prop" else "cutout", found.name if found.kind == "prop" else phrase
    return None


_WHAT_FOLLOWS_VERBS = frozenset("it him her them up down out off away back into onto through over the a an his their my your with at toward towards from past around against".split())


def _of_vehicle(words: Sequence[Word], after: int, joined: Sequence[bool]) -> bool:
    """Does a place only tell of what kind a vehicle or a lamp is: "a school bus", "a street lamp"?"""
    if after >= len(words) or not joined[after]:
        return False
    found = cutouts.find(words[after].text, "en")
    return found is not None and (found.nature.move in ("drive", "sail") or words[after].text in ("lamp", "lamps", "lantern", "ball", "plane", "train"))


def _is_verb(words: Sequence[Word], i: int, joined: Sequence[bool]) -> bool:
    """Does this word tell what somebody does rather than name something: "she brushes", "a man drinks", "the fox picks it up"?"""
    if i == 0 or not joined[i]:
        return False
    before, word = words[i - 1].text, words[i].text
    goes_on = i + 1 < len(words) and joined[i + 1] and words[i + 1].text in _WHAT_FOLLOWS_VERBS
    if goes_on and word.endswith("s") and not word.endswith("ss") and (found := cutouts.find(before, "en")) is not None and found.nature.move not in ("stand", "grow", "burn"):
        return True
    taken_up = i + 1 < len(words) and joined[i + 1] and words[i + 1].text in ("it", "him", "them", "up")
    if taken_up and word.endswith("s") and before not in _ARTICLES and repertoire.match([before], 0) is not None:
        return True
    if before in _NO_NOUN_BEFORE:
        return before != "and" or (word.endswith("s") and i + 1 < len(words) and joined[i + 1])
    entry = repertoire.match([before], 0)
    doer = before in professions() or (entry is not None and entry[1][0] == "person")
    return doer and word.endswith("s")


def _is_head(words: Sequence[Word], i: int, joined: Sequence[bool]) -> bool:
    """Is the second word a drawn noun that the repertoire passes over, told apart by an article and a word before it: "a luxury *watch*"?"""
    entry = repertoire.match([words[i + 1].text], 0)
    if i == 0 or words[i - 1].text not in _ARTICLES or entry is None or entry[1][0] != "filler":
        return False
    found = cutouts.find(words[i + 1].text, "en")
    return found is not None and found.exact and found.kind == "drawing" and not _modifies(words, i + 2, joined)


def _modifies(words: Sequence[Word], after: int, joined: Sequence[bool]) -> bool:
    """Is what ends before ``after`` only the first part of a compound: "perfume bottle", "horse rider"?"""
    if after >= len(words) or not joined[after]:
        return False
    following = words[after].text
    if following in MEDIA:
        return True
    entry = repertoire.match([following], 0)
    if entry is not None:
        return entry[1][0] in ("person", "kind", "clothes")
    if following in professions():
        return True
    found = cutouts.find(following, "en")
    return found is not None and found.exact and not _is_verb(words, after, joined) and not following.endswith(("ing", "es"))


def _modifies_person(words: Sequence[Word], after: int, joined: Sequence[bool]) -> bool:
    """Does a word for a person follow: "office worker", "pool guy", "station master"?"""
    if after >= len(words) or not joined[after]:
        return False
    entry = repertoire.match([words[after].text], 0)
    return words[after].text in professions() or (entry is not None and entry[1][0] == "person")


def card_at(words: Sequence[Word], i: int, joined: Sequence[bool]) -> bool:
    """May the unknown word at ``i`` be a thing that nothing draws: "a quokka"? It has an article before it and no noun behind it."""
    word = words[i].text
    if len(word) < 3 or not word.isalpha() or word in _NEVER or word.endswith(("ly", "ing", "ed", "ic", "ous", "ful", "ish", "able", "al")):
        return False
    begin = i
    while begin > 0 and joined[begin] and i - begin < 3:
        begin -= 1
        if words[begin].text in _ARTICLES:
            break
    else:
        return False
    if i + 1 >= len(words) or not joined[i + 1]:
        return True
    entry = repertoire.match([words[i + 1].text], 0)
    return entry is not None and entry[1][0] in ("action", "glue", "link", "pronoun", "filler")
