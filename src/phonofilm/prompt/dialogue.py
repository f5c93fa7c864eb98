"""Who speaks: what the words round a quotation say about it, and the words for who may speak, by the pronouns that may
mean them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace

from phonofilm.errors import PromptError
from phonofilm.prompt.clauses import classify
from phonofilm.prompt.language import LANGUAGES, NAMES, language_code

_FEMALE = (
    "girl woman lady queen princess mother mom mum grandmother grandma sister daughter actress waitress witch bride"
    " heroine nun nurse niña mujer chica señora abuela madre reina hija hermana fille femme dame grand-mère mère reine"
    " sœur mädchen frau dame oma mutter königin tochter schwester "
).split()
_MALE = (
    "boy man gentleman king prince father dad grandfather grandpa brother son guy waiter wizard monk hero groom"
    " fisherman fireman policeman cowboy niño hombre chico señor abuelo padre rey hijo hermano garçon homme monsieur"
    " grand-père père roi frère junge mann herr opa vater könig sohn bruder feuerwehrmann"
).split()
_ANY = (
    "child kid person dancer drummer singer teacher student doctor chef cook baker farmer pilot sailor officer soldier"
    " worker musician figure stranger character presenter narrator speaker actor artist baby toddler teenager traveller"
    " traveler friend robot cat dog bear reporter journalist interviewer interviewee host hostess guest detective cop"
    " thief knight samurai ninja astronaut scientist captain pirate ranger driver rider runner athlete player coach"
    " boxer skater surfer hiker guide vendor shopkeeper barista bartender customer client host streamer vlogger creator"
    " influencer model dj rapper painter writer clerk guard villain elder neighbor neighbour passenger judge lawyer"
    " priest ghost alien monster dragon fox wolf lion tiger rabbit mouse penguin parrot owl frog horse cow pig sheep"
    " goat duck bird monkey elephant turtle snail puppy kitten detective médico profesor cocinero policía soldado gato"
    " perro zorro chat chien renard professeur médecin soldat policier enfant kind lehrer lehrerin arzt koch polizist"
    " katze hund fuchs bär vogel"
).split()
PERSONS = frozenset(_FEMALE + _MALE + _ANY)
_SHE = (
    "女人 女孩 女生 女子 女士 女性 少女 姑娘 妈妈 媽媽 母亲 母親 奶奶 外婆 老婆婆 婆婆 姐姐 妹妹 公主 女王 女巫"
    " お母さん 母 "
    "お婆さん おばあさん 女の子 女の人 彼女 店員 여자 소녀 엄마 할머니 아가씨 언니 누나"
).split()
_HE = (
    "男人 男孩 男生 男子 男士 男性 少年 小伙 爸爸 父亲 父親 爷爷 爺爺 老爷爷 老头 大叔 哥哥 弟弟 王子 国王 國王 阿伯"
    " お父さん "
    "父 お爺さん おじいさん おじさん 男の子 男の人 店主 남자 소년 아빠 할아버지 아저씨 형 오빠"
).split()
_THEY = (
    "老人 孩子 小孩 宝宝 医生 醫生 护士 老师 老師 学生 學生 厨师 廚師 咖啡师 警察 士兵 骑士 騎士 武士 侦探 记者 記者"
    " 主持人 "
    "歌手 舞者 店员 司机 机器人 機器人 宇航员 主角 角色 橘猫 小猫 小狗 猫 狗 狐狸 兔子 熊 龙 龍 鸟 "
    "子供 赤ちゃん 先生 医者 刑事 侍 騎士 ロボット 犬 うさぎ 狐 鳥 아이 아기 의사 간호사 선생님 학생 경찰 기자 로봇"
    " 고양이 강아지 개 여우 곰"
).split()
PRONOUNS: dict[str, frozenset[str]] = {
    "she": frozenset(_FEMALE), "he": frozenset(_MALE), "they": PERSONS, "who": PERSONS, "ella": frozenset(_FEMALE),
    "él": frozenset(_MALE),
    "elle": frozenset(_FEMALE), "il": frozenset(_MALE), "sie": frozenset(_FEMALE), "er": frozenset(_MALE),
}  # fmt: skip
UNSPACED = tuple(sorted({*_SHE, *_HE, *_THEY}, key=len, reverse=True))
"""Words of scripts that put no space between them, the longest first."""
UNSPACED_PRONOUNS: dict[str, frozenset[str]] = {
    "她": frozenset(_SHE), "他": frozenset(_HE), "它": frozenset(_THEY),
    "彼女": frozenset(_SHE), "彼": frozenset(_HE), "그녀": frozenset(_SHE), "그": frozenset(_HE),
}  # fmt: skip


NOBODY = "voice"
"""Speaker of a line that names none."""

_REACH = 400
"""Characters before a quotation that say who speaks: what stands further off is about something else."""
_ADJECTIVES = frozenset(
    "old young little tall small big short first second other left right blonde dark red blue green yellow".split()
)
_SPEECH = (
    r"says?|said|saying|asks?|asked|asking|shouts?|shouted|shouting|whispers?|whispered|whispering|sings?|sang|singing|replies|replied|"
    r"answers?|answered|calls?(?:\s+out)?|called\s+out|yells?|yelled|exclaims?|exclaimed|announces?|announced|murmurs?|murmured|"
    r"speaks?|spoke|speaking|cries|cried|greets?|tells?|told|adds?|added|continues|talks?|talking|remarks|mutters?|declares?|screams?|"
    r"laughs|laughing|sighs|gasps|growls|snaps|hisses|grins|warns|begs|explains|narrates|comments|"
    r"dice|grita|susurra|pregunta|responde|exclama|murmura|canta|dit|crie|chuchote|murmure|demande|répond|s'exclame|sagt|ruft|flüstert|fragt|antwortet|schreit|singt"
)
_VERB = re.compile(rf"\b(?:{_SPEECH})\b", re.IGNORECASE)
_CJK_VERB = re.compile(
    "(?:\u8bf4\u9053|\u8aaa\u9053|\u8bf4|\u8aaa|\u8bdd|\u8a71|\u95ee|\u554f|\u558a|\u53eb|\u9053|\u7b54|\u5531|\u8a00\u3046|\u8a00\u3044\u307e\u3059|\u8a71\u3059|\u53eb\u3076|\ub9d0\ud55c\ub2e4|\ub9d0\ud574\uc694|\ub9d0\ud568)\\s*$"
)
_CJK_SPEAKER = re.compile(
    "([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,6}?)(?:\u304c|\u306f|\uac00|\uc774|\uc740|\ub294)?\\s*$"
)
_CJK_MANNER = re.compile(
    "(?:[\u3400-\u9fff]{1,4}[\u5730\u7740]|[\u8f7b\u8f15\u4f4e\u5927\u5c0f\u60c4\u67d4\u9ad8\u51b7\u9759\u6de1\u7b11\u54ed\u6012]{1,2}[\u58f0\u8072]|\u5fae\u7b11\u7740?|\u5bf9.{1,6}|\u5c0d.{1,6}|[\u3041-\u9fff]{1,5}(?:\u306b|\u3067|\u3068)|[\uac00-\ud7a3]{1,5}(?:\uac8c|\ud788|\uba70|\uba74\uc11c))\\s*$"
)
"""How something is said, between the speaker and the verb."""
_SHOWN = re.compile(
    r"\b(?:reads?|reading|signs?|titled|label(?:led|ed)?|written|words?|text|caption|named|called|logo|letters|banner|poster|titles?|subtitle)\b"
    r"[\s:,]*(?:the\s+words?\s*)?$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    "(?:^|[\\n.!?;\u3002\uff01\uff1f\uff1b])["
    " \\t]*([^\\n.!?;:\uff1a\u3002\uff01\uff1f\uff1b()\\[\\]]{1,40}?)\\s*[:\uff1a]\\s*$"
)
_DRESSED = re.compile(r"\w\s+(?:in|with)\s+\w", re.IGNORECASE)
_NOTE = re.compile(r"\(\s*(?:(in)\s+)?([^()\n]{1,20}?)\s*\)\s*(?=[:,\uff1a\uff0c]?\s*$)")
_PLAIN_NOTE = re.compile(
    rf"\bin\s+({'|'.join(name for name in NAMES if len(name) > 3 and name.isalpha())})\s*(?=[:,]?\s*$)", re.IGNORECASE
)
_AFTER = re.compile(
    rf"^\s*[,\uff0c]?\s*(?:(?:{_SPEECH})\s+(?P<late>(?:the|an?)\s+[\w-]+(?:\s+[\w-]+)?|[A-Z@][\w-]*|she|he|they)"
    rf"|(?P<early>(?:(?:the|an?)\s+)?[\w@-]+(?:\s+[\w-]+)?)\s+(?:{_SPEECH})\b|(?P<elided>\u3068(?:\u8a00|\u805e|\u53eb|\u7b54|\u7b11|\u6ce3|\u5c0b|\u8a71|\u547c|\u3064\u3076\u3084|\u3055\u3055\u3084|\u56c1|\u545f)|(?:\ub77c\uace0|\uc774\ub77c\uace0|\ud558\uace0)\s*(?:\ub9d0|\uc18d\uc0ad|\uc678|\ubb3b)))",
    re.IGNORECASE,
)


_ORDINARY = re.compile(rf"the|an?|then|and|\w+ly|{'|'.join(sorted(PERSONS))}")
"""Words that stand before a verb of speech with a capital and are no names."""


_UNSPACED = re.compile("|".join(map(re.escape, UNSPACED)))


class Story:
    """Who is named where in a text, so that a pronoun finds its person without reading the text again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[frozenset[str], list[tuple[int, str]]] = {}
        self._words: list[tuple[int, str]] | None = None
        self._wide: list[tuple[int, str]] | None = None

    def _named(self, group: frozenset[str]) -> list[tuple[int, str]]:
        """Where each of a group is named, found when it is asked for."""
        if self._words is None:
            self._words = [
                (found.start(), found.group().lower()) for found in re.finditer(r"[^\W\d_\u2e80-\uffff]+", self._text)
            ]
        if group not in self._found:
            self._found[group] = [(at, word) for at, word in self._words if word in group]
        return self._found[group]

    def last(self, pronoun: str, before: int) -> str | None:
        """The last person before that character whom the pronoun fits, or else the last of all; None where nobody was
        named."""
        for group in (PRONOUNS[pronoun], PERSONS):
            if place := bisect_left(self._named(group), (before, "")):
                return self._named(group)[place - 1][1]
        return self.wide("", before) if pronoun in ("they", "who") else None

    def wide(self, pronoun: str, before: int) -> str | None:
        """The same for scripts without spaces; "" for anybody."""
        if self._wide is None:
            self._wide = [(found.start(), found.group()) for found in _UNSPACED.finditer(self._text)]
        earlier = [word for at, word in self._wide if at < before]
        fit = [word for word in earlier if word in UNSPACED_PRONOUNS.get(pronoun, ())]
        found = fit or earlier
        return found[-1] if found else None


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the surroundings of a quotation say."""

    before: str
    """The words before it that stay in the description."""
    speaker: str
    language: str | None
    labelled: bool = False
    """Script form (``girl: "Hi"``): nothing of it stays in the description."""


def hear(before: str, after: str, story: Story, position: int) -> Heard | None:
    """Read the words round a quotation; None when it is not speech (a sign, a title, a "so-called" thing).

    ``before`` reaches back to the previous quotation or shot marker, ``after`` forward to the next, ``story`` is the
    whole text (pronouns look for their person before ``position``). Raises PromptError at ``position`` for a language
    outside the eight.
    """
    far, near = before[:-_REACH], before[-_REACH:]
    heard = _hear(
        near,
        after,
        lambda pronoun: story.last(pronoun, position),
        lambda pronoun: story.wide(pronoun, position),
        position,
    )
    return heard and replace(heard, before=far + heard.before)


_DELIVERY = re.compile(
    "(?<=[^\\W\\d_])[ \\t]*+[(\uff08\\[][^()\uff08\uff09\\[\\]\\n]{1,40}[)\uff09\\]][ \\t]*+(?=[:\uff1a][ \\t]*+$)"
)
"""How a labelled line is said: "Witch (whispering): "."""


def _hear(
    before: str, after: str, story: Callable[[str], str | None], wide: Callable[[str], str | None], position: int
) -> Heard | None:
    language, before = _language(before, position)
    before = _DELIVERY.sub("", before)
    label = _LABEL.search(before)
    if label and is_label(label.group(1)):
        # "girl in blue" tells her from the other girl and stays whole.
        name = label.group(1) if _DRESSED.search(label.group(1)) else _person(label.group(1), story) or label.group(1)
        return Heard(before=before[: label.start(1)], speaker=clean_speaker(name), language=language, labelled=True)
    sentence = re.split("[.!?\u3002\uff01\uff1f\n]", before.rstrip(" :,\uff1a\uff0c"))[-1]
    verbs = list(_VERB.finditer(sentence))
    kept = before.rstrip().rstrip(":,\uff1a\uff0c")
    if verbs:
        return Heard(before=kept, speaker=_speaker(sentence[: verbs[-1].start()], story), language=language)
    if cjk := _CJK_VERB.search(sentence):
        return Heard(before=kept, speaker=_wide_speaker(sentence[: cjk.start()], wide), language=language)
    if _SHOWN.search(before):
        return None
    following = _AFTER.search(after)
    if following and following.group("elided"):
        return Heard(before=kept, speaker=clean_speaker(wide("") or NOBODY), language=language)
    if following:
        return Heard(
            before=kept,
            speaker=_speaker(following.group("late") or following.group("early") or "", story),
            language=language,
        )
    if language or not before.strip() or before.rstrip()[-1] in ":.!?\n\u3002\uff01\uff1f\uff1a\u2014":
        return Heard(before=kept, speaker=story("they") or NOBODY, language=language)
    return None


def _wide_speaker(narration: str, wide: Callable[[str], str | None]) -> str:
    """The one who speaks in a script without spaces: the subject of the last clause without how it is said, or who was
    named before."""
    clauses = re.split("[\uff0c\u3001,]", narration)
    while clauses:
        clause = clauses.pop().strip()
        while (shorter := _CJK_MANNER.sub("", clause)) != clause:
            clause = shorter
        words = _CJK_SPEAKER.search(clause)
        said = words.group(1) if words else ""
        if said in UNSPACED_PRONOUNS:
            return clean_speaker(wide(said) or said)
        named = list(_UNSPACED.finditer(clause))
        if named and (len(said) > 4 or named[-1].group() in said):
            return clean_speaker(named[0].group())
        pronoun = next((word for word in UNSPACED_PRONOUNS if clause.startswith(word)), None)
        if pronoun is not None:
            return clean_speaker(wide(pronoun) or pronoun)
        if said and not clauses and len(clause) <= 4:
            return clean_speaker(said)
    return clean_speaker(wide("") or NOBODY)


def is_label(words: str) -> bool:
    """Is this the name of a speaker in script form ("old man" of ``old man: "Hello"``), not a piece of narration?"""
    return (
        0 < len(words.split()) <= 4
        and any(character.isalnum() for character in words)
        and not _VERB.search(words)
        and not _CJK_VERB.search(words)
        and classify(words) not in ("action", "camera", "sound")
        and not _SHOWN.search(words)
    )


def clean_speaker(words: str) -> str:
    """A speaker's name as it is kept and printed: without article and marks; ``voice`` where nothing usable is left."""
    words = " ".join(re.sub("[^\\w@'\u2019 -]", " ", words).split())
    words = re.sub(r"^(?:the|an?|and)\s+", "", words, flags=re.IGNORECASE)
    return words if len(words) <= 40 and is_label(words) and _person_word(words) != "" else NOBODY


def _language(before: str, position: int) -> tuple[str | None, str]:
    note = _NOTE.search(before)
    if note:
        code = language_code(note.group(2))
        if code:
            return code, before[: note.start()].rstrip() + before[note.end() :]
        if note.group(1) and re.fullmatch(r"[A-Z][a-z]+", note.group(2)):
            raise PromptError(f"no voice speaks {note.group(2)}; the languages are {', '.join(LANGUAGES)}", position)
    plain = _PLAIN_NOTE.search(before)
    if plain:
        return language_code(plain.group(1)), before[: plain.start()].rstrip() + before[plain.end() :]
    return None, before


def _person_word(words: str) -> str:
    """ "" for a bare pronoun, which is no name; the words otherwise."""
    return "" if words.lower() in ("she", "he", "they", "it", "i", "we", "you", "who") else words


_HEAD = re.compile(
    r"\W*(?:the|an?|his|her|their|one|un[ae]?|el|la|le|der|die|das|ein|eine)\s+(?:[\w-]+\s+){0,2}?([\w-]+)\s+(?:with|in|at|on|from|who|of|near)\b",
    re.I,
)
"""The noun of "a gnome with a lantern"."""
_NO_HEAD = ("scene", "room", "camera", "shot", "street", "video", "lad", "fellow")
"""No speakers by that word; the last two are how the checkpoints' training plays were read, which stays as it was."""


def _speaker(narration: str, story: Callable[[str], str | None]) -> str:
    """The one who speaks, from the narration before the verb: "a girl in a red coat waves and" -> girl."""
    last = re.search(r"(@?[\w-]+)(?:\s+(?:then|and|\w+ly))*\s*$", narration)
    name = last.group(1) if last else ""
    if name.startswith("@") or (name[:1].isupper() and _person_word(name) and not _ORDINARY.fullmatch(name.lower())):
        return clean_speaker(name)
    for part in reversed(re.split(r"[,;]|\b(?:while|as|when|then|but)\b", narration)):
        if person := _person(part, story):
            return clean_speaker(person)
    head = _HEAD.match(narration)
    if head and head.group(1).lower() not in _NO_HEAD:
        return clean_speaker(head.group(1))
    direct = re.search(r"\b(?:the|an?|his|her|their)\s+([\w-]+)\s*(?:then|\w+ly)?\s*$", narration, re.IGNORECASE)
    if direct:
        return clean_speaker(direct.group(1))
    return clean_speaker(story("they") or NOBODY)


def _person(words: str, story: Callable[[str], str | None]) -> str | None:
    """The first person of ``words``: "the old man" -> "old man"; a pronoun is looked up in the story so far."""
    tokens = re.findall(r"[\w'-]+", words)
    if (
        tokens
        and tokens[0].lower() not in PRONOUNS
        and not any(token.lower() in PERSONS for token in tokens)
        and (named := _UNSPACED.search(words))
    ):
        return named.group()
    for index, token in enumerate(tokens):
        if token.lower() in PERSONS:
            front = index
            while front and tokens[front - 1].lower() in _ADJECTIVES:
                front -= 1
            return " ".join(tokens[front : index + 1])
        if token.lower() in PRONOUNS:
            return story(token.lower())
    return None
