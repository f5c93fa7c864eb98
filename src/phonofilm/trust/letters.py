"""One spelling for many disguises: full-width and styled letters, look-alikes of other scripts, accents, zero-width
marks, leetspeak, spacing.

``fold`` maps a text to a plain one and remembers where every character came from; ``views`` gives the ways a disguised
text may be meant.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_CYRILLIC = "бbаaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdԛqԝwһhөoүyӏlғfьbгrпnшwєe"
_GREEK = "αaβbγyεeηnιiκkνvοoρpτtυuχxωwσoςsμu"
_ARMENIAN = "օoոnսuհhցgզqաwքpյjռn"
_LATIN = "ıiɑaɡgɩiłløođdħhŧtƙkɓbɗdɛeɔoəeʌaᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzʋvƒfȷjɨiƶzꞇtɾrʂsʈtɲnɱmʐz"
_CHEROKEE = "ᎪaᏴbᏟcᎠdᎬeᏀgᎻhᏆiᎫjᏦkᏞlᎷmᏢpᏚsᎢiᏙvᎳwᏃzᎡrᎢt"
LOOKALIKES = {ord(s[i]): s[i + 1] for s in (_CYRILLIC, _GREEK, _ARMENIAN, _LATIN, _CHEROKEE) for i in range(0, len(s),
        2)} | {
    ord("æ"): "ae", ord("œ"): "oe", ord("þ"): "th",
}  # fmt: skip
"""Folded character -> the Latin letter it looks like."""

# Chinese written two ways and Japanese kanji of the same word: one form for matching. Only characters that moderation
# terms use.
_HAN = (
    "殺杀彈弹弾弹藥药薬药製制兒儿児儿發发発发無无國国戰战戦战體体総总總总統统亂乱強强姦奸視视頻频畫画語语錄录録录聲声偽伪僞伪騙骗詐诈銀银號号個个資资證证証证護护電电話话碼码駭骇槍枪鎗枪銃铳劍剑剣剑販贩賣卖売卖買买購购傷伤斷断頭头頸颈臟脏腸肠內内噴喷濺溅屍尸燒烧焼烧襲袭"
    "擊击撃击聖圣組组織织種种賤贱滅灭絕绝絶绝猶犹蟲虫豬猪納纳遊游學学歲岁嬰婴處处処处撫抚觸触脫脱褲裤動动態态誘诱騎骑喪丧選选舉举挙举虛虚構构傳传伝传講讲説说說说認认辭辞職职網网絡络鎖锁開开関关關关門门車车盜盗竊窃搶抢詳详細细驟骤様样樣样麼么麽么氣气気气煙烟爾尔魯鲁區区"
    "従从從从對对対对為为爲为會会將将來来與与寫写實实実实現现場场見见觀观観观讓让還还進进過过這这裡里裏里邊边變变変变應应応应當当黨党鄧邓習习馬马雲云東东條条麗丽劉刘張张陳陈黃黄趙赵吳吴鄭郑楊杨葉叶羅罗謝谢韓韩蘇苏許许龍龙竜龙鳥鸟魚鱼貓猫獣兽獸兽驚惊膚肤腦脑脳脑腳脚臉脸"
    "顏颜顔颜燈灯爐炉鍋锅窯窑壓压圧压縮缩裝装設设計计純纯劑剂剤剂煉炼練练隱隐隠隐運运違违偵侦檢检査查測测繞绕離离擾扰嚇吓脅胁綁绑縛缚鬥斗闘斗試试驗验験验険险險险廣广広广価价價价値值團团団团員员勝胜負负優优隊队軍军艦舰飛飞機机鐵铁鉄铁橋桥樓楼錢钱帳账賬账戶户戸户單单単单"
    "據据拠据夢梦涙泪淚泪絞绞懸悬掛挂樹树遺遗書书筆笔寶宝贈赠獎奖親亲愛爱戀恋姊姐姉姐媽妈爺爷孫孙師师醫医獄狱審审決决誰谁識识別别們们妳你係系點点讀读読读譲让壊坏壞坏專专専专業业醜丑嚴严樂乐楽乐爭争亞亚偉伟儲储蘭兰衝冲減减兇凶則则剝剥劇剧勸劝勵励勁劲華华歷历歴历厭厌參参"
    "啟启啓启喚唤噓嘘園园報报備备複复復复奧奥尋寻盡尽屆届屬属幣币帥帅帶带帯带惡恶悪恶慘惨戲戏戯戏撲扑執执掃扫揚扬拋抛擔担揮挥撿捡換换擲掷搖摇敵敌數数斬斩時时曬晒顯显術术極极標标檔档歡欢毆殴毀毁畢毕匯汇溝沟沒没洩泄潑泼澤泽沢泽濤涛潤润濕湿滿满満满濾滤靈灵爛烂熱热獵猎獻献"
    "璽玺環环產产療疗癡痴監监鹽盐塩盐盤盘確确禮礼禍祸稱称穩稳紀纪縱纵線线經经経经給给結结縊缢級级聯联脈脉騰腾藝艺節节薦荐蕩荡蘿萝補补規规覺觉覚觉訂订記记論论訪访評评詞词誠诚誣诬誤误請请調调謀谋謊谎謠谣穀谷貪贪貨货賊贼賄贿賂赂贓赃賴赖賺赚讚赞贊赞軌轨轉转転转輪轮軟软輕轻"
    "軽轻達达遲迟跡迹蹟迹郵邮鄰邻隣邻釣钓鈔钞鐘钟銬铐鋁铝鋪铺鋒锋鍵键閉闭問问聞闻陸陆難难霧雾靚靓順顺領领穎颖風风飯饭餓饿館馆驅驱駆驱罵骂騷骚鮮鲜雞鸡鶏鸡鴉鸦麥麦齡龄幫帮儀仪圍围奪夺歸归擺摆攝摄權权殘残濫滥災灾瘋疯瞞瞒繩绳罌罂膠胶營营薩萨訓训訊讯賭赌贖赎蹤踪輸输農农連连"
    "陰阴黒黑傭佣倫伦絲丝臨临衆众眾众劃划創创辦办嗎吗聽听嗆呛歳岁臓脏義义倉仓惱恼悩恼繼继續续辯辩圓圆終终虜虏擁拥緒绪膽胆嘗尝鹹咸剎刹摟搂囉啰擬拟獨独恆恒鄉乡産产擇择損损敗败質质頁页頂顶額额頒颁載载較较釋释鏡镜鬧闹際际隨随靜静溫温潛潜狀状瘡疮"
)
_SAME = {ord(_HAN[i]): _HAN[i + 1] for i in range(0, len(_HAN), 2)}
_SAME |= {kana: chr(kana - 0x60) for kana in range(0x30A1, 0x30F7)}  # katakana -> hiragana
_STYLED = {
    first + i: chr(97 + i) for first in (0x1F150, 0x1F170, 0x1F1E6) for i in range(26)
}  # negative circled, negative squared, flags
_BLANK = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800}
LEET = dict(zip("4@83€691!|05$7+2", "aabeeggiiiosstt" + "z", strict=True))
"""Digits and signs that stand for letters."""
_SKELETON = str.maketrans({"l": "i", "1": "i"})

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u3005"
_IS_CJK = re.compile(f"[{_CJK}]")
_TOKEN = re.compile(r"\S+")
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,4}[^\W_]){2,}(?![^\W_])")
_HAN_GAPS = re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff])[ \t\u3000*.\-_~|/+·•#^=]+(?=[\u3040-\u30ff\u3400-\u9fff])")
_LONELY = re.compile(r"(?<!\S)[@$€!|](?!\S)")
_REPEAT = re.compile(r"([a-z])\1{2,}")
_RUN = re.compile(r"([a-z])\1+")
_EDGE = ".,;:!?\"'()[]{}<>«»“”‘’…-–—"


def is_cjk(char: str) -> bool:
    """Han, kana or hangul: scripts whose words are not set apart by spaces (or carry endings)."""
    return bool(_IS_CJK.match(char))


@dataclass(frozen=True, kw_only=True)
class Folded:
    """Plain text, and for each of its characters the index of the original character it came from."""

    text: str
    source: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """One way to read a text: letters and digits of words, one space between words."""

    text: str
    source: tuple[int, ...]
    changed: tuple[bool, ...] | None
    """Which characters were undisguised; a hit must touch one. None: the plain reading, every hit counts."""
    loose: bool = False
    """Spaces were taken out: words have no borders any more."""
    single: bool = False
    """Every run of one letter was made a single one; terms must be too."""


def fold(text: str) -> Folded:
    """NFKC, lower case, no accents, no invisible marks, look-alikes as Latin letters, one form of Han and kana."""
    out: list[str] = []
    source: list[int] = []
    i = 0
    while i < len(text):
        j = i + 1
        while j < len(text) and (unicodedata.combining(text[j]) or 0x1160 <= ord(text[j]) <= 0x11FF):
            j += 1
        for char in _fold_cluster(text[i:j]):
            out.append(char)
            source.append(i)
        i = j
    return Folded(text="".join(out), source=tuple(source))


@lru_cache(maxsize=16384)
def _fold_cluster(cluster: str) -> str:
    if cluster in (" ", "\n"):
        return cluster
    parts = "".join(c for c in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", cluster)) if _seen(c))
    plain = unicodedata.normalize("NFC", parts).translate(_STYLED).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if _seen(c))
    plain = unicodedata.normalize("NFC", plain)
    return plain.translate(LOOKALIKES).translate(_SAME)


def _seen(char: str) -> bool:
    """A character one can see that is not a mere mark on another (kana voicing and jamo stay: they make another
    letter)."""
    code = ord(char)
    if code in _BLANK or unicodedata.category(char) == "Cf":
        return False
    return unicodedata.category(char) not in ("Mn", "Me") or code in (0x3099, 0x309A)


def plain(text: str) -> str:
    """Folded, letters and digits only, single spaces: the form in which terms are kept."""
    return _canonical(fold(text).text, None, None).text.strip()


def skeleton(text: str) -> str:
    """l, 1 and i as one: leetspeak writes one for the other."""
    return text.translate(_SKELETON)


def views(folded: Folded) -> list[View]:
    """The plain reading first, then those in which something was undisguised."""
    text = folded.text
    found = [_canonical(text, folded.source, None)]
    leet, leet_changed = _per_token(text, _unleet)
    joined, joined_changed = _per_token(text, lambda token: _unjoin(_unleet(token)))
    for chars, changed in ((leet, leet_changed), (joined, joined_changed)):
        if any(changed):
            found.append(_from_chars(chars, changed, folded.source))
    stretched = [_REPEAT.search(token.group()) is not None for token in _TOKEN.finditer(text)]
    if any(stretched):
        found.append(_single_view(folded, stretched))
    if gaps := list(_HAN_GAPS.finditer(text)):
        found.append(_without(text, folded.source, [gap.span() for gap in gaps]))
    lonely = _LONELY.sub(lambda m: LEET[m.group()], text)
    for run in _SPACED.finditer(lonely):
        letters = [
            (LEET.get(c, c), i) for i, c in enumerate(lonely[run.start() : run.end()], run.start()) if c.isalnum()
        ]
        source = tuple(folded.source[i] for _, i in letters)
        found.append(View(text="".join(c for c, _ in letters), source=source, changed=None, loose=True))
        if lonely[run.start() : run.end()] != "".join(c for c, _ in letters):
            digits = "".join(lonely[i] for _, i in letters)
            if digits != found[-1].text:
                found.append(View(text=digits, source=source, changed=None, loose=True))
    return found


def _canonical(text: str, source: tuple[int, ...] | None, changed: tuple[bool, ...] | None) -> View:
    chars: list[str] = []
    places: list[int] = []
    marks: list[bool] = []
    for i, char in enumerate(text):
        if not char.isalnum():
            if chars and chars[-1] != " ":
                chars.append(" ")
                places.append(source[i] if source else i)
                marks.append(False)
            continue
        chars.append(char)
        places.append(source[i] if source else i)
        marks.append(changed[i] if changed else False)
    return View(text="".join(chars), source=tuple(places), changed=tuple(marks) if changed else None)


def _from_chars(chars: list[tuple[str, int]], changed: list[bool], source: tuple[int, ...]) -> View:
    return _canonical("".join(c for c, _ in chars), tuple(source[i] for _, i in chars), tuple(changed))


def _without(text: str, source: tuple[int, ...], spans: list[tuple[int, int]]) -> View:
    """The text with some spans taken out; the characters next to a cut count as changed."""
    cut = {i for a, b in spans for i in range(a, b)}
    seam = {i for a, b in spans for i in (a - 1, b)}
    kept = [i for i in range(len(text)) if i not in cut]
    return _canonical("".join(text[i] for i in kept), tuple(source[i] for i in kept), tuple(i in seam for i in kept))


def _per_token(text: str, change: object) -> tuple[list[tuple[str, int]], list[bool]]:
    """Apply ``change`` to every token; it gets and returns [(character, index)]. Also which characters belong to a
    changed token."""
    chars: list[tuple[str, int]] = []
    marks: list[bool] = []
    end = 0
    for match in _TOKEN.finditer(text):
        chars += [(c, i) for i, c in enumerate(text[end : match.start()], end)]
        marks += [False] * (match.start() - end)
        before = [(c, i) for i, c in enumerate(match.group(), match.start())]
        after = change(before)  # type: ignore[operator]
        chars += after
        marks += [after != before] * len(after)
        end = match.end()
    return chars, marks


def _unleet(token: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Digits and signs for letters, where letters stand beside them; punctuation at the edges stays what it is."""
    first, last = 0, len(token)
    while last > first and token[last - 1][0] in _EDGE:
        last -= 1
    core = token[first:last]
    letters = sum(c.isalpha() and c.isascii() for c, _ in core)
    if not letters or all(c not in LEET for c, _ in core) or any(is_cjk(c) for c, _ in core):
        return token
    return [(LEET.get(c, c), i) for c, i in core] + token[last:]


def _unjoin(token: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Signs between the letters of one word taken out: b-o.m*b."""
    inner = [n for n, (c, _) in enumerate(token) if c.isalnum()]
    if not inner or all(c.isalnum() for c, _ in token[inner[0] : inner[-1] + 1]):
        return token
    return [(c, i) for c, i in token if c.isalnum()]


def single(text: str) -> str:
    """Every run of one letter as a single one: "kiiiill" and "kill" become the same."""
    return _RUN.sub(r"\1", text)


def drawn_out(text: str) -> set[int]:
    """Places of letters that only draw a word out: of three or more of one kind in a row, all but the first."""
    return {place for run in _REPEAT.finditer(text) for place in range(run.start() + 1, run.end())}


def _single_view(folded: Folded, stretched: list[bool]) -> View:
    """The text with single letters; what counts as changed are the stretched words."""
    marks = [False] * len(folded.text)
    for token, long in zip(_TOKEN.finditer(folded.text), stretched, strict=True):
        marks[token.start() : token.end()] = [long] * (token.end() - token.start())
    kept = [i for i, char in enumerate(folded.text) if i == 0 or char != folded.text[i - 1] or not ("a" <= char <= "z")]
    view = _canonical(
        "".join(folded.text[i] for i in kept), tuple(folded.source[i] for i in kept), tuple(marks[i] for i in kept)
    )
    return View(text=view.text, source=view.source, changed=view.changed, single=True)
