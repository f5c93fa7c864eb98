"""The repertoire's commonest concepts in seven more languages, asked only of prompts in one of them; Cantonese knows all Chinese words beside its own.

One line to a concept: its category, its value, and the words of zh | ja | ko | es | fr | de. ``translations`` has more,
by the English word. Nouns beyond these are found by the drawings' own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from phonofilm.prompt import segments
from phonofilm.prompt.language import guess_language
from phonofilm.prompt.words import Word, tokenise
from phonofilm.theatre.lexicon import cutouts, nouns, repertoire, translations
from phonofilm.theatre.lexicon.repertoire import Entry

LANGUAGES = ("zh", "ja", "ko", "es", "fr", "de", "yue")
_TABLE = """
person girl = 女孩 女孩子 少女 小女孩 姑娘 小姑娘 女生 | 少女 女の子 女子 | 소녀 여자아이 여학생 | niña chica muchacha | fille fillette | mädchen
person boy = 男孩 男孩子 少年 小男孩 男生 | 少年 男の子 | 소년 남자아이 남학생 | niño chico muchacho | garçon | junge jungen
person woman = 女人 女性 女子 女士 年轻女性 | 女性 女の人 女 | 여자 여성 여인 | mujer señora | femme dame | frau dame
person man = 男人 男性 男子 男士 先生 | 男性 男の人 男 | 남자 남성 | hombre señor | homme monsieur | mann herr
person old man = 老人 老爷爷 爷爷 老头 老先生 | 老人 おじいさん おじさん 店主 | 노인 할아버지 | anciano viejo abuelo | vieillard grand-père | alter·mann opa großvater
person old woman = 老奶奶 奶奶 老太太 老妇人 | おばあさん 老婆 | 할머니 | anciana abuela | vieille·dame grand-mère | alte·frau oma großmutter
person child = 孩子 小孩 儿童 宝宝 | 子供 子ども 赤ちゃん | 아이 어린이 아기 | niños bebé | enfant enfants bébé | kind kinder baby
person person = 人 人物 咖啡师 厨师 医生 老师 学生 歌手 士兵 宇航员 骑士 武士 侠客 剑客 模特 工人 农民 顾客 | 人 人物 料理人 侍 医者 先生 学生 歌手 兵士 宇宙飛行士 騎士 客 | 사람 인물 요리사 의사 선생님 학생 가수 군인 우주비행사 기사 손님 | persona gente cocinero chef médico profesor estudiante cantante soldado astronauta caballero bailarín | personne gens cuisinier médecin professeur étudiant chanteur chanteuse soldat astronaute chevalier | person mensch leute koch arzt lehrer student sänger sängerin soldat astronaut ritter
person dancer = 舞者 舞蹈演员 | ダンサー 踊り子 | 무용수 댄서 | bailarina bailarines | danseur danseuse | tänzer tänzerin
kind ball = 球 皮球 篮球 足球 | ボール 球 | 공 축구공 농구공 | pelota balón bola | balle ballon·de·football boule | ball kugel
kind box = 箱子 盒子 纸箱 木箱 | 箱 木箱 | 상자 박스 | caja | boîte caisse | kiste schachtel karton
kind bell = 铃 钟 铃铛 | 鐘 ベル 鈴 | 종 벨 | campana | cloche | glocke
kind drum = 鼓 | 太鼓 ドラム | 북 드럼 | tambor | tambour | trommel
kind cup = 杯子 茶杯 咖啡杯 碗 花瓶 | カップ コップ 茶碗 花瓶 | 컵 찻잔 꽃병 | taza copa vaso | tasse verre vase | tasse becher vase
kind bottle = 瓶子 瓶 玻璃瓶 香水瓶 | 瓶 ボトル | 병 유리병 | botella frasco | bouteille flacon | flasche flakon
kind door = 门 大门 | ドア 扉 門 | 문 대문 | puerta | porte | tür tor
kind car = 汽车 车 轿车 跑车 | 車 自動車 | 자동차 차 승용차 | coche carro auto | voiture auto | auto wagen
kind bird = 鸟 小鸟 | 鳥 小鳥 | 새 | pájaro ave pájaros | oiseau oiseaux | vogel vögel
kind balloon = 气球 | 風船 気球 | 풍선 | globo | ballon | ballon luftballon
kind lamp = 灯 路灯 台灯 | ランプ 街灯 | 램프 가로등 | lámpara farola | lampe lampadaire | lampe laterne
kind table = 桌子 餐桌 | テーブル 机 | 테이블 책상 탁자 | mesa | table | tisch
pronoun she = 她 | 彼女 | 그녀 | ella | elle | sie
pronoun he = 他 | 彼 | 그는 | él | il | er
cutout cat = 猫 猫咪 小猫 貓 | 猫 ネコ ねこ 子猫 茶トラの猫 茶トラ トラ猫 三毛猫 キジトラ | 고양이 | gato gata gatito | chat chaton | katze kätzchen kater
cutout dog = 狗 小狗 狗狗 | 犬 イヌ いぬ 子犬 | 개 강아지 | perro perra cachorro | chien chiot | hund welpe
cutout horse = 马 馬 骏马 白马 | 馬 | 말 | caballo | cheval | pferd
cutout dragon = 龙 巨龙 龍 | 竜 龍 ドラゴン | 용 드래곤 | dragón | dragon | drache
cutout fish = 鱼 魚 | 魚 | 물고기 생선 | pez pescado | poisson | fisch
cutout rabbit = 兔子 小兔子 | うさぎ ウサギ 兎 | 토끼 | conejo | lapin | hase kaninchen
cutout elephant = 大象 | 象 ゾウ | 코끼리 | elefante | éléphant | elefant
cutout lion = 狮子 | ライオン | 사자 | león | lion | löwe
cutout tiger = 老虎 虎 | 虎 | 호랑이 | tigre | tigre | tiger
cutout panda = 熊猫 大熊猫 | パンダ | 판다 | panda | panda | panda
cutout bear = 熊 | 熊 クマ | 곰 | oso | ours | bär
cutout fox = 狐狸 | 狐 キツネ | 여우 | zorro | renard | fuchs
cutout whale = 鲸鱼 | 鯨 クジラ | 고래 | ballena | baleine | wal
cutout butterfly = 蝴蝶 | 蝶 | 나비 | mariposa | papillon | schmetterling
cutout robot = 机器人 | ロボット | 로봇 | robot | robot | roboter
cutout rocket = 火箭 | ロケット | 로켓 | cohete | fusée | rakete
cutout airplane = 飞机 | 飛行機 | 비행기 | avión | avion | flugzeug
cutout train = 火车 列车 地铁 | 列車 汽車 | 기차 열차 지하철 | tren | train | zug
cutout boat = 船 小船 帆船 | 船 ボート | 배 보트 | barco barca | bateau | boot schiff
cutout bicycle = 自行车 单车 | 自転車 | 자전거 | bicicleta | vélo | fahrrad
cutout motorcycle = 摩托车 | バイク | 오토바이 | moto motocicleta | moto | motorrad
cutout truck = 卡车 货车 | トラック | 트럭 | camión | camion | lastwagen lkw
cutout castle = 城堡 | 城 | 성 | castillo | château | burg schloss
cutout phone = 手机 | 携帯 スマホ | 휴대폰 핸드폰 스마트폰 | móvil teléfono | téléphone portable | handy telefon
cutout guitar = 吉他 | ギター | 기타 | guitarra | guitare | gitarre
cutout piano = 钢琴 | ピアノ | 피아노 | piano | piano | klavier
cutout umbrella = 伞 雨伞 | 傘 | 우산 | paraguas | parapluie | regenschirm
cutout flower = 花 鲜花 花朵 | 花 | 꽃 | flor flores | fleur fleurs | blume blumen
cutout apple = 苹果 | りんご リンゴ | 사과 | manzana | pomme | apfel
cutout cake = 蛋糕 | ケーキ | 케이크 | pastel tarta | gâteau | kuchen torte
cutout coffee = 咖啡 | コーヒー 珈琲 | 커피 | café·caliente | café·chaud | kaffee
cutout fire = 火 火焰 篝火 | 火 炎 焚き火 | 불 불꽃 모닥불 | fuego hoguera | feu | feuer
colour red = 红 红色 红色的 大红 | 赤 赤い 赤色 紅 | 빨간 빨강 붉은 빨간색 | rojo roja rojos rojas | rouge rouges | rot rote roten roter rotes
colour orange = 橙色 橘色 橙 | オレンジ色 橙色 | 주황 주황색 | naranja anaranjado | orangé | orange orangefarben
colour yellow = 黄 黄色 金色 金色的 | 黄色 黄色い 金色 | 노란 노랑 노란색 금색 | amarillo amarilla dorado dorada | jaune doré dorée | gelb gelbe gelben gelber golden goldene
colour green = 绿 绿色 绿色的 | 緑 緑の 緑色 | 초록 초록색 녹색 | verde verdes | vert verte verts | grün grüne grünen grüner grünes
colour turquoise = 青色 青绿色 蓝绿色 | 水色 青緑 | 청록색 옥색 | turquesa | turquoise | türkis
colour blue = 蓝 蓝色 蓝色的 | 青 青い 青色 | 파란 파랑 푸른 파란색 | azul azules | bleu bleue bleus | blau blaue blauen blauer blaues
colour purple = 紫 紫色 | 紫 紫色 | 보라 보라색 | morado morada púrpura violeta | violet violette pourpre | lila violett
colour pink = 粉色 粉红 粉红色 | ピンク 桃色 | 분홍 분홍색 핑크 | rosa rosado | rose | rosa
colour white = 白 白色 白色的 | 白 白い 白色 | 하얀 흰 흰색 하얀색 | blanco blanca blancos blancas | blanc blanche blancs | weiß weiße weißen weißer weißes
colour black = 黑 黑色 黑色的 | 黒 黒い 黒色 | 검은 검정 검은색 까만 | negro negra negros | noir noire noirs | schwarz schwarze schwarzen schwarzer
colour brown = 棕色 褐色 咖啡色 | 茶色 茶色い 褐色 | 갈색 | marrón café | brun brune marron | braun braune braunen brauner
colour grey = 灰 灰色 银色 | 灰色 グレー 銀色 | 회색 은색 | gris grises plateado | gris grise argenté | grau graue grauen silbern
clothes coat:coat = 外套 大衣 夹克 雨衣 风衣 | コート ジャケット 上着 | 코트 재킷 외투 | abrigo chaqueta gabardina | manteau veste | mantel jacke
clothes coat:dress = 连衣裙 裙子 长裙 旗袍 | ドレス ワンピース 着物 | 드레스 원피스 한복 | vestido | robe | kleid
clothes coat:hoodie = 毛衣 卫衣 | セーター パーカー | 스웨터 후드티 | suéter jersey sudadera | pull sweat | pullover
clothes coat:shirt = 衬衫 上衣 西装 t恤 | シャツ スーツ 制服 | 셔츠 정장 양복 | camisa traje camiseta | chemise costume | hemd anzug
clothes legs:trousers = 裤子 牛仔裤 | ズボン ジーンズ | 바지 청바지 | pantalón pantalones vaqueros | pantalon jean | hose jeans
clothes hat:brim = 帽子 草帽 | 帽子 麦わら帽子 | 모자 | sombrero | chapeau | hut
clothes extra:scarf = 围巾 | マフラー スカーフ | 목도리 스카프 | bufanda | écharpe foulard | schal
clothes extra:glasses = 眼镜 墨镜 | 眼鏡 サングラス | 안경 선글라스 | gafas | lunettes | brille sonnenbrille
place meadow = 草地 草原 田野 公园 花园 | 草原 野原 公園 庭 | 초원 들판 공원 정원 풀밭 | prado campo parque jardín | prairie champ parc jardin pré | wiese feld park garten
place beach = 海滩 沙滩 海边 海岸 海滨 | 海辺 浜辺 ビーチ 海岸 砂浜 | 해변 바닷가 해안 | playa costa orilla | plage côte bord·de·mer | strand küste ufer
place city = 城市 街道 街头 大街 马路 街上 都市 | 街 都市 町 通り 商店街 駅 ホーム 道路 | 도시 거리 도로 시내 골목 | ciudad calle avenida plaza | ville rue avenue | stadt straße platz gasse
place stage = 舞台 剧院 | 舞台 ステージ 劇場 | 무대 극장 | escenario teatro | scène théâtre | bühne theater
place room = 房间 室内 客厅 厨房 卧室 屋里 办公室 咖啡馆 咖啡店 家里 教室 吧台 | 部屋 室内 台所 キッチン 居間 寝室 カフェ 教室 店内 | 방 실내 거실 부엌 주방 침실 카페 사무실 교실 | habitación sala cocina dormitorio interior casa cafetería oficina salón | pièce chambre salon cuisine intérieur maison bureau | zimmer raum küche wohnzimmer schlafzimmer büro haus café
place snow = 雪地 雪原 冰原 雪山 | 雪原 雪山 雪国 | 설원 눈밭 설산 | nieve paisaje·nevado | neige | schnee schneefeld
place forest = 森林 树林 竹林 丛林 | 森 林 竹林 森林 | 숲 숲속 정글 대나무숲 | bosque selva | forêt bois jungle | wald dschungel
place desert = 沙漠 沙丘 | 砂漠 砂丘 | 사막 | desierto dunas | désert dunes | wüste dünen
hour dawn = 清晨 早晨 黎明 日出 早上 | 朝 早朝 夜明け 日の出 | 새벽 아침 일출 | amanecer alba mañana | aube matin lever·du·soleil | morgen sonnenaufgang morgendämmerung
hour noon = 中午 白天 正午 下午 阳光 | 昼 正午 昼間 午後 日差し | 정오 낮 한낮 오후 햇살 | mediodía día tarde | midi jour après-midi | mittag tag nachmittag
hour dusk = 黄昏 傍晚 日落 夕阳 | 夕方 夕暮れ 夕日 日没 | 황혼 저녁 노을 석양 일몰 | atardecer anochecer puesta·de·sol crepúsculo | crépuscule soir coucher·de·soleil | abend sonnenuntergang dämmerung
hour night = 夜晚 夜 夜里 晚上 深夜 月光 星空 夜色 | 夜 深夜 月明かり 星空 | 밤 한밤 달빛 야간 | noche medianoche luna | nuit minuit lune | nacht mitternacht mondlicht
weather rain = 雨 下雨 大雨 细雨 雨中 | 雨 小雨 大雨 | 비 빗속 폭우 | lluvia llueve lluvioso | pluie pleut | regen regnet
weather snow = 下雪 雪 大雪 雪花 | 雪 吹雪 | 눈이·내리는 눈보라 | nieva nevando nevada | neige·tombe il·neige | schneit schneefall
weather fog = 雾 大雾 薄雾 雾气 | 霧 もや | 안개 | niebla bruma | brouillard brume | nebel
weather wind = 风 大风 微风 | 風 強風 | 바람 강풍 | viento brisa | vent brise | wind
weather clear = 晴天 晴朗 | 晴れ 快晴 | 맑은 | soleado despejado | ensoleillé | sonnig
action walk = 走 走路 行走 散步 走过 走向 漫步 走去 | 歩く 歩いて 歩き 走去る | 걷는다 걷는 걸어가는 걸어간다 걷고 산책 | camina caminando anda pasea caminan | marche marchent se·promène | geht läuft·langsam spaziert gehen
action run = 跑 奔跑 跑步 慢跑 飞奔 跑过 冲 追逐 | 走る 走って 走り 駆ける 駆け | 달린다 달리는 뛰어간다 달려간다 | corre corriendo corren galopa | court courent galope | rennt läuft galoppiert rennen
action jump = 跳 跳跃 跳起 跃起 | 跳ぶ 跳んで ジャンプ 跳ねる | 뛴다 점프 뛰어오른다 | salta saltando saltan | saute sautent | springt hüpft springen
action bounce = 弹跳 弹起 | 弾む 弾んで バウンド | 튄다 튀는 | rebota rebotando | rebondit | prallt
action roll = 滚 滚动 滚过 | 転がる 転がって | 구른다 굴러간다 | rueda rodando | roule | rollt
action dance = 跳舞 舞蹈 起舞 舞动 | 踊る 踊って 踊り | 춤 춤춘다 춤추는 춤을·춘다 | baila bailando bailan | danse dansent | tanzt tanzen
action wave = 挥手 招手 | 手を振る 手を振って | 손을·흔든다 손을·흔드는 | saluda agita·la·mano | fait·signe salue | winkt winken
action clap = 鼓掌 拍手 | 拍手 手を叩く | 박수 손뼉 | aplaude aplauden | applaudit | klatscht klatschen
action talk = 说 说话 讲 喊 问 说道 对话 | 言う 話す 話し 叫ぶ 語る | 말한다 말하는 이야기 외친다 | dice habla hablan grita | dit parle parlent crie | sagt spricht sprechen ruft
action stand = 站 站在 站着 坐 坐着 坐在 躺 等待 立 蹲 | 立つ 立って 立っている 座る 座って 待つ | 서·있다 서있는 앉아 앉아있는 기다린다 | está·de·pie sentado sentada espera parado | debout assis assise attend | steht sitzt wartet liegt stehen
action fly = 飞 飞翔 飞过 飞行 翱翔 | 飛ぶ 飛んで 飛び | 난다 날아간다 나는 | vuela volando vuelan | vole volent | fliegt fliegen
action float = 漂浮 飘 飘浮 飘动 升起 浮 | 浮かぶ 浮かんで 漂う | 떠오른다 떠다닌다 | flota flotando sube | flotte monte | schwebt schweben steigt
action drop = 掉 落下 掉落 坠落 跌落 倒下 | 落ちる 落ちて 落とす | 떨어진다 떨어지는 넘어진다 | cae cayendo caen | tombe tombent | fällt fallen
action break = 打碎 破碎 碎 碎裂 | 割れる 壊れる 砕ける | 깨진다 부서진다 | rompe se·rompe | casse se·brise | zerbricht
action drive = 行驶 驶过 开车 驾驶 | 走行 運転 | 운전 달리는·차 | conduce circula | conduit | fährt fahren
action chirp = 唱歌 唱 鸣叫 | 歌う 歌って 鳴く | 노래 노래한다 지저귄다 | canta cantando cantan | chante chantent | singt singen
action close = 打开 关上 开门 关门 | 開ける 閉める 開く | 연다 닫는다 | abre cierra | ouvre ferme | öffnet schließt
action kick = 踢 | 蹴る | 찬다 | patea | donne·un·coup·de·pied | tritt schießt
action drum = 打鼓 击鼓 | 太鼓を叩く | 북을·친다 | toca·el·tambor | joue·du·tambour | trommelt
action play = 弹 演奏 弹吉他 拿着 抱着 捧着 拉小提琴 | 弾く 演奏 持つ 抱く | 연주 들고 | toca sostiene | joue tient | spielt hält
camera push_in = 推近 镜头推近 慢推 推进 镜头推进 拉近 特写推近 | ズームイン 寄る 近づく ゆっくり寄 | 줌인 다가간다 클로즈인 | acercamiento se·acerca zoom·in | zoom·avant s'approche | zoomt fährt·heran
camera pull_out = 拉远 拉开 后拉 镜头拉远 | ズームアウト 引く | 줌아웃 멀어진다 | se·aleja zoom·out | zoom·arrière s'éloigne | fährt·zurück
camera pan = 摇镜 横摇 平移 镜头平移 | パン 横移動 | 패닝 팬 | panorámica paneo | panoramique | schwenkt schwenk
camera track = 跟拍 跟随 追踪 移动镜头 | 追う 追いかけ 追従 トラッキング | 트래킹 따라간다 | travelling sigue seguimiento | travelling suit | folgt kamerafahrt
camera orbit = 环绕 绕 旋转镜头 | 回り込む 周回 | 회전하며 궤도 | gira·alrededor órbita | tourne·autour | umkreist
camera crane = 升镜 航拍 升降 | クレーン 空撮 | 크레인 항공샷 | grúa | grue | kran
camera static = 固定镜头 静止镜头 定格 固定机位 | 固定カメラ 固定 | 고정 정지 | plano·fijo fija cámara·fija | plan·fixe fixe | statisch feste·kamera
camera handheld = 手持 手持镜头 | 手持ち | 핸드헬드 | cámara·en·mano | caméra·à·l'épaule | handkamera
camera close = 特写 近景 微距 | クローズアップ アップ 接写 | 클로즈업 | primer·plano | gros·plan | nahaufnahme großaufnahme
camera wide = 全景 远景 大远景 | 全景 ロングショット 引きの画 | 와이드샷 전경 롱샷 | plano·general | plan·large | totale weitwinkel
camera_noun = 镜头 摄影机 相机 | カメラ | 카메라 | cámara | caméra | kamera
pace slow = 慢慢 缓缓 慢 缓慢 | ゆっくり 静かに こっそり | 천천히 느리게 | lentamente despacio | lentement | langsam
pace fast = 快速 迅速 快 | 速く 素早く 急に | 빠르게 빨리 | rápidamente rápido | rapidement vite | schnell
size big = 大 巨大 巨大的 | 大きな 大きい 巨大な | 큰 거대한 | grande enorme gran | grand grande énorme | groß große großer riesig riesige
size small = 小 小小的 | 小さな 小さい | 작은 | pequeño pequeña | petit petite | klein kleine kleiner kleines
music = 音乐 配乐 | 音楽 | 음악 | música | musique | musik
sound waves = 海浪 海浪声 浪花 | 波 波の音 | 파도 파도·소리 | olas | vagues | wellen
sound birds = 鸟鸣 鸟叫 | 鳥の声 | 새소리 | canto·de·pájaros | chant·d'oiseaux | vogelgezwitscher
filler the = 一个 一位 一只 一名 一辆 一条 一匹 的 了 着 在 和 与 把 从 到 向 以 为 上 里 中 下 是 有 并 而 再 然后 不 地 一 这 那 又 都 也 | の が を に は と て で も へ や から まで た だ る い し れ ら | 이 가 을 를 은 는 에서 에 와 과 한 그리고 로 으로 의 | el la los las un una unos unas de del en con y al a que su sus por para se lleva mientras sobre hacia es está muy | le la les un une des du de en avec et au aux à qui son sa ses sur dans pour se porte vers est pendant très l d | der die das ein eine einen einem einer eines des dem den in im mit und am auf an zu vom von sich trägt während ist sehr so aus
"""


@lru_cache(maxsize=8)
def table(language: str) -> dict[str, Entry]:
    """Wording (small letters, simplified characters) -> (category, value), for a language of ``LANGUAGES``."""
    column, out = LANGUAGES.index(language), dict[str, Entry]()
    concepts = [*_concepts()]
    for one in ((column, 0) if language == "yue" else (column,)):
        for entry, columns in concepts:
            for wording in columns[one].split() if one < len(columns) else ():
                out.setdefault(wording.replace("\u00b7", " "), entry)
    return out


def _concepts() -> Iterator[tuple[Entry, list[str]]]:
    """What a line of the tables means, and its words by language."""
    for line in translations.TABLE.strip().splitlines():
        concept, words = line.split(" = ")
        entry = meant(concept)
        if entry is not None:
            yield entry, words.split("|")
    for line in _TABLE.strip().splitlines():
        concept, words = line.split(" = ")
        category, _, value = concept.partition(" ")
        yield (category, value), words.split("|")


def meant(english: str) -> Entry | None:
    """What the theatre understands by an English word: a "verb ..." only as something done; "camera ..." and "filler ..." name category and value themselves."""
    category, _, value = english.partition(" ")
    if category in ("camera", "filler"):
        return category, value
    if category == "verb":
        return next(
            (entry for (word, *more), entry in repertoire.lexicon().items() if word == value and not more and entry[0] == "action"),
            ("action", nouns.verbs()[value]) if value in nouns.verbs() else None,
        )
    words = english.split()
    known = repertoire.match(words, 0)
    if english in nouns.professions():
        return "profession", english
    if english in nouns.places():
        return "backdrop", english
    if known is not None and known[0] == len(words) and known[1][0] != "filler":
        return ("place", known[1][1]) if known[1][0] == "weak_place" else known[1]
    if cutouts.find(english, "en") is not None:
        return "cutout", english
    return ("filler", english) if known is not None and known[0] == len(words) else None


@lru_cache(maxsize=8)
def _lengths(language: str) -> dict[str, tuple[int, ...]]:
    """First word -> how many words the wordings have that begin with it, most first."""
    found: dict[str, set[int]] = {}
    for wording in table(language):
        words = tokenise(wording)
        if words:
            found.setdefault(words[0].text, set()).add(len(words))
    return {word: tuple(sorted(counts, reverse=True)) for word, counts in found.items()}


@lru_cache(maxsize=256)
def language_of(text: str) -> str:
    """The language a description is written in: by its letters, or, of Latin ones, by its commonest small words."""
    guess = guess_language(text)
    if guess not in ("en", "es", "fr", "de"):
        return guess
    words = [word.text for word in tokenise(text)]
    count = {one: sum(word in _small(one) for word in words) for one in ("es", "fr", "de")}
    count["en"] = sum(word in _ENGLISH for word in words)
    best = max(count, key=lambda one: (count[one], one == "en", one == guess))
    return best if count[best] else guess


_ENGLISH = frozenset("a i in so am the of and to with on at by from over into an her his its their as is are it she he they while then this that".split())


@lru_cache(maxsize=4)
def _small(language: str) -> frozenset[str]:
    return frozenset(word for word, entry in table(language).items() if entry[0] == "filler" and word not in _ENGLISH)


def match(text: str, words: Sequence[Word], i: int, language: str, ends: frozenset[int] | None = None) -> tuple[int, Entry] | None:
    """(how many words, entry) of the longest wording of ``language`` that begins at ``words[i]``: a concept of the table, or a drawn subject.

    ``ends``: where words end in ``text`` (``segments.ends``). A wording may end within such a word only where the table knows the rest of it too, so that
    no part of a longer word is taken for a word of its own.
    """
    if language not in LANGUAGES:
        return None
    whole = _letters(words, i, ends, text, language)
    most = min(MOST_LETTERS if whole else MOST_WORDS, len(words) - i)
    fold = segments.simplified if language in ("zh", "yue") else str
    lengths = _lengths(language).get(fold(words[i].text), ())
    if "'" in words[i].text and not lengths:
        lengths = (1,)
    for count in sorted({*(n for n in lengths if n <= len(words) - i), *range(1, most + 1)}, reverse=True):
        written = text[words[i].start : words[i + count - 1].end].lower()
        said = fold(written)
        entry = table(language).get(said)
        if entry is None and language in ("es", "fr") and count == 1 and "'" in said:
            entry = table(language).get(said.partition("'")[2])
        if entry is None:
            found = next((one for one in (cutouts.find(name, language) for name in dict.fromkeys((written, said))) if one is not None), None)
            if found is None or not found.exact or (count == 1 and found.kind != "drawing"):
                continue
            entry = ("kind", found.name) if found.kind == "prop" else ("cutout", written)
        if not whole or _closes(text, words, i + count, ends, language, small=entry[0] == "filler" or (count == 1 and language == "ko")):
            return count, entry
    return None


MOST_WORDS, MOST_LETTERS = 3, 5
"""Of a subject that only the drawings know."""


def _letters(words: Sequence[Word], i: int, ends: frozenset[int] | None, text: str, language: str) -> bool:
    """Is a word here written with several tokens, one for each letter?"""
    return language in ("zh", "yue", "ja", "ko") and len(words[i].text) == 1 and not words[i].text.isascii()


def _closes(text: str, words: Sequence[Word], j: int, ends: frozenset[int] | None, language: str, *, small: bool) -> bool:
    """May a wording end before ``words[j]``: at the end of a word, or before letters that the table knows up to there?

    A small word (and in Korean a single syllable) may only have small words behind it: "\u4e0a\u6d77" is not the sea."""
    last = j
    at = words[j - 1].end
    while last < len(words) and words[last].start == words[last - 1].end and (ends is None or words[last].start not in ends):
        last += 1
    if last == j or (ends is None and language != "ko"):
        return True
    rest = text[words[j].start : words[last - 1].end]
    katakana = all("\u30a0" <= letter <= "\u30ff" for letter in text[at - 1] + rest[0])
    return not katakana and _known(rest, language, filler=small)


@lru_cache(maxsize=4096)
def _known(rest: str, language: str, *, filler: bool) -> bool:
    """Is this made of wordings of the table, small words alone where ``filler``?"""
    if not rest:
        return True
    known = table(language)
    return any(
        (entry := known.get(segments.simplified(rest[:n]) if language in ("zh", "yue") else rest[:n])) is not None
        and (entry[0] == "filler" or not filler) and _known(rest[n:], language, filler=filler)
        for n in range(len(rest), 0, -1)
    )
