//! The phrases. They name what they catch; that is their whole use.

pub(super) const INSULT: &[&str] = &[
    "you|you_re|youre|your|u|ur ..3 idiot|moron|imbecile|dumbass|retard|bitch|bastard|asshole|cunt|scum|piece_of_shit|piece_of_trash|worthless|pathetic_loser|motherfucker|whore|slut|dickhead|scumbag|stupid_ass|filth",
    "fuck_you|fuck_off|go_fuck_yourself|screw_you|piss_off|suck_my_dick|kiss_my_ass|eat_shit|fuck_yourself",
    "shut_up ..2 idiot|moron|bitch|stupid|dumb|loser",
    "stupid|fucking|dumb|ugly|filthy|worthless bitch|whore|slut|cunt|idiot|moron|retard|bastard|asshole|pig",
    "du|sie ..3 idiot|arschloch|hurensohn|wichser|missgeburt|schlampe|fotze|dreckskerl|vollidiot",
    "fick_dich|verpiss_dich|halt_die_fresse|leck_mich",
    "va_te_faire|nique_ta_mère|ta_gueule|fils_de_pute|sale_con|connard|connasse",
    "hijo_de_puta|vete_a_la_mierda|que_te_jodan|gilipollas|chinga_tu_madre",
    "vaffanculo|figlio_di_puttana|pezzo_di_merda|testa_di_cazzo",
    "filho_da_puta|vai_se_foder|vai_tomar_no_cu",
    "пошёл_на_хуй|иди_на_хуй|сука_блять|мудак|ублюдок",
    "kurwa_mać|spierdalaj|skurwysyn|pierdol_się",
    "orospu_çocuğu|siktir_git",
    "操你妈|傻逼|去死吧|滚蛋|王八蛋|他妈的|草泥马",
    "씨발|개새끼|병신|좆까",
    "死ね|くたばれ|クソ野郎",
    "मादरचोद|भेनचोद|चूतिया",
    "ابن_الشرموطة|كس_امك|ابن_الكلب",
];

pub(super) const PROFANITY: &[&str] =
    &["motherfucker|motherfucking|cocksucker|clusterfuck|bullshit_fuck|fucking_shit|fuck_this_shit|shitty_fuck"];

pub(super) const HARASSMENT: &[&str] = &[
    "nobody|no_one ..1 loves|likes|wants|cares_about you",
    "you_should|you_deserve|go|please|just_go ..2 kill_yourself|hang_yourself|die_alone|jump_off|rot_in_hell|die_in_a_fire|to_die",
    "kill_yourself|kys|hope_you_die|i_hope_you_die|world_would_be_better_without_you|drink_bleach_and_die",
    "write|create|post|send ..6 harass|humiliate|bully|shame|intimidate|dox|doxx|stalk|defame ..4 my|a|her|him|them|classmate|coworker|colleague|ex|person|people|someone",
    "find|get|track ..3 her|his|someone|someone_s|ex|my_ex|a_person ..3 home_address|location|whereabouts ..4 without|secretly|stalk",
    "dox|doxx|stalk ..2 my|her|him|someone|ex|a_person",
];

pub(super) const THREAT: &[&str] = &[
    "i_will|i_ll|i_m_going_to|i_am_going_to|im_going_to|we_will|we_ll|gonna ..2 kill|murder|stab|shoot|strangle|rape|beat|behead|slaughter|burn|hurt ..1 you|her|him|them|your|everyone|my_wife|my_husband|my_boss|my_neighbor",
    "you|he|she|they ..2 will|are_going_to|re_going_to|gonna ..1 die|pay_with_your_life|bleed|regret_being_born ..2 tonight|today|soon|slowly|painfully|by_my_hand",
    "i_want_to|i_d_like_to|i_plan_to|how_to|how_can_i|how_do_i|best_way_to|ways_to|help_me|plan_to ..3 kill|murder|poison|assassinate|stab|strangle|kidnap|torture|rape|blackmail ..2 my|a_person|someone|somebody|him|her|people|a_man|a_woman|a_child|children|wife|husband|neighbor|boss|president|them|you",
    "ich_werde|ich_bring ..2 dich|euch|ihn|sie ..3 um|töten|umbringen|erschießen|abstechen",
    "je_vais te|vous|le|la ..1 tuer|égorger|massacrer",
    "te_voy_a|voy_a_matar|voy_a ..1 matar|matarte|asesinar|matarlo",
    "ti_ammazzo|ti_uccido|vou_te_matar|я_тебя_убью|我要杀了你|杀了你全家|お前を殺す|죽여버리겠다|seni_öldüreceğim|سأقتلك",
];

pub(super) const HATE: &[&str] = &[
    "jews|muslims|blacks|whites|gays|lesbians|immigrants|refugees|asians|arabs|mexicans|women|gypsies|christians|hindus|trans_people|homosexuals|foreigners|disabled_people|africans|indians|those_people ..2 are|is ..2 vermin|animals|subhuman|parasites|inferior|scum|filth|disease|plague|savages|disgusting|criminals|rats|cockroaches|a_cancer|worthless|garbage|trash|stupid|sub_human|rapists|terrorists",
    "i_hate|we_hate|hate all? jews|muslims|blacks|black_people|gays|gay_people|immigrants|asians|arabs|mexicans|women|gypsies|trans_people|foreigners|homosexuals|disabled_people|indians|christians|white_people",
    "write|create|generate|make|tell|give ..6 racist|antisemitic|anti_semitic|homophobic|sexist|islamophobic|transphobic|misogynistic|xenophobic|white_supremacist ..2 joke|jokes|manifesto|speech|poem|song|essay|article|tweet|post|propaganda|slogan|content|story|rant|comment|letter|text|statement",
    "why|explain|argue|convince|prove ..6 white|aryan|black|asian race|people ..2 superior|inferior",
    "holocaust|genocide ..4 hoax|never_happened|did_not_happen|was_fake|was_good|was_justified|didn_t_happen",
    "dirty|filthy|fucking jew|jews|nigger|niggers|muslim|muslims|gypsy|immigrants|faggot|spic|chink|paki|arab",
    "nigger|niggers|faggots|kikes|sand_nigger|towelhead|wetback|raghead|gook|tranny_freak",
    "ausländer|juden|muslime|flüchtlinge|schwule|zigeuner ..2 sind|raus ..2 dreck|abschaum|ungeziefer|parasiten|raus|untermenschen|tiere",
    "judíos|musulmanes|negros|inmigrantes|gays ..2 son ..2 basura|escoria|animales|parásitos|inferiores",
    "juifs|musulmans|noirs|immigrés|arabes ..2 sont ..2 vermine|parasites|animaux|déchets|inférieurs",
    "евреи|мусульмане|негры|мигранты ..2 паразиты|мусор|твари|недочеловеки|животные",
];

pub(super) const HATE_THREAT: &[&str] = &[
    "jews|muslims|blacks|gays|immigrants|refugees|asians|arabs|mexicans|women|gypsies|trans_people|homosexuals|those_people|foreigners|they ..4 should|must|deserve|need|vermin ..3 exterminated|die|be_killed|be_shot|gassed|be_hanged|eliminated|be_eradicated|be_deported_or_killed|be_burned|to_die|be_wiped_out|lynched",
    "kill|exterminate|gas|lynch|shoot|eradicate|burn all? the? jews|muslims|blacks|gays|immigrants|refugees|arabs|gypsies|homosexuals|infidels|mexicans|foreigners",
];

pub(super) const VIOLENCE: &[&str] = &[
    "how_to|how_do_i|how_can_i|how_would_i|steps_to|ways_to|teach_me_to|help_me|instructions_to|plan ..4 commit|carry_out|plan|stage|execute|conduct|organize ..3 mass_shooting|school_shooting|terrorist_attack|terror_attack|massacre|bombing|genocide|arson|assassination|murder|ethnic_cleansing|mass_murder|hate_crime",
    "shoot_up|blow_up|bomb|set_fire_to ..2 school|church|mosque|synagogue|mall|airport|hospital|office|stadium|government_building|courthouse|embassy",
    "dismember|decapitate|disembowel|torture ..3 body|victim|him|her|someone|people|animal|cat|dog|prisoner|child",
    "get_away_with|cover_up ..1 murder|a_murder|killing",
    "dispose_of|hide|get_rid_of ..2 dead_body|corpse|human_body|the_body_after",
    "torture|abuse|hurt ..2 animals|animal|puppy|kitten|cat|dog ..3 without|fun|slowly|and",
];

pub(super) const SELF_HARM_INTENT: &[&str] = &[
    "i_want_to|i_m_going_to|i_am_going_to|i_will|i_plan_to|i_think_about|i_m_thinking_of|i_ve_decided_to|thinking_about|i_wanna|i_m_planning_to ..2 kill_myself|die_tonight|killing_myself|end_my_life|ending_my_life|take_my_own_life|commit_suicide|hurt_myself|cut_myself|hang_myself|hurting_myself|cutting_myself",
    "i_don_t_want_to|don_t_want_to|no_reason_to live_anymore|be_alive|live_any_longer|exist_anymore|be_here_anymore|go_on_living",
    "i_want_to_die|wish_i_was_dead|wish_i_were_dead|i_feel_suicidal|i_am_suicidal|i_m_suicidal|my_suicide_note|goodbye_cruel_world|better_off_dead|better_off_without_me",
    "ich_will|ich_möchte|ich_werde mich_umbringen|sterben|mich_töten|nicht_mehr_leben",
    "je_veux|je_vais mourir|me_suicider|me_tuer|en_finir",
    "quiero|voy_a morir|suicidarme|matarme|quitarme_la_vida",
    "voglio morire|suicidarmi|uccidermi|quero_morrer|quero_me_matar",
    "хочу_умереть|покончить_с_собой|我想死|我想自杀|死にたい|자살하고_싶|죽고_싶|मैं_मरना_चाहता|intihar_etmek_istiyorum|أريد_أن_أموت|chcę_umrzeć|chcę_się_zabić",
];

pub(super) const SELF_HARM_MEANS: &[&str] = &[
    "how_to|how_do_i|how_can_i|best_way_to|easiest_way_to|painless_way_to|ways_to|methods_to|most_effective_way_to|quickest_way_to|tips_for|instructions_for|guide_to|encourage ..4 kill_myself|commit_suicide|kill_yourself|end_my_life|hang_myself|overdose|cut_myself|self_harm|suicide|hurt_myself|hide_self_harm|cutting_myself|starve_myself|killing_myself",
    "painless|effective|lethal|most_reliable|least_painful ..2 suicide|overdose|suicide_method|suicide_methods",
    "how_many|lethal_dose|how_much ..6 overdose|to_die|to_kill_myself|kill_me|end_my_life",
    "write|compose|draft ..3 suicide_note|suicide_letter",
    "promote|encourage|glorify ..3 suicide|self_harm|anorexia|bulimia|eating_disorders|cutting",
    "pro_ana|thinspo|pro_anorexia|how_to_be_anorexic|become_anorexic",
];

pub(super) const SELF_HARM: &[&str] =
    &["suicidal_thoughts|suicidal_ideation|self_harming|i_cut_myself|cutting_my_wrists|slit_my_wrists"];

pub(super) const SEXUAL: &[&str] = &[
    "write|create|generate|describe|tell|continue|roleplay|draw ..6 porn|pornographic|erotic|erotica|smut|hardcore|explicit_sex|sexually_explicit|sex_scene|hentai|explicit_sexual|nude|sexual_fantasy ..3 story|scene|content|script|image|images|fanfiction|fanfic|material|about|with|of|picture|pictures|encounter|between",
    "suck|lick|ride ..2 my|his|her cock|dick|pussy|clit|tits",
    "hard|throbbing|wet|dripping cock|dick|pussy|cunt",
    "blowjob|deepthroat|gangbang|cumshot|creampie|bukkake|cunnilingus_scene|rimjob",
    "fuck|fucking me|her|him ..1 hard|harder|in_the_ass|from_behind|senseless",
    "deepfake|fake|undress|remove_the_clothes|nudify ..3 nude|nudes|porn|naked|from_this_photo|her_photo",
];

pub(super) const SEXUAL_MINORS: &[&str] = &[
    "sexual|sexually|erotic|nude|naked|explicit|porn|pornography|sex|seduce|molest|rape|grooming|groom ..5 child|children|minor|minors|underage|toddler|infant|preteen|pre_teen|schoolgirl|schoolboy|little_girl|little_boy|kid|kids|12_year_old|13_year_old|14_year_old|teenager ..3 story|scene|content|picture|pictures|image|images|photo|photos|online|into|to|for|how|without|with|video|videos",
    "child_porn|child_pornography|kiddie_porn|csam|pedo_content|lolicon|shotacon|cp_videos",
    "how_to|ways_to|tips|help_me|convince ..4 groom|seduce|molest|lure ..3 child|minor|children|kid|kids|underage|teen|girl|boy",
];

pub(super) const ILLICIT: &[&str] = &[
    "how_to|how_do_i|how_can_i|how_would_i|how_do_you|how_does_one|steps_to|guide_to|guide_on|instructions_for|instructions_to|instructions_on|recipe_for|teach_me|tell_me|show_me|help_me|explain|ways_to|method_to|tutorial_on|tutorial_for|give_me|provide|write ..6 cook|cooking|make|making|synthesize|synthesizing|produce|manufacture|manufacturing|extract|grow|smuggle|buy|sell ..4 meth|methamphetamine|cocaine|heroin|fentanyl|mdma|lsd|ecstasy|crack|ghb|illegal_drugs|drugs|opioids|ketamine",
    "how_to|how_do_i|how_can_i|how_would_i|steps_to|guide_to|guide_on|tutorial_on|tutorial_for|instructions_for|instructions_on|ways_to|help_me|teach_me|show_me|explain_how_to|give_me|method_to|plan_to|best_way_to|tell_me_how_to ..4 hack|hotwire|counterfeit|launder|steal|shoplift|forge|embezzle|evade|pick|bypass|rob|break_into|commit|clone|cheat|scam|defraud|tamper|smuggle|traffic|bribe|blackmail|extort ..5 account|accounts|car|money|identity|identities|bank|taxes|lock|credit_card|credit_cards|password|passport|passports|id|fraud|store|house|someone|wifi|wi_fi|phone|system|network|atm|documents|insurance|election|voting|license|database|people|drugs|weapons|police|cash|bills|currency|customs|website|email|breathalyzer",
    "write|create|develop|generate|code|build|make|design|give_me|program|provide ..5 phishing|ransomware|malware|keylogger|computer_virus|trojan|botnet|rootkit|spyware|exploit_code|computer_worm|ddos|virus_that|cryptojacker|backdoor|scam ..3 email|emails|code|script|program|that|to|page|site|website|for|attack|tool|campaign|message|in|software|which|targeting|virus",
    "write|create|generate|make|draft|spread|produce ..5 fake_news|disinformation|misinformation|conspiracy|defamatory|libelous|propaganda|fake_reviews|false_information|fabricated ..3 article|articles|about|claiming|that|campaign|story|post|posts|stories|claims|tweet|news|saying",
    "stolen|fake|counterfeit|forged|cloned credit_card|credit_cards|id|ids|passport|passports|money|bills|documents|prescription|diploma ..4 buy|sell|make|get|use|how|obtain|create|where",
    "human_trafficking|sex_trafficking|organ_trafficking|traffic_people|child_labor|slave_labor ..5 how|ring|operation|start|run|plan|guide|without|tutorial|victims",
    "how_to|instructions_for|steps_to|guide_to ..6 credit_card_fraud|identity_theft|insider_trading|tax_evasion|money_laundering|insurance_fraud|ponzi|pyramid_scheme|wire_fraud|check_fraud|welfare_fraud|bank_robbery|ddos_attack|sql_injection_attack|carding",
    "wie ..4 hacke|hackt|fälsche|stehle|koche|wasche|schmuggle|knacke ..4 konto|geld|ausweis|drogen|meth|auto|passwort|kreditkarte|wlan",
    "comment ..3 pirater|hacker|voler|blanchir|falsifier|fabriquer ..4 compte|argent|drogue|voiture|carte|méthamphétamine|identité|billets",
    "cómo ..3 hackear|robar|lavar|falsificar|fabricar|cocinar ..4 cuenta|dinero|drogas|coche|tarjeta|metanfetamina|identidad|billetes",
    "come ..3 hackerare|rubare|riciclare|falsificare|fabbricare ..4 account|denaro|soldi|droga|carta|identità",
    "como ..3 hackear|roubar|lavar|falsificar|fabricar ..4 conta|dinheiro|drogas|carro|cartão|identidade",
    "как ..3 взломать|украсть|отмыть|подделать|сварить ..4 аккаунт|деньги|наркотик*|машину|карту|паспорт|метамфетамин|почту",
    "如何|怎么|怎样 ..3 制造|制作|合成|贩卖|盗取|破解|洗|伪造|制毒 ..4 冰毒|毒品|海洛因|银行卡|账号|密码|假币|身份证|黑钱|信用卡",
];

pub(super) const WEAPONS: &[&str] = &[
    "how_to|how_do_i|how_can_i|how_would_i|how_would_one|how_do_you|how_does_one|steps_to|guide_to|guide_for|guide_on|instructions_for|instructions_to|instructions_on|recipe_for|teach_me|tell_me|show_me|help_me|explain|ways_to|tutorial_on|tutorial_for|tutorial|blueprint|plans_for|give_me|provide|write|describe|outline ..6 build|building|make|making|construct|constructing|create|creating|assemble|assembling|synthesize|synthesizing|produce|detonate|acquire|cultivate|weaponize|manufacture|print|obtain|modify ..5 bomb|bombs|pipe_bomb|explosive|explosives|explosive_device|ied|grenade|molotov|napalm|nerve_agent|nerve_gas|sarin|vx|ricin|anthrax|chemical_weapon|chemical_weapons|biological_weapon|bioweapon|dirty_bomb|nuclear_weapon|nuclear_bomb|c4|tnt|nitroglycerin|ghost_gun|gun|silencer|mustard_gas|chlorine_gas|thermite|poison|firearm|firearms|tatp|botulinum|suppressor|landmine|weapon|smallpox",
    "recipe|instructions|formula|steps|ingredients for ..3 bomb|pipe_bomb|explosives|nerve_agent|napalm|molotov|sarin|ricin|poison_gas|chemical_weapon|tatp|homemade_explosive",
    "build|make|construct ..2 bomb|pipe_bomb|molotov_cocktail|explosive_device|dirty_bomb|homemade_bomb ..3 at_home|step_by_step|household|undetected|instructions|from",
    "wie ..4 baue|baut|bauen|mache|herstellen|bastel*|stelle ..3 bombe|sprengstoff|rohrbombe|giftgas|waffe|molotow*",
    "wie ..2 ich ..2 bombe|sprengstoff|rohrbombe",
    "comment ..3 fabriquer|construire|faire ..3 bombe|explosif|explosifs|arme|poison",
    "cómo ..3 fabricar|hacer|construir|armar ..3 bomba|explosivo|explosivos|veneno|molotov|arma",
    "come ..3 costruire|fabbricare|creare ..3 bomba|esplosivo|esplosivi|molotov|veleno",
    "como ..3 fazer|fabricar|construir ..3 bomba|explosivo|explosivos|veneno|arma",
    "hoe ..4 maak|bouw|maken|bouwen ..3 bom|explosief|explosieven",
    "jak ..3 zrobić|zbudować|skonstruować ..3 bombę|ładunek|materiał_wybuchowy",
    "как ..3 сделать|собрать|изготовить ..3 бомбу|взрывчатку|взрывное|яд|оружие",
    "如何|怎么|怎样 ..3 制造|制作|自制|做 ..4 炸弹|炸药|毒气|枪支|武器|燃烧瓶|沙林",
    "爆弾|爆発物|毒ガス|銃 ..4 作り方|作る方法|製造方法|を作る",
    "폭탄*|폭발물*|독가스* ..2 만드*|제조*|만들*",
    "बम|विस्फोटक ..3 कैसे ..2 बना*",
    "bomba|patlayıcı|molotof ..2 nasıl ..2 yapılır|yaparım|yapabilirim",
    "كيف ..3 أصنع|اصنع|صنع ..2 قنبلة|متفجرات|سلاح",
];
