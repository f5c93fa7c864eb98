"""Sentences in the eight languages: what the phoneme recogniser is trained on (recombined) and tested on (as they
stand, never trained).

Japanese is written in kana, which is what the theatre's voices read.
"""

from __future__ import annotations

import numpy as np

TRAIN: dict[str, str] = {
    "en": (
        "the quick brown fox jumps over a lazy dog while seven children watch from the old wooden bridge / please bring"
        " me another cup of tea before the train arrives / yesterday we found a strange yellow bird behind the house /"
        " she sells fresh fish and thick bread near the harbour / do you think this measure will change anything / my"
        " father would rather work through the night / where are you going with that huge box / oh no the vase is"
        " broken / pure joy and a vague feeling of azure water / thank you very much for everything / jump higher and"
        " clap your hands / what a beautiful view"
    ),
    "zh": (
        "今天我们一起去公园看花 / 你想喝茶还是喝水 / 他的朋友住在北京的东边 / 请把门关上外面很冷 / 孩子们在草地上踢球 /"
        " 老师说明天不用上课 / 我最喜欢吃苹果和西瓜 / 这只鸟飞得真高 / "
        "月亮出来了我们回家吧 / 谢谢你帮助我 / 小猫跑到桥下去了 / 音乐开始大家跳舞 / 春天的雨下得很轻 /"
        " 那辆红色的车是谁的 / 快点火车要开了"
    ),
    "yue": (
        "今日天氣好好我哋去行街 / 你食咗飯未呀 / 佢住喺香港嘅北邊 / 唔該幫我開門 / 細路仔喺公園踢波 / 聽日唔使返學 /"
        " 我鍾意飲茶同食點心 / 呢隻雀仔飛得好高 / "
        "多謝你嘅幫手 / 快啲啦架車要走喇 / 音樂開始大家一齊跳舞 / 月光好靚我哋返屋企 / 嗰個紅色嘅袋係邊個嘅"
    ),
    "ja": (
        "きょうは とても いい てんき ですね / わたしは あたらしい ほんを よみました / ともだちと いっしょに うみへ"
        " いきます / あの あかい くるまは だれの ですか / "
        "ねこが はしの したで ねむっている / もうすぐ でんしゃが きます / おちゃを のみましょう / せんせいは びょうきで"
        " やすみ です / ふゆの よるは しずかだ / "
        "ありがとう ございました / "
        "びっくりした どうしたの / きっと また あえるよ / りょこうの しゃしんを みせて ください"
    ),
    "ko": (
        "오늘은 날씨가 아주 좋아요 / 저는 친구와 함께 바다에 갔어요 / 문을 좀 열어 주세요 / 아이들이 공원에서 공을 차고"
        " 있어요 / 이 빨간 자동차는 누구 거예요 / "
        "내일은 학교에 가지 않아요 / 고양이가 다리 아래에서 자요 / 음악이 시작되면 춤을 춰요 / 커피 한 잔 마실까요 /"
        " 정말 고맙습니다 / 빨리 오세요 기차가 떠나요 / 별이 참 예쁘네요"
    ),
    "es": (
        "el perro pequeño duerme bajo la mesa grande / mañana iremos todos juntos a la playa / quiero una taza de café"
        " con leche por favor / los niños juegan con una pelota roja en el jardín / llueve mucho en la ciudad esta"
        " noche / gracias por venir a mi fiesta / qué bonito es el cielo / hace frío cerca del río / dónde está la"
        " llave de mi casa / yo no sé bailar pero me gusta la música / corre rápido que el tren ya se va / el señor"
        " García vive aquí"
    ),
    "fr": (
        "le petit chat dort sous la grande table / demain nous irons tous ensemble à la plage / je voudrais une tasse"
        " de thé bien chaud / les enfants jouent avec un ballon rouge dans le jardin / il pleut beaucoup sur la ville"
        " cette nuit / merci d'être venu à ma fête / un bon vin blanc et du pain / où est la clef de ma maison / la"
        " musique commence et tout le monde danse / cours vite le train va partir / quel beau chemin à la montagne /"
        " j'ai peur du loup noir"
    ),
    "de": (
        "der kleine Hund schläft unter dem großen Tisch / morgen gehen wir alle zusammen an den Strand / ich möchte"
        " eine Tasse Tee bitte / die Kinder spielen mit einem roten Ball im Garten / heute Nacht regnet es viel in der"
        " Stadt / danke dass du zu meinem Fest gekommen bist / wo ist der Schlüssel für mein Haus / die Musik beginnt"
        " und jeder tanzt / lauf schnell der Zug fährt gleich ab / ein schöner Weg führt über die Brücke / zwölf junge"
        " Vögel hüpfen fröhlich / ich habe Angst vor dem Wolf"
    ),
}
"""Training sentences, parted by " / "."""

TEST: dict[str, tuple[str, ...]] = {
    "en": (
        "Good morning everyone, welcome to the show.",
        "Look, the sun is going down.",
        "Can you hear the birds in the trees?",
        "I never thought we would see snow.",
    ),
    "zh": ("你好，今天天气很好。", "我们去海边玩吧。", "这个杯子是蓝色的。", "你听见鼓声了吗？"),
    "yue": ("你好，歡迎你哋。", "今晚好凍呀。", "我哋去海邊玩。", "你聽到鼓聲未？"),
    "ja": (
        "こんにちは、おげんきですか。",
        "きれいな ゆうひ ですね。",
        "つぎは どこへ いこうか。",
        "とりの こえが きこえる。",
    ),
    "ko": ("안녕하세요, 눈이 와요.", "같이 산책할까요?", "종소리가 들려요.", "우리 집에 놀러 오세요."),
    "es": (
        "Hola, vamos a jugar con la pelota.",
        "Mira, el sol se pone.",
        "Escucha el tambor.",
        "Nunca he visto tanta nieve.",
    ),
    "fr": (
        "Bonjour, la mer est belle ce soir.",
        "Regarde, la neige tombe.",
        "Écoute le tambour.",
        "On se retrouve devant la porte.",
    ),
    "de": (
        "Guten Abend, wie geht es Ihnen?",
        "Schau, die Sonne geht unter.",
        "Hörst du die Glocke?",
        "Wir haben noch nie so viel Schnee gesehen.",
    ),
}
"""Sentences the recogniser is judged on; none is in :data:`TRAIN`."""

_SPACELESS = ("zh", "yue")


def shuffled_line(language: str, rng: np.random.Generator) -> str:
    """A line of training text: a whole sentence one time in four, else 4 to 9 pieces (words; pairs of characters in
    Chinese) of any sentences."""
    sentences = [s.strip() for s in TRAIN[language].split("/")]
    if rng.random() < 0.25:
        return str(rng.choice(sentences))
    if language in _SPACELESS:
        text = "".join(sentences)
        starts = rng.integers(0, len(text) - 2, rng.integers(3, 7))
        return "".join(text[i : i + int(rng.integers(1, 4))] for i in starts)
    words = " ".join(sentences).split()
    return " ".join(str(w) for w in rng.choice(words, rng.integers(4, 10)))
