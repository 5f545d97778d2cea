//! Coarse words, by how coarse they are where they are said to anybody. None of them is an insult by itself, so all
//! of them score below what the rules of the profiles ask for; they tell a rough text from a civil one where texts are
//! scored. A rule of one's own that names no `score_min` acts on them, too.

/// Words that are bleeped out.
pub(super) const STRONG: &[&str] = &[
    "fuck*|f_ck|f_cking|f_cked|f_cker|fck|fcking|fuk|fuking|fking|phuck*|fvck*|wtf|stfu|gtfo|mofo|mofos",
    "motherfuck*|mother_fucker|mother_fuckers|muthafuck*|clusterfuck*|mindfuck*|fuckhead|fuckface|dumbfuck*|unfuck*",
    "cunt|cunts|c_nt|cock|cocks|cocksucker|cocksuckers|cocksucking|dick|dicks|dickhead|dickheads|twat|twats|wanker|wankers|tosser",
    "pussy|pussies|slut|sluts|slutty|whore|whores|skank|skanks|thot|bitch*|b_tch|b_tches|biatch|son_of_a_bitch",
    "shit|shits|sh_t|shitty|shitting|shitted|shitter|bullshit|horseshit|dipshit|dipshits|shithead|shitheads|shithole|shitholes|batshit|apeshit|shitshow|shitload",
    "asshole|assholes|a_hole|a_holes|arsehole|arseholes|asshat|asswipe|asswipes|jackass|jackasses|dumbass|dumbasses|fatass|badass|kiss_my_ass|my_ass|your_ass|his_ass|her_ass|their_asses",
    "bastard|bastards|prick|pricks|douche|douches|douchebag*|scumbag*|cumshot|jizz|blowjob|blowjobs|handjob|dildo|dildos|wank|wanking|jerk_off|jerking_off",
    "scheiße|scheisse|scheiß*|scheiss*|ficken|fickt|gefickt|arsch|arschloch|arschlöcher|hurensohn|hure|huren|nutte|nutten|fotze|fotzen|wichser|schlampe|schlampen|schwanzlutscher|missgeburt",
    "merde|merdique|putain|pute|putes|salope|salopes|connard|connards|connasse|enculé|enculés|enculer|bordel_de|couilles|nique|niquer|niquez|foutre",
    "mierda|puta|putas|puto|putos|joder|jodido|jodida|cabrón|cabrones|pendejo|pendejos|chingar|chingada|chingado|pinche|culero|hijueputa|malparido|gilipollas",
    "merda|cazzo|cazzi|stronzo|stronzi|stronza|vaffanculo|fanculo|puttana|puttane|coglione|coglioni|minchia",
    "caralho|porra|foda|foder|fodase|buceta|cuzão|arrombado|viado|piranha|desgraçado",
    "блять|блядь|бля|хуй|хуя|хуй*|пизд*|ебат*|ебан*|ёбан*|сука|суки|мудак|мудаки|говно|жопа|долбоёб|долбоеб|пидор*|пидарас*|шлюха",
    "kurwa|kurwy|chuj|chuja|chujowy|pierdol*|jebać|jebany|jebane|spierdalaj|dupek|gówno|skurwysyn",
    "siktir|sikeyim|amk|orospu|yarrak|kaltak|ibne",
    "他妈的|操你|操他|傻逼|傻屄|煞笔|狗日的|婊子|贱人|混蛋|王八蛋|滚蛋|狗屁|放屁|尼玛|草泥马|鸡巴|垃圾人|脑残|白痴",
    "くそ野郎|クソ|クソ野郎|ちくしょう|ばか野郎|バカ野郎|死ね|うざい|キモい",
    "씨발|시발|ㅅㅂ|개새끼|병신|지랄|좆|존나|미친놈|미친년|꺼져",
    "मादरचोद|भेनचोद|बहनचोद|चूतिया|गांडू|भोसड़ी|रंडी|हरामी",
    "شرموطة|كس|زب|خرا|عاهرة|قحبة|منيوك|كلب_ابن",
    "bangsat|kontol|memek|ngentot|goblok|tolol|puki*|pukimak|sundal|pepek|kimak",
];

/// Words that are not said at table.
pub(super) const RUDE: &[&str] = &[
    "ass|asses|arse|arses|piss|pissed|pisses|pissing|pissed_off|crap|crappy|damn|damned|dammit|damnit|goddamn|goddamned|god_damn|goddammit|bloody_hell|bugger|bollocks|screw_you|screw_him|screw_them",
    "tits|titties|boobs|boob|boobies|butthole|clit|horny|masturbat*|nudes|hooker|hookers|milf|fart|farts|farting|turd|turds",
    "idiot|idiots|idiotic|moron|morons|moronic|imbecile|imbeciles|retarded|stupid|stupidity|dimwit|dunce|halfwit|nitwit|lunatic|lunatics|psycho|psychos|freak|freaks|weirdo|weirdos|pervert|perverts|perv|pervs",
    "loser|losers|pathetic|worthless|scum|vermin|filth|filthy|disgusting|disgrace|disgraceful|garbage_human|swine|coward|cowards|crybaby|crybabies|hypocrite|hypocrites|liar|liars|traitor|traitors|crook|crooks|thug|thugs|bigot|bigots|pedo|pedos",
    "shut_up|shut_the_hell_up|go_to_hell|hell_no|what_the_hell|the_hell_out|rot_in_hell|drop_dead|get_lost|screw_off|sucks|sucked|suck_it|hate_you|hate_him|hate_her|hate_them|kill_yourself|fugly|fat_pig|brain_dead|braindead|libtard*|republitard*|feminazi*|towelhead*",
    "idiot|trottel|blödmann|dummkopf|vollpfosten|drecksau|schwein|abschaum|halt_die_klappe",
    "imbécile|imbéciles|crétin|crétins|abruti|abrutis|débile|débiles|idiote|idiotes|ta_gueule|ferme_la|salaud|salauds",
    "idiota|idiotas|imbécil|imbéciles|estúpido|estúpida|estúpidos|cállate|asqueroso|asquerosa|maldito|maldita",
    "cretino|cretini|scemo|scemi|deficiente|deficienti|schifoso|schifo|stupido|otário|trouxa|nojento",
    "дурак|дура|дураки|идиот|идиоты|урод|уроды|тварь|твари|мразь|скотина|придурок|заткнись",
    "głupek|głupi|idiota|debil|debile|kretyn|zamknij_się|aptal|gerizekalı|geri_zekalı|şerefsiz|ahlaksız",
    "蠢货|蠢猪|傻子|笨蛋|废物|恶心|滚开|闭嘴|猪头|丑八怪|不要脸|无耻|变态|神经病",
    "馬鹿|バカ|ばか|アホ|あほ|ブス|デブ|クズ|ゴミ野郎|気持ち悪い|黙れ|消えろ",
    "바보|멍청이|멍청한|닥쳐|재수없|못생긴|찌질|꼴통|한심한",
    "bodoh|bego|dungu|sialan|brengsek|kampret|bodoh_sial|khốn_nạn",
    "bego|kurang_ajar|ccb|kanina|chee_bye|lanjiao|sibei|jialat|siao",
];

/// Words for people that are meant to make them less.
pub(super) const SLURS: &[&str] = &[
    "nigger|niggers|nigga|niggas|niglet*|negroid|darkie|darkies|jigaboo|porch_monkey|spade_lover|kaffir|kaffirs",
    "faggot|faggots|fag|fags|tranny|trannies|shemale|shemales|sodomite|sodomites|poofter|batty_boy",
    "kike|kikes|yid|yids|heeb|christ_killer|christ_killers|spic|spics|beaner|beaners|wetback|wetbacks|ching_chong|gook|gooks|jap|japs|slant_eye|slant_eyes|zipperhead",
    "paki|pakis|raghead|ragheads|sand_nigger|sand_niggers|camel_jockey|camel_jockeys|muzzie|muzzies|mudslime|mudslimes|goat_fucker|goat_fuckers|curry_muncher|dothead",
    "gyppo|gyppos|gypo|pikey|pikeys|squaw|injun|white_trash|trailer_trash|honky|honkies|cracker_ass|wop|wops|dago|dagos|polack|polacks",
    "spastic|spaz|mongoloid|hermaphrodite|she_male|untermensch|untermenschen|subhumans|sub_human",
    "kanake|kanaken|neger|schwuchtel|schwuchteln|zigeuner|tunte|spasti|bougnoule|bougnoules|bicot|youpin|youpins|tapette|tarlouze|gouine|maricón|maricones|sudaca|sudacas|moro_de_mierda|negrata|negratas|frocio|froci|ricchione|terrone|terroni|negro_di_merda|traveco|macaco|хач|хачи|чурка|чурки|жид|жиды|жидов*|хохол|хохлы|кацап*|ниггер*|пидор|пидоры|чёрножоп*|черножоп*",
    "黑鬼|支那|小日本|阿三|死基佬|死同性恋|娘炮|乡巴佬|河南骗子|屌丝|默黑|女权癌|田园女权|猴子人|土八路|南蛮子|蛮夷",
    "チョン|チャンコロ|짱깨|쪽바리|깜둥이|똥남아|한남충|김치녀|틀딱|장애인새끼",
];
