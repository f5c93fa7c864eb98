"""Labelled blocks of a prompt ("STYLE: ...", "Camera: ...", "负面提示词：..."): what each speaks about, so that its label is
no word of the scene."""  # noqa: E501

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal[
    "style", "camera", "sound", "dialogue", "negative", "light", "place", "subject", "action", "setting", "meaning"
]

_LABELS: dict[Kind, str] = {
    "meaning": r"means",
    "negative": (
        r"negatives?(?:\s+prompts?)?|neg|avoid|exclude|excluded|do\s+not\s+(?:include|show)|don'?ts?|no["
        r" -]gos?|负面(?:提示词?|词)?|"
        r"負面(?:提示詞?|詞)?|反向提示词?|"
        r"负向(?:提示词?)?|禁止|避免|ネガティブ(?:プロンプト)?|除外|"
        r"네거티브|부정\s*+프롬프트|제외|negativo|prompt\s+n[ée]gatif|n[ée]gatif|negativ(?:er\s+prompt)?|evitar|éviter|vermeiden"
    ),
    "style": (
        r"(?:visual\s+|overall\s+|art\s+)?style|look|aesthetics?|mood|tone|vibe|genre|quality|format|film\s+stock|rendering|"
        r"tech(?:nical)?(?:\s+specs?)?|colou?r\s*+(?:grad(?:e|ing)|palette)?|palette|vfx|fx|post(?:-production)?|notes?|references?|"
        r"风格|風格|色调|色調|画质|畫質|质感|氛围|氛圍|基调|スタイル|雰囲気|トーン|画風|스타일|분위기|톤|estilo|estética|stil|stimmung|ambiance|esthétique"
    ),
    "camera": (
        r"camera(?:\s+(?:movement|work|motion|angle|shot)s?)?|cinematography|lens|framing|angle|movement|composition|镜头语言|运镜|運鏡|机位|機位|"
        r"构图|景别|镜头|"
        r"カメラ(?:ワーク)?|構図|카메라(?:\s*+워크)?|cámara|caméra|kamera"
    ),
    "sound": (
        r"audio|sounds?(?:\s+(?:design|effects?))?|sfx|music|score|soundtrack|ambien(?:t|ce)|foley|bgm|音效|音乐|音樂|声音|聲音|配乐|配樂|背景音乐|"
        r"背景音樂|环境音|音频|サウンド|音声|"
        r"効果音|音楽|사운드|음악|음향|효과음|sonido|música|son|musique|ton|musik|geräusche"
    ),
    "dialogue": (
        r"dialogue?s?|voice["
        r" -]?over|vo|lines?|spoken|speech|narrat(?:ion|or)|台词|台詞|对白|對白|旁白|セリフ|ナレーション|대사|내레이션|diálogo|"  # noqa: E501
        r"dialog|voix"
    ),
    "light": (
        r"lighting|lights?|time(?:\s+of\s+day)?|光线|光線|灯光|燈光|光影|时间|時間|照明|光|ライティング|조명|시간|iluminación|luz|lumière|éclairage|"
        r"licht|beleuchtung"
    ),
    "place": (
        r"settings?|locations?|environments?|background|scenery|place|world|场景|場景|环境|環境|背景|地点|地點|場所|舞台|배경|장소|escenario|lugar|"
        r"fondo|décor|lieu|"
        r"arrière-plan|ort|hintergrund|schauplatz"
    ),
    "subject": (
        r"subjects?|characters?|main\s+character|cast|product|talent|主体|主體|人物|角色|主角|产品|產品|被写体|登場人物|キャラクター|주인공|인물|"
        r"피사체|sujeto|personajes?|sujet|"
        r"personnages?|figuren?|motiv|protagonist"
    ),
    "action": (
        r"actions?|motion|visuals?|description|story|plot|content|video|prompt|shot\s+description|what\s+happens|动作|動作|内容|內容|剧情|劇情|"
        r"画面描述|画面|描述|アクション|"
        r"内容|映像|動き|액션|동작|내용|acción|descripción|handlung|beschreibung|aktion"
    ),
    "setting": (
        r"title|project|duration|(?:total\s+)?length|runtime|(?:aspect\s*+)?ratio|aspect|resolution|fps|frame\s*+rate|seed|model|platform|version|标题|"
        r"標題|时长|時長|比例|画幅|畫幅|分辨率|解析度|帧率|タイトル|尺|長さ|アスペクト比|解像度|"
        r"제목|길이|비율|해상도|título|duración|relación(?:\s+de\s+aspecto)?|titre|durée|format\s+d'image|titel|dauer|seitenverhältnis|auflösung"
    ),
}
_ONE = {kind: re.compile(rf"(?:{words})", re.I) for kind, words in _LABELS.items()}
_ANY = "|".join(f"(?:{words})" for words in _LABELS.values())
_LABELLED = re.compile(
    rf"(?:^|(?<=[\n.!?;。！？；,，|]))[ \t]*+(?:[-*•#>]++[ \t]*+)?(?:\*\*|__|\[|【)?[ \t]*+(?P<label>{_ANY})["
    r" \t]*+(?:\*\*|__|\]|】)?[ "
    rf"\t]*+[:：][ \t]*+(?:\*\*|__)?",
    re.I,
)
_COLON = re.compile("[:\uff1a]")
_LONGEST = 60
"""Characters of a label with what decorates it."""
_STOP = re.compile(r"[.!?。！？\n]|$")
_PARAGRAPH = re.compile(r"\n[ \t]*+\n|\n(?![ \t]*+[-*•])|$")


class Block(NamedTuple):
    """One labelled stretch."""

    kind: Kind
    position: int
    """Where the label begins."""
    start: int
    """Where what it labels begins."""
    end: int


def label_of(words: str) -> Kind | None:
    """What a label speaks about; None for what is none."""
    said = words.strip(" :：*_#")
    return next((kind for kind, pattern in _ONE.items() if pattern.fullmatch(said)), None)


@lru_cache(maxsize=128)
def find(text: str) -> tuple[Block, ...]:
    """The labelled blocks, each up to the next label or the end of its sentence; a negative one and one of
    meanings to the end of their lines."""
    labels, reach = [], 0
    for colon in _COLON.finditer(text):  # only what stands right before a colon can be a label
        for match in _LABELLED.finditer(text, max(reach, colon.start() - _LONGEST), colon.end() + 4):
            if match.end("label") <= colon.start() < match.end():
                labels.append((match.start("label"), match.end(), label_of(match["label"]) or "style"))
                reach = match.end()
    found: list[Block] = []
    for number, (position, start, kind) in enumerate(labels):
        limit = labels[number + 1][0] if number + 1 < len(labels) else len(text)
        stop = (_PARAGRAPH if kind in ("negative", "meaning") else _STOP).search(text, start)
        found.append(Block(kind, position, start, min(limit, stop.start() if stop else len(text))))
    return tuple(found)
