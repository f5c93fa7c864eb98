"""What people call their shots, in the languages prompts are written in: patterns that ``marks`` puts together."""

from __future__ import annotations

import re

from phonofilm.prompt.shots.times import COUNT

NAMES = (
    r"(?:camera\s++|key\s*+)?shots?|cam(?:era)?s?|(?:s|sh|c|p)(?=\d)|sh(?=\.)|scenes?|sc|clips?|cuts?|beats?|(?:key)?frames?|panels?|parts?|segments?|"
    r"sequences?|seq|steps?|takes?|acts?|sections?|moments?|chapters?|phases?|stages?|slides?|vignettes?|story\s?boards?|angles?|views?|events?|visuals?|pages?|"
    r"prompts?|"
    r"plano|toma|escena|corte|cuadro|parte|secuencia|plan|scène|séquence|prise|partie|szene|einstellung|aufnahme|bild|schnitt|teil|abschnitt|kapitel|"
    r"кадр|сцена|план|дубль|эпизод|часть|cena|tomada|scena|inquadratura|ripresa|"
    r"分镜头|分鏡頭|镜头|鏡頭|分镜|分鏡|镜号|鏡號|镜|鏡|场景|場景|画面|畫面|片段|场次|場次|段落|场|場|幕|段|カット|シーン|ショット|場面|コマ|パート|"
    r"クリップ|장면|컷|씬|샷|쇼트|클립|파트"
)
"""What stands before a number: "Shot 2"."""
_COUNTED = r"分镜头|分鏡頭|镜头|鏡頭|分镜|分鏡|镜|鏡|场景|場景|画面|畫面|片段|场|場|幕|段落|段|カット|シーン|ショット|場面|コマ|장면|컷|씬"
LABEL = re.compile(
    rf"(?:(?:(?:{NAMES})\.?|no\.|nr\.|n[°º]|№)\s*+(?:#|№|n[°º]|no\.|nr\.|number\b)?\s*+[-_]?\s*+(?P<n>{COUNT})(?:(?<=\d)[a-h](?![a-z]))?"
    rf"(?:\s*+(?:/|of\s|von\s|de\s|sur\s)\s*+\d{{1,3}}(?!\d|:\d|\s?s(?:ec|\b)))?"
    rf"|第\s*+(?P<m>{COUNT})\s*+(?:个|個|组|組)?\s*+(?:{_COUNTED})|(?P<k>\d{{1,2}})\s?(?:カット目|シーン目|コマ目|번째\s?(?:장면|컷|씬|샷)))",
    re.I,
)
SAME_AGAIN = re.compile(r"[ \t]*+[,，/|·–—-]?[ \t]*+")
"""Between two labels of one mark: "Scene 1, Shot 2"."""
STRANGERS = re.compile(
    r"(?:person|people|m[ae]n|wom[ae]n|boy|girl|character|char|subject|speaker|actor|actress|voice|dialogue|line|image|img|picture|photo|video|audio|ref(?:erence)?|"
    r"element|object|item|option|product|style|layer|version|v|take|seed|model|team|player|robot|dancer|guest|host|child|kid|guy|track|chapter|figure|fig|"
    r"角色|人物|图片|图|圖片|視頻|视频|音频|参考|主体|人|男|女|声音|キャラ\w*|画像|動画|인물|이미지|personaje|persona|imagen|personnage|figur|"
    r"person\w*)s?",
    re.I,
)
"""Words before a number that name somebody or a reference rather than a shot."""
_NTH = r"first|second|third|fourth|fifth|sixth|final|last|opening|closing|ending|next|middle|beginning|\d{1,2}(?:st|nd|rd|th)"
_SHOT = r"shot|scene|clip|beat|frame|part|moment|cut|image|section|segment|sequence|panel"
ORDINAL = re.compile(
    rf"(?:(?:the\s++)?(?:{_NTH})\s++(?:{_SHOT})"
    r"|(?:start|end|first|last)\s++frame|start|beginning|opening|closing|intro|middle|mid|ending|end|outro|finale|climax|hook|reveal|setup|payoff|cta|then|"
    r"next|finally|first|second|third|last(?:ly)?|\d{1,2}(?:st|nd|rd|th)"
    r"|(?:primer[ao]?|segund[ao]|tercer[ao]?|últim[ao])\s++(?:toma|escena|plano\b(?!\s*+:)|parte)|primero|luego|después|finalmente|al\s+(?:principio|final)"
    r"|(?:premi[eè]re?|deuxième|seconde?|troisième|dernière?)\s++(?:plan|scène|prise|partie|séquence)|d'abord|ensuite|puis|enfin|au\s+début|à\s+la\s+fin"
    r"|(?:erste|zweite|dritte|letzte)[rs]?\s++(?:einstellung|szene|aufnahme|bild|teil)|zuerst|danach|dann|schließlich|am\s+(?:anfang|ende)"
    r"|inicio|principio|medio|mitad|final|fin|début|milieu|anfang|mitte|ende|schluss|начало|середина|конец|(?:сцена|часть)\s+(?:первая|вторая|третья)|"
    r"(?:первая|вторая|третья)\s+сцена|сначала|затем|потом"
    r"|开头|开场|開場|开始|中间|中間|结尾|結尾|最后|最後|首先|然后|然後|接着|接著|随后|隨後|片头|片尾|起|承|转|轉|合"
    r"|冒頭|最初|中盤|終盤|まず|次に?|そして|ラスト|はじめ|始め|おわり|終わり|オープニング|エンディング"
    r"|(?:첫|두|세|네|다섯|마지막)\s?번째\s?(?:장면|컷|씬|샷)|(?:첫|마지막)\s?(?:장면|컷|씬|샷)|시작|중간|끝|마지막|처음|먼저|그다음)",
    re.I,
)
FOLLOWS = re.compile(
    r"(?:the\s+)?(?:then|next|second|third|final|last|closing|ending|finally|lastly|luego|después|finalmente|ensuite|puis|enfin|danach|dann|schließlich|затем|потом|"
    r"然后|然後|接着|接著|随后|隨後|最后|最後|结尾|結尾|次|そして|ラスト|마지막|그다음)",
    re.I,
)
"""An ordinal that goes on from something: what stands before the first of them is a shot as well."""
NARRATED = re.compile(
    rf"(?:(?:in|for|during)\s++)?the\s++(?P<which>{_NTH})\s++(?:shot|scene|clip)(?:\s*+[,:]\s*+|\s++(?:shows?|is|opens\s++(?:on|with)|"
    r"begins\s++with|features|depicts|captures|reveals|has|cuts\s++to)\b\s*+)",
    re.I,
)
"""A shot told of in prose; two of them divide."""
CUT = re.compile(
    r"(?:(?:we|hard|smash|match|jump|quick|sharp|whip|then|and|finally,?|next,?|now|(?:the\s++)?(?:scene|camera|video|view|film|shot|picture|"
    r"action)(?:\s++then)?)[ -]){0,3}"
    r"(?:(?:cut|dissolve|cross-?fade|cross[ -]dissolve|fade|transition|wipe|switch)(?:s|ting)?\s++(?:in)?to\b(?:\s*+[:：])?|cut\s*+[:：]|"
    r"(?:hard|smash|match|jump|quick)\s++cut\s*+[.:]|new\s++(?:shot|scene)\s*+[:.])"
    r"(?!\s*+(?:black|white|dark|silence|slow|handheld|night\b(?!\s+\w)|the\s++(?:beat|rhythm|music|end)|a\s++(?:black|white)))\s*+"
    r"|(?:(?:随后|然后|接着|此时)?(?:画面|畫面|镜头|鏡頭))?(?:切换(?:到|至|为)?|切換(?:到|至)?|切到|切至|转场到?|轉場到?|切镜头?|硬切|黑场转)\s*+[:：，,]?\s*+"
    r"|(?:画面|畫面|镜头|鏡頭|场景|場景)(?:一转|一轉|一切|随即切换|跳转到?)\s*+[:：，,]?\s*+"
    r"|(?:場面転換|場面が変わ(?:り|る)|カットが変わ(?:り|る)|シーンが変わ(?:り|る)|カット\s?切り替え)\s*+[:：、。]?\s*+|화면\s?전환\s*+[:：.,]?\s*+|장면\s?전환\s*+[:：.,]?\s*+"
    r"|(?:corte a|coupe sur|cut sur|schnitt (?:auf|zu)|переход к)\s*+[:：]?\s*+|(?:corte|coupe|schnitt|склейка)\s*+[:：.]\s*+",
    re.I,
)
LOUD_CUT = re.compile(r"C(?:UT|ut)[ \t]*+(?:[.!][ \t]*+|(?=\n))")
CUT_IN = re.compile(
    r"(?:(?:hard |smash |jump |match |quick )?cut(?:(?:"
    r" to)?\s*+:?|\s+(?:to\s+)?(?P<title>[^\n:]{3,40}))|(?:scene\s+)?(?:change|transition)|new (?:shot|scene)|"
    r"next (?:shot|scene)|切|切镜|切镜头|转场|硬切|カット|カット切り替え|컷|화면 전환|corte|coupe|schnitt)",
    re.I,
)
FRAMING = re.compile(
    r"(?:(?:extreme|medium|super|very|tight|slow|high|low)[ -]){0,3}(?:wide|close[-"
    r" ]?up|close|long|medium|establishing|full|macro|aerial|drone|pov|"
    r"low[- ]angle|"
    r"high[- ]angle|over[- ]the[- ]shoulder|ots|detail|insert|cutaway|reverse|reaction|hero|tracking|overhead|top[-"
    r" ]down|two|ws|cu|ms|ls|ecu|ews|mcu|els|fs)"
    r"(?:[ -](?:shot|view|angle|close[- ]?up))?(?![\w-])"
    r"|(?:大特写|大特寫|特写|特寫|近景|中近景|中景|全景|远景|遠景|大远景|大遠景|俯拍|仰拍|航拍|空镜头?|主观视角|過肩|过肩)(?:镜头|鏡頭)?"
    r"|(?:超)?(?:アップ|クローズアップ|ロング(?:ショット)?|ミディアム(?:ショット)?|ワイド(?:ショット)?|俯瞰|引き|寄り)|클로즈업|롱샷|풀샷|미디엄\s?샷|와이드\s?샷|부감"
    r"|(?:primer(?:ísimo)? plano|plano (?:general|medio|detalle|americano|abierto|cenital)|(?:très )?gros plan|plan"
    r" (?:large|moyen|américain|d'ensemble|"
    r"rapproché)|totale|halbtotale|nahaufnahme|großaufnahme|detailaufnahme|weitwinkel|крупный план|общий план|средний"
    r" план)",
    re.I,
)
THEN_CUT = re.compile(
    r"(?:,\s*+|\s++)(?:and\s++)?(?:then\s++(?:we\s++)?|before\s++)(?:hard\s++|smash\s++)?cut(?:s|ting)?\s++to\s++(?!black|white|the\s++beat)",
    re.I,
)
"""A cut within a sentence: "... under a boat, then cut to a wide shot"."""
