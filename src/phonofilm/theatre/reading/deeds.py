"""Deeds: what happens between bodies beyond one body's movement. Families, not verbs: somebody pours into something,
cuts it, carries it, dunks it; a train passes behind; drops roll down; a flock crosses; a dragon breathes fire. Read
from a shot's words here, staged by ``happenings``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from phonofilm.theatre.lexicon import cutouts
from phonofilm.theatre.reading.plan import Plan, Role, Turn

_VEHICLES = r"trains?|trams?|subways?|metros?|locomotives?|bus(?:es)?|cars?|trucks?|taxis?|vans?|motorcycles?|lorr(?:y|ies)|ambulances?|carriages?|電車|列車|汽車|新幹線|バス|车|火车|地铁|列车|公交车|汽车|기차|전철|지하철|버스|tren|metro|autobús|zug|bahn|métro"
_LIQUIDS = (
    (r"\bwater|热水|水|お湯|물|agua|eau|wasser", (0.50, 0.74, 0.92)),
    (r"coffee|espresso|chocolate|咖啡|コーヒー|커피|café|kaffee", (0.36, 0.22, 0.14)),
    (r"milk|cream|牛奶|ミルク|牛乳|우유|leche|lait|milch", (0.97, 0.95, 0.90)),
    (r"honey|syrup|\boil\b|beer|whisk|caramel|serum|蜂蜜|油|はちみつ|꿀|miel|honig", (0.93, 0.64, 0.16)),
    (r"red wine|wine|blood|berry|红酒|葡萄酒|ワイン|와인|vino|vin\b|wein", (0.56, 0.09, 0.18)),
    (r"broth|soup|stock|gravy|sauce|汤|スープ|出汁|국물|caldo|bouillon|brühe", (0.85, 0.58, 0.24)),
    (r"\btea\b|matcha|茶|차", (0.66, 0.50, 0.20)), (r"lava|molten", (0.98, 0.40, 0.10)),
    (r"", (0.50, 0.74, 0.92)),
)  # fmt: skip
_STUFF = (
    (r"gravel|stone|pebble|rock|debris|砂利|碎石", (0.52, 0.49, 0.46)),
    (r"dust|sand|dirt|沙|尘|砂|埃", (0.80, 0.62, 0.42)), (r"mud|泥", (0.40, 0.29, 0.20)),
    (r"snow|powder|雪", (0.96, 0.97, 1.0)), (r"spark|ember|火花", (1.0, 0.72, 0.26)), (r"", (0.86, 0.94, 0.98)),
)  # fmt: skip
_BITS = (
    (r"coffee|bean|豆|chocolate|cocoa", (0.34, 0.20, 0.12)), (r"petal|blossom|sakura|花びら|花瓣|樱|桜",
        (0.97, 0.72, 0.80)), (r"onion|herb|mint|basil|parsley|葱|ネギ", (0.42, 0.70, 0.26)),
    (r"leaf|leaves|叶|葉", (0.86, 0.50, 0.18)), (r"coin|gold|金", (0.95, 0.78, 0.26)),
    (r"ash|feather|snow|rice|sugar|salt|flour|羽|灰|糖|盐", (0.94, 0.93, 0.92)),
    (r"confetti|candy|sprinkle|彩", (0.93, 0.36, 0.52)), (r"berr|cherr|strawberr|tomato|pepper", (0.84, 0.16, 0.18)),
    (r"spark|ember", (1.0, 0.66, 0.20)), (r"", (0.88, 0.74, 0.42)),
)  # fmt: skip
_PARTS_OF_FACE = r"cheeks?|face|eyes?|tears?|lips|mouth|forehead|chin|nose|brow|temples?|头发|脸|臉|眼泪|嘴|頬|顔|涙|口"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("dunk",
        r"\b(?:slam[- ]?)?dunk\w*|\bslam(?:s|med|ming)? (?:the |a |his |her )?(?:ball|basketball|it)\b|\b(?:through|into) the (?:hoop|basket|rim)\b|ダンク|灌篮|扣篮|덩크"),
    ("mouth",
        r"\bin (?:its|his|her|their|the) (?:mouth|jaws?|beak|teeth|maw)\b|くわえ|咥え|叼|입에 물|im (?:Maul|Schnabel)|en (?:la boca|el hocico|el pico)|dans (?:sa|la|son) (?:gueule|bec)"),
    ("carry",
        r"\b(?:carr(?:y|ies|ying|ied)|cradl(?:e|es|ing)|lift(?:s|ing)? up|hold(?:s|ing)|hugg?(?:s|ing)|picks? up|rescu\w+)(?= (?:\w+ ){0,3}(?:child|baby|boy|girl|kid|toddler|daughter|son|infant|"
     r"puppy|kitten|dog|cat|lamb|bride)\b)|\b(?:carr(?:y|ies|ying|ied)|bring(?:s|ing)?|brought|deliver(?:s|ing)?|serv(?:es|ing)|lug(?:s|ging)|haul(?:s|ing))\b|抱着|抱きかかえ|抱っこ|背着|端着|运ん|運ん|運び|搬"),
    ("pour",
        r"(?<!it )\bpour(?:s|ed|ing)?\b(?! rain| down| with)|\bdrizzl\w+|\bladl\w+|\btrickl\w+ (?:over|into|onto)|注入|注ぐ|注が|注い|倒入|倒进|冲泡|淋上|붓|따르|\bvierte|\bvers(?:e|ant)\b|\bgießt"),
    ("slice",
        r"\bslic(?:e|es|ed|ing)\b|\bchop(?:s|ped|ping)?\b|\bhalv(?:e|es|ed|ing)\b|\bcuts? (?:open|through|into|in half|(?:an?|the|his|her) )|\bis cut\b|\bcutting (?:open|through|into|(?:an?|the) )|切开|切る|切り分|切れ|"
     r"切成|切片|썰|자르|\bcorta\b|\bcoupe\b|\bschneidet"),
    ("breath",
        r"\b(?:breath(?:e|es|ing)|roar(?:s|ed|ing)?|spew(?:s|ing)?|spit(?:s|ting)?|belch(?:es|ing)?|shoot(?:s|ing)?|exhal(?:e|es|ing)|blow(?:s|ing)?|unleash(?:es|ing)?|vomit\w*)(?: out)? "
     r"(?:\w+ ){0,3}?(?:fire|flames?|smoke|ice|frost|steam|lightning)\b|\bfire[- ]breath\w*|喷火|吐火|喷出火|火を(?:吹|噴|吐)|불을 (?:뿜|내뿜)|echa(?:ndo)? fuego|crache du feu|speit feuer"),
    ("wings",
        r"\b(?:spread|unfold|open|unfurl|stretch|extend|flap|beat)(?:s|es|ed|ing)?(?: out| open)? (?:\w+ ){0,3}wings?\b|\bwings? (?:\w+ ){0,1}(?:spread|unfold|open|unfurl|stretch|beat)\w*|翼を広げ|羽を広げ|展开(?:\w){0,2}翅膀|张开(?:\w){0,2}翅膀|展翅|날개를 펴"),
    ("pass",
        rf"(?:{_VEHICLES})(?:が|は|가|이|从|在)?\W*(?:that |which |suddenly |slowly |silently )?(?:(?:rush|pass|rac|speed|thunder|roar|whizz|whoosh|zoom|hurtl|fl(?:y|ie)|blur|sweep|streak|drive|roll|rumbl)(?:e|es|s|ing|ed)?\b"
     r"(?: (?:past|by|through|behind))|pass(?:es|ing)?\b|通り過ぎ|通過|走り去|駛過|驶过|经过|呼啸而过|开过|지나가|통과|pasa\b|fährt vorbei|passe\b)"),
    ("flock",
        r"\b(?:flocks?|swarms?|schools?|shoals?|herds?|murmurations?|squadrons?|packs?) of\b|の群れ|一群|成群|떼\b|bandada de|une? (?:volée|nuée) d|schwarm\b"),
    ("beads",
        r"\b(?:water |dew |rain|sweat |condensation )?(?:droplets?|dewdrops?|drops|beads?|condensation|raindrops?)(?: of \w+)? (?:\w+ ){0,2}?(?:roll|run|slid|slide|trickl|drip|stream|glisten|cling|form|bead|fall|cover)\w*|"
     r"\bcondensation\b|\b(?:covered|beaded|glistening|dotted|misted) (?:in|with) (?:\w+ ){0,2}(?:droplets|drops|dew|condensation)|水珠|水滴|しずく|물방울|gotas? de agua|gouttes? d|wassertropfen"),
    ("spray",
        r"\b(?:kick|throw|spit|spray|fling|churn|rais|send|splash|thrash|toss|scatter)(?:s|es|e|ing|ting)? (?:up |out |off )?(?:\w+ ){0,2}?(?:spray|gravel|dust|sand|mud|snow|water|dirt|sparks?|pebbles|stones|powder)\b|"
     r"\b(?:dust|sand|snow|gravel|mud|spray|sparks) (?:\w+ )?(?:curl|fl(?:y|ies)|ris|swirl|kick|spray|splash|billow|whirl)\w*|扬起(?:\w){0,3}(?:尘|沙|水)|水花|しぶき|砂ぼこり|먼지"),
    ("steam",
        r"\bsteam(?:s|ing)?\b|\bsmok(?:ing|es) (?:cup|bowl|gun|cigar\w*)|\bsmoke (?:\w+ )?(?:ris|curl|drift|billow)\w*|蒸汽|蒸気|湯気|热气|冒烟|煙が|김이 (?:나|피)|vapor\b|vapeur|dampf"),
    ("shower",
        r"\b(?:\w{3,}s|confetti|rice|sugar|salt|flour|snow|ash) (?:\w+ly )?(?:fall|rain|drift|cascad|tumbl|shower|flutter|dropp|drop|sprinkl)(?:e|ing)?\b(?: (?:from above|down|around|through|in slow motion|onto|over|into))|"
     r"\b(?:confetti|petals|leaves|feathers|coins|ashes|sparks|beans|berries|bits) (?:\w+ ){0,2}?(?:fall|rain|drift|float|flutter|swirl|cascade)\w*|(\w{1,3})从(?:上方|空中|天)\w{0,2}(?:落下|飘落|洒落)|(\w{1,3})(?:飘落|散落|洒落)|"
     r"(\w{1,4})が(?:舞い落ち|降り注|舞い散|散る|降って)"),
    ("burning",
        r"\bburning (?:\w+ ){0,2}?(?:city|street|village|town|house|building|castle|forest|ruins?|car|ship|battlefield|wreck\w*|tower|sky)|\b(?:in flames|on fire|ablaze|engulfed)\b|燃える(?:街|町|家)|燃烧的|着火|火の海|불타는|en llamas|en flammes|brennende"),
    ("crowd",
        r"\b(?:against|through|past|into|among|amid|amidst|between) (?:a|the) (?:\w+ ){0,2}crowds?\b|\bcrowded (?:\w+ )?(?:street|market|platform|station|square|bar|room|train)|\bcrowds? of (?:people|commuters|shoppers|dancers)|"
     r"人群|人混み|雑踏|拥挤|인파|multitud|foule|menschenmenge"),
    ("climb",
        r"\b(?:up|down|climb\w*|ascend\w*|descend\w*) (?:the |an? )?(?:\w+ ){0,2}?(?:escalators?|stairs|staircase|steps|stairway)\b|(?:上|下|跑上|走上|走下)(?:楼梯|扶梯|台阶)|階段を|エスカレーター|계단을|에스컬레이터|escaleras?|escaliers?|treppe"),
    ("selfie", r"\bselfie\b|\bat arm'?s length\b|自拍|自撮り|셀카"),
    ("lens",
        r"\b(?:into|to|at|toward|towards|straight to|facing) (?:the )?(?:camera|lens|viewer|us)\b(?! tilt| pan| move)|\beye contact with the camera|看向?镜头|对着镜头|望向镜头|カメラ目線|カメラを見|カメラに向|카메라를 (?:보|바라)|a (?:la )?cámara|vers la caméra|in die kamera"),
    ("tolens",
        r"\b(?:toss|throw|hurl|fling|lob|flick|hand|roll|kick)(?:s|es|ing|ed)? (?:\w+ ){1,3}?(?:to|at|toward|towards|into) (?:the )?(?:camera|lens|viewer|us)\b|(?:扔|抛|丢)向镜头|カメラに(?:投げ|向かって投げ)"),
    ("touch",
        rf"\b(?:pat|touch|rub|wash|wip|cover|dab|massag|cup|slap|stroke|caress|splash|dr(?:y|ie)|scrub|bur(?:y|ie)|appl)\w* (?:\w+ ){{0,3}}?(?:{_PARTS_OF_FACE})\b|(?:拍|摸|擦|捂|轻拍)(?:\w){{0,3}}(?:脸|眼|嘴|颊)|頬を|顔を(?:洗|覆|拭)|涙を(?:拭|ふ)"),
    ("smell",
        r"\b(?:smell|sniff|inhal)\w*|\bbreath\w* in (?:\w+ ){0,2}?(?:aroma|scent|smell)|闻香|闻一闻|闻着|嗅|香りを|匂いを|냄새를 맡|huele|\bhume\b|riecht"),
    ("wave",
        r"\bwav(?:e|es|ed|ing) (?:at|to|back|goodbye|hello|hi|his|her|their|a hand|and|as|from)\b|\bwav(?:es|ing)\s*[.,;]|挥手|招手|手を振|손을 흔|saluda|fait signe|winkt"),
    ("snatch", r"\bcatch(?:es|ing)?\b|\bcaught\b|\bfetch\w*|\bsnatch\w*|接住|キャッチ|받아"),
    ("stalk",
        r"\b(?:sneak|stalk|creep|prowl|tiptoe|slink)(?:s|ing)?\b|\bcrept\b|狙っ|狙う|忍び寄|忍び足|抜き足|悄悄|偷偷|蹑手蹑脚|살금|acecha|schleicht"),
    ("ledge",
        r"\b(?:on|upon|atop) (?:an?|the|its|some) (?:[\w-]+ ){0,3}?(?:ledges?|plinth|pedestal|rocks?|slab|shelf|podium|boulder|stump|windowsill|counter|table|countertop|crate)\b|(?:岩|石|台)の上|(?:岩石|石台|桌)上"),
    ("perch",
        r"\b(?:on|upon|atop|on top of) (?:an?|the|its|some|her|his) (?:[\w-]+ ){0,2}?(?:towers?|roofs?|walls?|branch(?:es)?|chimneys?|battlements?|parapets?|steeples?|spires?|fences?)\b|(?:塔|屋顶|屋頂|墙头|墙|树枝|枝头)(?:楼|楼顶|顶|尖)?上|"
     r"(?:塔|屋根|塀|木の枝|枝)の?(?:上|てっぺん)|(?:탑|지붕|담|나뭇가지) ?위|en (?:la|una|el|un) (?:torre|tejado|muro|rama)\b|sur (?:la|une|le|un) (?:tour|toit|mur|branche)\b|auf (?:dem|einem|der|einer) (?:turm|dach|mauer|ast)\b"),
    ("palm",
        r"\b(?:open|unfold|uncurl|extend|hold|reach|offer|stretch)(?:s|es|ing)?(?: out)? (?:its|his|her|their|a|the) (?:\w+ )?(?:hands?|palms?|fists?|fingers)\b(?! (?:up|wide|raised))|手のひら|手を(?:開|ひら|差し)|"
     r"(?:张开|伸出|摊开)(?:\w){0,3}(?:手|手掌)(?!臂)|손을 (?:펴|펼|내밀)|(?:abre|extiende) la mano|(?:ouvre|tend) la main|öffnet (?:die|seine|ihre) hand"),
    ("heartbeat",
        r"\bheart ?beats?\b|\b(?:beating|pounding) heart\b|心跳声?|鼓動|心音|심장 ?(?:박동|소리)|latidos?\b|battements? de c(?:œ|oe)ur|herzschlag"),
    ("arms",
        r"\b(?:arms?|hands) (?:\w+ ){0,2}?(?:wide|outstretched|outspread|spread|open|raised|aloft|overhead|up)\b|\b(?:spread|stretch|open|rais|throw|lift|fling|hold)(?:s|es|e|ing)?(?: out| up| open)? (?:his|her|their|both|the) (?:\w+ )?arms?\b|"
     r"(?:张开|展开|伸开|举起)(?:\w){0,2}(?:双臂|手臂|双手)|両?[手腕]を(?:大きく)?(?:広げ|挙げ|上げ)|팔을 (?:벌|들)|brazos (?:abiertos|en alto)|bras (?:écartés|ouverts|levés)|ausgebreiteten armen"),
    ("shout",
        r"\b(?:shout|yell|scream|holler|bellow)(?:s|ed|ing)?\b|\bcr(?:y|ies|ied) out\b|叫(?:ぶ|び|ん)|怒鳴|大喊|喊道|大叫|怒吼|소리(?:치|를 지)|외치|\bgrita\b|\bcrie\b|\bschreit\b"),
    ("toward",
        r"\b(?:run|walk|rush|dash|sprint|head|race|stride|move|come|step|march|hurr(?:y|ie))(?:s|es|ing)? (?:\w+ly )?(?:toward|towards|up to|over to) "),
    ("reflected", r"\breflect(?:ed|ion|ions|s|ing)\b|映(?:る|り|って)|倒映|反射|비친|reflejad[oa]|reflét|spiegelt"),
    ("buried", r"\b(?:half-|partly |partially )?buried\b|掩埋|埋まっ|埋もれ|埋在|묻힌|enterrad|enfoui|vergraben"),
    ("outof",
        r"\blean\w* out(?: of)?\b|\blooks? out of (?:the|an?) (?:\w+ ){0,2}?(?:tram|train|bus|car|window|taxi|van|carriage)|\bout of (?:the|an?) (?:\w+ ){0,2}?(?:tram|train|bus|car|taxi|van) window|探出(?:\w){0,4}|窓から(?:身|顔|手)|창밖으로"),
    ("carve",
        r"\b(?:carv(?:e|es|ing)|drift(?:s|ing)?|skid(?:s|ding)?|swerv(?:e|es|ing)|weav(?:e|es|ing)|corner(?:s|ing)?|speed(?:s|ing)?|zoom(?:s|ing)? (?:past|through|down|along|by)|cruis(?:e|es|ing)|hurtl\w+|rac(?:e|es|ing)|accelerat\w+|roars?)\b|漂移|疾驰|飞驰|行驶|疾走"),
    ("halt",
        r"\b(?:stops|pulls? (?:up|over)|comes? to (?:a |rest|a halt|a stop)\w*|brakes|halts|parks|screech\w* to)\b|停下|停在|停车|止まる|停まる|멈추|멈춘|se detiene|s'arrête|hält an"),
    ("dropin", r"\b(?:drops?|dropping) (?:in|into|down)\b|\bburst\w* out\b|\blaunch\w* off\b"),
)  # fmt: skip
_FOUND = tuple((kind, re.compile(told, re.IGNORECASE)) for kind, told in _PATTERNS)


SLOW_MOTION = re.compile(
    r"\b(ultra|super|extreme|hyper)?[- ]?slow[- ]?mo(?:tion)?\b|\bslomo\b|\bbullet[- ]time\b|(超|极)?(?:慢动作|慢鏡頭|慢镜头|慢動作)|(超|スーパー)?スローモーション|スロー再生|(초)?슬로(?:우)? ?모션|"
    r"\bc[áa]mara (?:s[úu]per )?lenta\b|\bau ralenti\b|\bzeitlupe\b|\bcâmera lenta\b",
    re.IGNORECASE,
)
SLOW, SLOWEST = 2.0, 3.0
"""How many times as long everything takes in slow and in ultra slow motion."""


COMMON = (
    "carve",
    "dropin",
    "dunk",
    "pour",
    "pass",
    "lens",
    "wave",
    "halt",
    "tolens",
    "snatch",
    "toward",
    "perch",
    "arms",
    "shout",
    "palm",
)
"""Deeds that the theatre's own words may tell of too: by themselves they do not make a prompt one beyond its
repertoire."""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One deed of a shot."""

    kind: str
    of: Role | None = None
    """Whom the words name last before it."""
    on: Role | None = None
    """Whom the words name first after it."""
    word: str = ""
    said: str = ""
    """The words around it, in small letters: what is poured, what falls."""


def read(text: str, plan: Plan, opening: int) -> list[Deed]:
    """The deeds of a shot's words; those of its first ``opening`` characters, which belong to all shots, only where
    they describe no act."""
    low = text.lower()
    at = sorted(
        ((place, turn.role) for turn in plan.turns if (place := _place(low, turn.role.word, opening)) >= 0),
        key=lambda one: one[0],
    )
    found = []
    for kind, pattern in _FOUND:
        match = next(
            (one for one in pattern.finditer(text) if one.start() >= opening or kind in ("burning", "selfie")), None
        )
        if match is None:
            continue
        before = [
            role
            for place, role in at
            if place < match.start() or (place < match.end() and kind in ("pass", "shower", "flock"))
        ]
        after = [role for place, role in at if place >= match.start() and (not before or role is not before[-1])]
        begin = max(low.rfind(mark, 0, match.start()) for mark in (".", ",", ":", ";", "\n", "。", "，", "、")) + 1
        found.append(
            Deed(
                kind=kind,
                of=before[-1] if before else None,
                on=after[0] if after else None,
                word=match[0].strip(),
                said=low[begin : match.end() + 40],
            )
        )
    return found


def slowness(text: str) -> float:
    """How many times as long everything takes as the words ask for; 1 where they do not."""
    match = SLOW_MOTION.search(text)
    return 1.0 if match is None else SLOWEST if any(match.groups()) or match[0].lower().startswith("bullet") else SLOW


def _place(text: str, word: str, opening: int) -> int:
    """Where a role's word stands in the shot's own words, else anywhere; -1 for nowhere."""
    if not word:
        return -1
    last = word.split()[-1]
    return next(
        (place for place in (text.find(word, opening), text.find(last, opening), text.find(word)) if place >= 0), -1
    )


def settle(plan: Plan, cast: list[Role]) -> None:
    """What a shot's deeds take: the ball and the ring of a dunk, the street outside a tram's window, people who stand
    while they pour."""
    kinds = {turn.role.kind for turn in plan.turns}
    for deed in plan.deeds:
        if deed.kind == "dunk":
            for kind, cutout in (("ball", None), ("hoop", cutouts.cutout("hoop", "hoop"))):
                if kind not in kinds and not (kind == "ball" and "basketball" in kinds):
                    cast.append(Role(kind=kind, number=len(cast), cutout=cutout, word=kind))
                    plan.turns.append(Turn(role=cast[-1]))
        elif deed.kind == "mouth" and plan.camera == "track":
            for turn in plan.turns:
                turn.action = "go" if turn.role.cutout is not None and turn.action == "leave" else turn.action
        elif deed.kind == "outof" and plan.place in ("train_interior", "car_interior"):
            plan.place = "city"
        elif deed.kind in ("pour", "slice", "touch", "smell"):
            for turn in plan.turns:
                if turn.role.kind == "person" and turn.family in (None, "work", "hold"):
                    turn.action, turn.family, turn.course = "talk" if turn.action == "talk" else "stand", "hold", []


ISLAND = re.compile(
    r"\b(?:kitchen|marble|granite|stone|wooden|cooking|central|breakfast) island\b|\bisland"
    r" (?:counter|bench|worktop)\b|中岛|中島|アイランドキッチン|아일랜드 (?:식탁|주방)",
    re.IGNORECASE,
)
_SPEAKS = re.compile(
    r"\b(?:sa(?:y|id)|speak|spoke|whisper|ask|murmur|mutter|repl(?:y|ie)|tell|told|answer|call|shout)\w*|[言云]|つぶや|呟|ささや|囁|话す|話す|叫|[说說]|[问問]|低语|말|속삭|\bdice\b|\bdit\b|\bsagt\b",
    re.IGNORECASE,
)
_MEANWHILE = re.compile(
    r"\b(?:as|while|when|under|over|mientras|pendant|während)\b|ながら|とき|時に|同时|一边|동안", re.IGNORECASE
)


def first_passes(plan: Plan) -> bool:
    """Do the words have a vehicle pass, and somebody speak only after that?"""
    passing = one(plan, "pass")
    if passing is None:
        return False
    begin = plan.told.find(passing.word)
    spoken = _SPEAKS.search(plan.told, begin + len(passing.word))
    lead = plan.told[
        max(plan.told.rfind(mark, 0, begin) for mark in ".,;。，、\n") + 1 : spoken.start() if spoken else begin
    ]
    earlier = _SPEAKS.search(plan.told, 0, max(0, begin))
    return begin >= 0 and spoken is not None and earlier is None and not _MEANWHILE.search(lead)


def colour_of(table: Sequence[tuple[str, tuple[float, float, float]]], said: str) -> tuple[float, float, float]:
    """The colour of the first row whose words are said."""
    return next(colour for words, colour in table if re.search(words, said))


def liquid(said: str) -> tuple[float, float, float]:
    """The colour of what is poured."""
    return colour_of(_LIQUIDS, said)


def stuff(said: str) -> tuple[float, float, float]:
    """The colour of what is thrown up."""
    return colour_of(_STUFF, said)


def bits(said: str) -> tuple[float, float, float]:
    """The colour of what falls in many pieces."""
    return colour_of(_BITS, said)


def one(plan: Plan, *kinds: str) -> Deed | None:
    """The shot's deed of one of these kinds."""
    return next((deed for deed in plan.deeds if deed.kind in kinds), None)
