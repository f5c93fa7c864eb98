"""Japanese for a voice that reads kana only: a small table of common words written with kanji, and kana as rough
phonemes.

espeak-ng reads hiragana and katakana but spells kanji out as "Chinese letter". :data:`READINGS` covers a few hundred
everyday words and single characters by longest match; anything else is *not* covered: :func:`to_kana` leaves it out of
what is spoken and
:func:`unread` names it, so that a caller can ask for kana.
"""

from __future__ import annotations

import re
import unicodedata

_WORDS = """
今晩は=こんばんは 今日=きょう 明日=あした 昨日=きのう 今=いま 今年=ことし 今朝=けさ 今夜=こんや 毎日=まいにち 時間=じかん 時計=とけい 時=とき 分=ふん 秒=びょう 年=ねん
私達=わたしたち 私=わたし 僕=ぼく 俺=おれ 君=きみ 彼女=かのじょ 彼=かれ 貴方=あなた 皆さん=みなさん 皆=みんな 人=ひと 友達=ともだち 友=とも 家族=かぞく 母=はは お母さん=おかあさん 父=ちち お父さん=おとうさん
子供=こども 子=こ 男=おとこ 女=おんな 先生=せんせい 学生=がくせい 学校=がっこう 名前=なまえ 誰=だれ 何=なに 何時=なんじ 何処=どこ 日本語=にほんご 日本=にほん 英語=えいご 東京=とうきょう 世界=せかい
天気=てんき 空=そら 雨=あめ 雪=ゆき 風=かぜ 雲=くも 太陽=たいよう 月=つき 星=ほし 海=うみ 山=やま 川=かわ 森=もり 木=き 花=はな 草=くさ 石=いし 砂=すな 火=ひ 水=みず 光=ひかり 夜=よる 朝=あさ 昼=ひる 夕方=ゆうがた
春=はる 夏=なつ 秋=あき 冬=ふゆ 街=まち 町=まち 家=いえ 部屋=へや 道=みち 駅=えき 電車=でんしゃ 車=くるま 自転車=じてんしゃ 扉=とびら 窓=まど 机=つくえ 椅子=いす 本=ほん 紙=かみ 箱=はこ 鐘=かね 太鼓=たいこ
音楽=おんがく 音=おと 声=こえ 歌=うた 映画=えいが 写真=しゃしん 絵=え 夢=ゆめ 心=こころ 愛=あい 話=はなし 言葉=ことば 手=て 目=め 耳=みみ 口=くち 足=あし 顔=かお 頭=あたま 犬=いぬ 猫=ねこ 鳥=とり 魚=さかな 馬=うま
一緒に=いっしょに 一緒=いっしょ 一人=ひとり 二人=ふたり 一つ=ひとつ 二つ=ふたつ 三つ=みっつ 一=いち 二=に 三=さん 四=よん 五=ご 六=ろく 七=なな 八=はち 九=きゅう 十=じゅう 百=ひゃく 千=せん 万=まん 円=えん
大きい=おおきい 大きな=おおきな 小さい=ちいさい 小さな=ちいさな 大好き=だいすき 好き=すき 大丈夫=だいじょうぶ 大変=たいへん 大切=たいせつ 新しい=あたらしい 古い=ふるい 高い=たかい 長い=ながい 早い=はやい 速い=はやい
赤い=あかい 青い=あおい 白い=しろい 黒い=くろい 赤=あか 青=あお 白=しろ 黒=くろ 緑=みどり 黄色=きいろ 色=いろ 美しい=うつくしい 綺麗=きれい 楽しい=たのしい 嬉しい=うれしい 悲しい=かなしい 寒い=さむい 暑い=あつい
元気=げんき 静か=しずか 本当=ほんとう 良い=よい 良く=よく 悪い=わるい 上=うえ 下=した 中=なか 外=そと 前=まえ 後ろ=うしろ 右=みぎ 左=ひだり 側=そば 近く=ちかく 遠く=とおく 所=ところ 物=もの 事=こと
行き=いき 行く=いく 行こ=いこ 行っ=いっ 来る=くる 来た=きた 来て=きて 来ま=きま 見る=みる 見て=みて 見え=みえ 見た=みた 見ま=みま 聞い=きい 聞く=きく 聞こ=きこ 言う=いう 言っ=いっ 話す=はなす 話し=はなし
食べ=たべ 飲み=のみ 飲む=のむ 帰る=かえる 帰り=かえり 帰ろ=かえろ 待っ=まっ 待つ=まつ 走る=はしる 走っ=はしっ 歩く=あるく 歩い=あるい 歩き=あるき 飛ぶ=とぶ 飛ん=とん 踊る=おどる 踊り=おどり 踊ろ=おどろ 歌う=うたう 歌お=うたお
思う=おもう 思い=おもい 知っ=しっ 知り=しり 知ら=しら 分か=わか 始め=はじめ 始ま=はじま 終わ=おわ 落ち=おち 投げ=なげ 叩く=たたく 叩い=たたい 開け=あけ 開い=ひらい 閉め=しめ 待=ま 有難う=ありがとう 有り=あり 出=で 入=はい
"""
READINGS: dict[str, str] = dict(pair.split("=", 1) for pair in _WORDS.split())
"""Word or character with kanji -> hiragana."""
_LONGEST = max(map(len, READINGS))

_CONSONANTS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "ɡ": "がぎぐげご",
    "s": "さ_すせそ",
    "z": "ざ_ずぜぞ",
    "t": "た__てと",
    "d": "だ__でど",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
    "m": "まみむめも",
    "ɾ": "らりるれろ",
    "j": "や_ゆ_よ",
    "w": "わ____",
    "ɕ": "_し___",
    "dʒ": "_じ___",
    "tɕ": "_ち___",
    "ts": "__つ__",
}
_VOWELS = "aiɯeo"
_MORAE: dict[str, tuple[str, ...]] = {
    kana: tuple(filter(None, (consonant, vowel)))
    for consonant, row in _CONSONANTS.items()
    for kana, vowel in zip(row, _VOWELS, strict=True)
    if kana != "_"
} | {"ん": ("n",), "を": ("o",), "ぢ": ("dʒ", "i"), "づ": ("z", "ɯ"), "ゔ": ("b", "ɯ")}
_SMALL = {"ゃ": "a", "ゅ": "ɯ", "ょ": "o", "ぁ": "a", "ぃ": "i", "ぅ": "ɯ", "ぇ": "e", "ぉ": "o"}


_GREETING = re.compile(r"今日は(?=$|[\s、。！？!?,.])|こんにちは")
_TOPIC = re.compile(r"([\u4e00-\u9fff々]|わたし|あなた|これ|それ|ここ|きょう|ぼく)は(?![\u3041-\u3096]{0,1}$)")
"""は after a noun is the topic mark and said wa; only after kanji and a few pronouns is it safe to tell."""


def _is_kanji(character: str) -> bool:
    return "CJK UNIFIED" in unicodedata.name(character, "") or character == "々"


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Cut ``text`` into (piece to say, True) and (character without a reading, False)."""
    out: list[tuple[str, bool]] = []
    i = 0
    while i < len(text):
        for length in range(min(_LONGEST, len(text) - i), 0, -1):
            if text[i : i + length] in READINGS:
                out.append((READINGS[text[i : i + length]], True))
                i += length
                break
        else:
            if text[i] == "々" and out and out[-1][1]:
                out.append(out[-1])
            else:
                out.append((text[i], not _is_kanji(text[i])))
            i += 1
    return out


def to_kana(text: str) -> str:
    """``text`` with known words in kana; kanji without a reading are left out (see :func:`unread`)."""
    text = _GREETING.sub("こんにちわ", text).replace("こんばんは", "こんばんわ").replace("今晩は", "こんばんわ")
    text = _TOPIC.sub(r"\1わ", text)
    return "".join(piece for piece, known in _pieces(text) if known)


def unread(text: str) -> tuple[str, ...]:
    """The kanji of ``text`` that would not be spoken, each once, in order."""
    return tuple(dict.fromkeys(piece for piece, known in _pieces(text) if not known))


def kana_phonemes(text: str) -> list[str]:
    """Rough phonemes of kana ("_" for a pause), for the voice that does without espeak-ng."""
    out: list[str] = []
    for character in text:
        code = ord(character)
        kana = chr(code - 0x60) if 0x30A1 <= code <= 0x30F6 else character
        if kana in _SMALL:
            if out and out[-1] in ("i", "e", "ɯ", "o"):
                palatal = out.pop() == "i" and out and out[-1] not in ("ɕ", "tɕ", "dʒ")
                out += ["j"] if palatal else []
            out.append(_SMALL[kana])
        elif kana in _MORAE:
            out += _MORAE[kana]
        elif kana == "ー" and out:
            out.append(out[-1])
        elif not kana.isalnum() and kana != "っ":
            out.append("_")
    return out
