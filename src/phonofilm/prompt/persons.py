"""Words for who may speak, in the languages prompts are written in, by the pronouns that may mean them."""

from __future__ import annotations

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
