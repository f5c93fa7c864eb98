"""The playwright's stock of wordings: many ways to say each thing, none of them a label. ``{}`` in a wording takes the pronoun."""

from __future__ import annotations

COLOURS = {
    "red": "red|red|red|scarlet|crimson|bright red|cherry red", "orange": "orange|orange|orange|tangerine|bright orange|amber", "yellow": "yellow|yellow|yellow|golden|lemon yellow|bright yellow",
    "green": "green|green|green|emerald|bright green|grass green|lime", "turquoise": "turquoise|turquoise|teal|cyan|aqua", "blue": "blue|blue|blue|navy|azure|sky blue|cobalt",
    "purple": "purple|purple|purple|violet|lilac|plum|lavender", "pink": "pink|pink|pink|rose|magenta|hot pink", "white": "white|white|white|ivory|snow white|cream",
    "black": "black|black|black|jet black|ebony|coal black", "brown": "brown|brown|brown|chestnut|chocolate brown", "grey": "grey|gray|grey|silver|slate",
}
NOUNS = {
    "ball": "ball|ball|ball|rubber ball|beach ball|toy ball|bouncy ball", "box": "box|box|crate|wooden box|cardboard box|chest|parcel", "bell": "bell|bell|bell|church bell|brass bell|hand bell",
    "drum": "drum|drum|big drum|snare drum|hand drum", "cup": "cup|cup|mug|teacup|coffee cup|coffee mug", "bottle": "bottle|bottle|glass bottle|flask|wine bottle|milk bottle",
    "door": "door|door|front door|wooden door|door", "car": "car|car|little car|taxi|automobile|toy car", "bird": "bird|bird|songbird|little bird|sparrow|robin",
    "balloon": "balloon|balloon|party balloon|toy balloon", "lamp": "lamp|lantern|street lamp", "table": "table|wooden table",
}
PEOPLE = {"man": "man|man|man|gentleman|guy|fellow", "woman": "woman|woman|woman|lady", "girl": "girl|girl|girl|young girl|little girl", "boy": "boy|boy|boy|lad|little boy|young boy",
          "old man": "old man|elderly man|grandfather", "old woman": "old woman|elderly woman|grandmother"}
WEARING = {
    "man": "coat|coat|jacket|shirt|hoodie|sweater|raincoat", "woman": "coat|coat|dress|dress|jacket|raincoat|gown|blouse", "girl": "coat|dress|dress|hoodie|raincoat|sweater|jacket",
    "boy": "shirt|hoodie|coat|jacket|sweater|raincoat|pullover", "old man": "coat|cardigan|jacket|suit", "old woman": "coat|dress|cardigan|cape",
}
DRESSED = "in {a} {c} {w}|in {a} {c} {w}|wearing {a} {c} {w}|with {a} {c} {w}|dressed in {c}|in {c}|wearing {c}|who wears {a} {c} {w}"
ACCESSORIES = "a straw hat|a cap|a top hat|a woolly hat|a scarf|glasses|a backpack|long hair|curly hair|short hair|blonde hair|boots"

ACTIONS = {
    ("ball", "bounce"): ("bounces|bounces up and down|keeps bouncing|drops and bounces|falls and bounces|bounces and bounces|bounces high|hops along", "bouncing|bouncing up and down|bouncing again and again|dropping and bouncing"),
    ("ball", "roll"): ("rolls|rolls along|rolls past|rolls slowly past|rolls across|comes rolling in", "rolling|rolling along|rolling past|rolling by"),
    ("ball", "drop"): ("drops to the ground|falls down|drops|falls to the floor", "dropping|falling down"),
    ("ball", "collide"): ("rolls into {o}|collides with {o}|bumps into {o}|crashes into {o}|hits {o}|knocks into {o}|runs into {o}|meets {o} with a bump", "rolling into {o}|colliding with {o}|bumping into {o}|crashing into {o}|hitting {o}"),
    ("box", "drop"): ("drops|falls|falls down|drops to the ground|falls with a thud|drops down heavily|lands with a thud|tumbles down", "dropping|falling|falling down|dropping to the floor"),
    ("box", "slide"): ("slides|slides along|skids past|slips along the ground", "sliding|sliding along|skidding along"),
    ("box", "topple"): ("topples over|tips over|falls over|keels over", "toppling over|tipping over|falling over"),
    ("box", "collide"): ("slides into {o}|bumps into {o}|collides with {o}|hits {o}", "bumping into {o}|colliding with {o}"),
    ("bell", "ring"): ("rings|rings out|is ringing|chimes|tolls|swings and rings|rings loudly|rings again and again|rings and rings", "ringing|chiming|tolling|ringing out|swinging and ringing|ringing loudly"),
    ("drum", "drum"): ("beats|is drumming by itself|is beaten|drums on and on|is struck again and again", "drumming by itself|beating|drumming"),
    ("cup", "break"): ("falls and breaks|drops and shatters|breaks|falls and smashes|drops and breaks into pieces|shatters|falls down and goes to pieces|smashes on the ground", "falling and breaking|shattering|dropping and breaking|smashing|breaking"),
    ("bottle", "break"): ("falls and breaks|drops and shatters|breaks|falls and smashes|drops and breaks into pieces|shatters|falls down and goes to pieces|smashes on the ground", "falling and breaking|shattering|dropping and breaking|smashing|breaking"),
    ("door", "close"): ("opens and closes|slams shut|closes with a bang|falls shut|swings shut|shuts and opens|slams", "opening and closing|slamming|closing|slamming shut"),
    ("car", "drive"): ("drives by|drives along|drives past and honks|passes, honking|drives through|cruises along and beeps", "driving|driving by|driving past|driving along and honking"),
    ("bird", "fly"): ("flies|flies by|flies past and chirps|flutters by|soars past, chirping|flies along and sings", "flying|flying by|fluttering past|flying and chirping"),
    ("bird", "chirp"): ("chirps|sings|tweets|sits and sings|sits and chirps|twitters", "chirping|singing|sitting and singing|tweeting"),
    ("balloon", "float"): ("floats|floats up|drifts|drifts by|rises slowly|floats along", "floating|drifting|floating up|drifting along"),
    ("person", "walk"): ("walks|walks|strolls|walks along|walks by|wanders|takes a walk|goes for a walk|paces|strides along|walks past|ambles along|marches", "walking|walking|strolling|wandering|walking along|walking past|pacing|marching"),
    ("person", "run"): ("runs|runs|jogs|runs along|sprints|is running|dashes past|runs fast", "running|running|jogging|sprinting|running along"),
    ("person", "jump"): ("jumps|jumps|leaps|jumps up and down|leaps into the air|jumps for joy|jumps again and again|hops|keeps jumping", "jumping|jumping|leaping|jumping up and down|hopping|jumping again and again"),
    ("person", "clap"): ("claps|claps {h} hands|claps|applauds|claps and claps|claps {h} hands again and again|keeps clapping", "clapping|clapping {h} hands|applauding|clapping|clapping loudly"),
    ("person", "drum"): ("drums|beats a drum|plays a drum|plays the drum|hits a drum|bangs on a drum|beats the drum|is drumming|strikes a drum again and again", "drumming|beating a drum|playing the drum|banging on a drum|playing a drum|hitting the drum"),
    ("person", "ring"): ("rings a bell|rings the bell|strikes a bell|sounds the bell|hits a bell", "ringing a bell|ringing the bell|striking a bell"),
    ("person", "knock"): ("knocks on a door|knocks at the door|knocks|raps on the door|knocks on the door|bangs on a door|knocks and knocks on a door", "knocking on a door|knocking|knocking at the door|rapping on a door|banging on the door"),
    ("person", "close"): ("slams a door|shuts the door|closes a door|opens and closes a door", "slamming the door|closing a door|shutting the door"),
    ("person", "drop"): ("drops a cup|drops a bottle and it breaks|lets go of a cup|drops a mug that shatters|lets go of a bottle", "dropping a cup|dropping a bottle|letting go of a cup"),
    ("person", "kick"): ("kicks a ball|kicks a ball away|kicks the ball", "kicking a ball|kicking the ball"),
    ("person", "dance"): ("dances|dances|is dancing|dances to the music|dances on and on|sways and dances|dances to the beat", "dancing|dancing|dancing to the music|dancing to the beat|twirling"),
    ("person", "wave"): ("waves|waves {h} hand|is waving|waves hello", "waving|waving {h} hand"),
    ("person", "stand"): ("stands|stands there|waits|stands and waits|stands quietly", "standing|waiting|standing there"),
    ("person", "talk"): ("talks|speaks|is talking|talks to us|tells a story", "talking|speaking|talking to us"),
}
COUNTS = {1: "once", 2: "twice|two times", 3: "three times|thrice", 4: "four times", 5: "five times"}

PLACES = {
    "meadow": ("in a meadow|in the meadow|on a meadow|in a field|across a green field|in the grass of a meadow|in a park|on a lawn|through a grassy field|over the meadow", "a meadow|meadow|a green field|a grassy field|open countryside"),
    "beach": ("on the beach|on a beach|at the seaside|by the sea|on the shore|on a sandy beach|along the beach|at the seashore|on the sand by the sea", "the beach|beach|a sandy beach|the seaside|a shore"),
    "city": ("in the city|in a city street|on a street|in town|down the street|on the pavement|in the middle of the city|in a city|on the road|downtown", "a city street|city|the city|a street in town|the town"),
    "stage": ("on a stage|on the stage|on stage|on a theatre stage|in a theatre|on an empty stage|on the wooden stage", "a stage|stage|an empty stage|a theatre"),
    "room": ("in a room|in the room|indoors|in a living room|in the kitchen|inside a house|in a bedroom|on the floor of a room", "a room|room|a living room|an interior|indoors"),
    "snow": ("in the snow|on the snow|in a snowy field|across the snow|in deep snow|in a winter landscape|on a snowy plain|out in the snow", "snow|a snowy field|a winter landscape|a snowfield|deep snow"),
    "forest": ("in a forest|in the forest|in the woods|among the trees|between the trees|in a forest clearing|through the woods", "a forest|forest|the woods|a woodland|a clearing in the woods"),
    "desert": ("in the desert|in a desert|among the dunes|on the desert sand|in the sand dunes|across the desert|on a dune", "the desert|desert|sand dunes|a sandy desert|dunes"),
}
HOURS = {
    "dawn": ("at dawn|at sunrise|at daybreak|in the early morning|in the morning|at first light|as the sun rises", "dawn|sunrise|early morning|daybreak|first light"),
    "noon": ("at noon|at midday|in broad daylight|in the middle of the day|in the afternoon|by day|in full daylight", "noon|midday|daylight|high noon|broad daylight"),
    "dusk": ("at dusk|at sunset|in the evening|at twilight|at golden hour|as the sun sets|as dusk falls", "dusk|sunset|evening|twilight|golden hour"),
    "night": ("at night|by night|at midnight|late at night|in the dark|under the stars|in the moonlight|after dark", "night|midnight|moonlight|a starry night|dark night"),
}
WEATHERS = {
    "clear": ("under a clear sky|in clear weather|in fine weather|under a cloudless sky", "clear sky|clear weather|cloudless|the sky is clear"),
    "rain": ("in the rain|in pouring rain|while it rains|in a downpour|as rain falls", "rain|it is raining|rainy|heavy rain|rain falls"),
    "snow": ("while snow falls|in falling snow|as snowflakes come down|while it is snowing", "snowfall|it is snowing|falling snow|snowflakes"),
    "fog": ("in the fog|in thick fog|in the mist|in a misty haze", "fog|foggy|mist|misty air|it is foggy"),
    "wind": ("in the wind|in a strong wind|in windy weather|in a stiff breeze|while the wind blows", "wind|windy|a strong wind|it is windy|gusty wind"),
}
CAMERAS = {
    "static": ("the camera is static|the camera holds still|the camera does not move|the camera stays still|the camera is locked off|the camera never moves", "static camera|static shot|fixed camera|locked off shot|still camera"),
    "push_in": ("the camera pushes in|we push in|the camera moves closer|the camera zooms in|the camera dollies in|the camera moves in|we move closer", "push in|zoom in|dolly in|pushing in|camera pushing in"),
    "pull_out": ("the camera pulls out|we pull back|the camera pulls back|the camera zooms out|the camera moves away|the camera backs away|the camera dollies out", "pull out|zoom out|pull back|pulling out|dolly out"),
    "pan_left": ("the camera pans left|the camera pans to the left|we pan left|the camera swings left", "pan left|panning left|pan to the left|left pan"),
    "pan_right": ("the camera pans right|the camera pans to the right|we pan right|the camera swings right", "pan right|panning right|pan to the right|right pan"),
    "tilt_up": ("the camera tilts up|the camera tilts upward|we tilt up|the camera looks up", "tilt up|tilting up|upward tilt|tilt upwards"),
    "tilt_down": ("the camera tilts down|the camera tilts downward|we tilt down|the camera looks down", "tilt down|tilting down|downward tilt|tilt downwards"),
    "track": ("the camera tracks along|the camera follows|we follow along|the camera tracks {p}|the camera follows {p}|the camera moves along", "tracking shot|track|tracking camera|follow shot"),
    "crane": ("the camera cranes up|the camera rises|the camera lifts up|the camera moves up on a crane|the camera goes up", "crane shot|crane up|rising camera|rising shot"),
    "orbit": ("the camera orbits|the camera circles around|the camera circles {p}|the camera moves around {p}|the camera orbits {p}", "orbit|orbit shot|orbiting camera|arc shot|circling camera"),
    "dolly_zoom": ("the camera does a dolly zoom|we see a vertigo effect|the camera makes a hitchcock zoom", "dolly zoom|hitchcock zoom|vertigo effect|vertigo shot"),
    "handheld": ("the camera is handheld|the camera shakes a little|the camera wobbles", "handheld|handheld camera|shaky camera|hand held shot"),
}
SLOW, FAST = "slow|slowly|gently|gradually", "fast|quickly|rapidly|swiftly"
MUSIC = "{m} music plays|{m} music|to {m} music|with {m} music|a {m} tune plays|{m} music in the background|a {m} song|{m} soundtrack"
MOODS = {
    "cheerful": "cheerful|happy|joyful|upbeat|merry", "calm": "calm|peaceful|soothing|gentle calm|relaxing", "sad": "sad|melancholy|mournful|wistful", "tense": "tense|suspenseful|ominous|nervous",
    "playful": "playful|funny|whimsical|quirky", "epic": "epic|heroic|grand|dramatic",
}
SOUNDS = {
    "meadow": "birds sing|birdsong|birds chirping in the distance", "beach": "the sound of the waves|waves breaking|the surf", "city": "traffic noise|distant cars|the hum of the city",
    "stage": "the murmur of a crowd|an audience in the dark", "room": "silence|a crackling fire", "snow": "the wind sighs|silence all around", "forest": "rustling leaves|birdsong", "desert": "the wind howls|silence",
}
SAYS = 'says: "{t}"|says, "{t}"|says "{t}"|tells us: "{t}"|speaks: "{t}"|calls: "{t}"'
SAYS_IN = 'says in {l}: "{t}"|says, in {l}: "{t}"|speaks {l}: "{t}"|says (in {l}): "{t}"'
LANGUAGES = {"en": "English", "zh": "Mandarin", "yue": "Cantonese", "ja": "Japanese", "ko": "Korean", "es": "Spanish", "fr": "French", "de": "German"}
LINES = {
    "en": ("Good morning, everybody!", "What a beautiful day it is.", "I have never been here before.", "Listen, somebody is coming.", "Welcome to our little theatre.", "Do you want to play with me?",
           "The moon is very bright tonight.", "Please wait for me.", "I think it is going to rain.", "Can you hear the music?", "Let us go home now.", "Look what I have found!"),
    "zh": ("你好，很高兴见到你。", "今天天气真好。", "我们一起去海边吧。", "请等我一下。", "你听到音乐了吗？", "晚上好，欢迎大家。", "我喜欢这里。", "快看，那只小鸟！"),
    "yue": ("你好，早晨。", "今日天氣好好。", "我哋一齊去玩啦。", "等我一陣先。", "你聽唔聽到音樂？", "多謝大家。", "我好鍾意呢度。", "快啲嚟睇下！"),
    "ja": ("こんにちは、おげんきですか。", "きょうはいいてんきですね。", "いっしょにあそびましょう。", "ちょっとまってください。", "おんがくがきこえますか。", "ありがとうございます。", "ここがだいすきです。", "うみへいきましょう。"),
    "ko": ("안녕하세요, 반갑습니다.", "오늘 날씨가 참 좋아요.", "우리 같이 놀아요.", "잠깐만 기다려 주세요.", "음악이 들려요?", "정말 고맙습니다.", "여기가 좋아요.", "바다로 가요."),
    "es": ("Hola, ¿cómo estás?", "Hoy hace muy buen tiempo.", "Vamos a jugar juntos.", "Espera un momento, por favor.", "¿Oyes la música?", "Muchas gracias a todos.", "Me gusta mucho este lugar.", "Mira, ya sale el sol."),
    "fr": ("Bonjour, comment allez-vous ?", "Il fait très beau aujourd'hui.", "On va jouer ensemble.", "Attends-moi, s'il te plaît.", "Tu entends la musique ?", "Merci beaucoup à tous.", "J'aime bien cet endroit.", "Regarde la mer !"),
    "de": ("Guten Tag, wie geht es Ihnen?", "Heute ist schönes Wetter.", "Komm, wir spielen zusammen.", "Warte bitte einen Moment.", "Hörst du die Musik?", "Vielen Dank an alle.", "Hier gefällt es mir sehr.", "Schau mal, ein Vogel!"),
}
