//! The phrases of injection in languages other than English.

pub(super) const OVERRIDE: &[&str] = &[
    // German
    "vergiss|ignoriere|ignorier|missachte|verwirf|vergessen_sie|ignorieren_sie|vergesse ..4 vorherigen|vorherige|vorangegangenen|bisherigen|bisherige|obigen|obige|früheren|vorigen|ursprünglichen|deine|ihre ..3 anweisung*|instruktion*|befehle|regeln|prompt*|vorgaben|richtlinien|aufgaben|aufträge|anweisungen",
    "vergiss|ignoriere|ignorier|vergessen_sie|ignorieren_sie|vergesse alles|alle davor|vorher*|zuvor|bisher*|oben|was_wir|was_ich|was_du|obige|vorangegangene",
    // French
    "ignore|ignorez|ignorer|oublie|oubliez|oublier ..4 instructions|consignes|directives|règles|ordres|messages|informations ..3 précédent*|antérieur*|ci_dessus|initiales|d_avant|avant|reçues",
    "oublie|oubliez|ignore|ignorez tout ce|ce_qui|le_reste",
    // Spanish
    "ignora|ignore|ignorar|olvida|olvide|olvidar|descarta|omite|olvídate ..4 instrucciones|instrucción|órdenes|reglas|indicaciones|directrices|información ..3 anterior*|previa|previas|arriba|iniciales|originales",
    "ignora|ignore|olvida|olvide|olvídate ..3 todas|las|tus|anteriores|previas ..2 instrucciones|reglas|indicaciones|directrices",
    "olvida|olvídate|ignora de? todo lo|anterior|eso",
    // Italian
    "ignora|ignorare|ignorate|dimentica|dimenticare|dimenticate|scorda ..4 istruzioni|regole|comandi|indicazioni|direttive ..3 precedent*|sopra|iniziali|originali",
    "ignora|dimentica ..2 precedenti|tue ..1 istruzioni|regole",
    "dimentica|ignora tutto ciò|quello|quanto",
    // Portuguese
    "ignore|ignora|ignorar|esqueça|esquece|esqueca|desconsidere|desconsidera ..4 instruções|instrução|regras|comandos|ordens|diretrizes ..3 anterior*|acima|prévias|iniciais|originais",
    "esqueça|esquece|ignore tudo o_que|acima|antes",
    // Dutch
    "negeer|vergeet ..4 vorige|voorgaande|eerdere|bovenstaande|voorafgaande|jouw|je ..3 instructies|opdrachten|regels|aanwijzingen|richtlijnen|prompt",
    "negeer|vergeet alles wat|hierboven|hiervoor",
    // Polish
    "zignoruj|ignoruj|zapomnij|pomiń|zignorować ..4 poprzednie|poprzednich|wcześniejsze|wcześniejszych|powyższe|wszystkie|swoje|swoich ..3 instrukcje|instrukcji|polecenia|poleceń|zasady|zasad|wytyczne|reguły",
    // Russian and Ukrainian
    "игнорируй*|проигнорируй*|забудь*|отбрось|игнорировать ..4 предыдущ*|прошл*|вышеуказанн*|прежн*|все|свои|ранее|выше ..3 инструкци*|указани*|правил*|команд*|запрос*|промпт*",
    "забудь*|игнорируй* все|всё что|вышесказанное|предыдущее",
    "ігноруй*|забудь* ..3 попередн* ..2 інструкці*|вказівк*",
    // Chinese
    "忽略|无视|忘记|忘掉|忽視|無視|抛开|不要理会|不要遵守|不再遵守|請忽略|请忽略 ..10 指令|指示|提示|规则|規則|说明|命令|要求|设定|設定|限制",
    "忽略|无视|忘记|忘掉|無視 ..4 之前|以上|上面|前面|先前 ..6 内容|所有|一切|对话|的话",
    // Japanese
    "以前の|これまでの|上記の|前の|すべての|全ての|上の|今までの|先ほどの|元の ..3 指示|命令|ルール|プロンプト|指令|設定|制約 ..8 無視|忘れ|破棄|従わない|取り消",
    "指示|命令|ルール|プロンプト ..6 無視して|忘れて|忘れろ|無視しろ|無視せよ",
    // Korean
    "이전*|위의|앞의|모든|지금까지* ..3 지시*|명령*|규칙*|프롬프트*|지침*|내용* ..3 무시*|잊*|따르지*",
    // Arabic
    "تجاهل|انس|انسى|تجاهلي|اهمل ..3 التعليمات|تعليمات|الأوامر|القواعد|التوجيهات|تعليماتك|الإرشادات",
    // Hindi
    "पिछले|पिछली|पहले|उपरोक्त|सभी|पूर्व ..3 निर्देश*|आदेश*|नियम*|अनुदेश* ..4 अनदेखा|नजरअंदाज|नज़रअंदाज़|भूल*|उपेक्षा|इग्नोर",
    // Turkish
    "önceki|yukarıdaki|bütün|tüm|daha_önceki ..2 talimat*|komut*|kural*|yönerge*|talimatları ..3 unut*|yok_say*|görmezden|dikkate_alma*|göz_ardı",
    // Indonesian, Malay and Vietnamese
    "abaikan|lupakan ..3 instruksi|arahan|perintah|aturan|peraturan ..3 sebelumnya|sebelum|di_atas|terdahulu",
    "bỏ_qua|quên ..4 hướng_dẫn|chỉ_dẫn|lệnh|quy_tắc ..3 trước|ở_trên|trên",
    // Swahili
    "puuza|sahau ..3 maagizo|maelekezo ..3 yote|ya_awali|yaliyotangulia|hapo_juu",
];

pub(super) const OVERRIDE_WEAK: &[&str] = &[
    "vergiss|ignoriere|ignorier alles|alle|die|deine",
    "oublie|oubliez tout|toutes",
    "olvida|olvídate de? todo|todas",
    "dimentica tutto|tutte",
    "esqueça|esquece tudo|todas",
    "vergeet|negeer alles|alle",
    "zapomnij o? wszystkim|wszystko",
    "забудь* обо|о|про ..1 всем|всё|все",
    "忘记|忘掉 一切|所有|全部",
    "모두|전부|다 잊*|무시*",
    "her_şeyi unut*",
];

pub(super) const NEW_INSTRUCTIONS: &[&str] = &[
    "hier_sind|deine|befolge|das_sind ..2 neuen|neue|echten ..1 anweisungen|aufgaben|regeln|anweisung|aufgabe",
    "jetzt|nun ..3 neue|weitere ..2 aufgaben|aufgabe|anweisungen",
    "voici|tes|vos|suis|suivez ..2 nouvelles|vraies ..1 instructions|consignes|règles",
    "estas_son|tus|sigue|siga ..2 nuevas|verdaderas ..1 instrucciones|reglas|tareas",
    "queste_sono|le_tue|segui ..2 nuove ..1 istruzioni|regole",
    "suas|estas_são|siga ..2 novas ..1 instruções|regras",
    "jouw|je|dit_zijn|volg ..2 nieuwe ..1 instructies|opdrachten|regels",
    "twoje|oto|wykonaj ..2 nowe ..1 instrukcje|polecenia|zasady",
    "твои|вот|ваши|выполни* ..2 новые ..1 инструкции|правила|указания",
    "新的|新 指令|指示|任务|規則|规则 如下|是|为|開始",
    "新しい 指示|命令|ルール に|は|を",
    "새로운|새 지시*|명령*|규칙*",
    "ab_jetzt|von_jetzt_an|ab_sofort ..3 bist|antwortest|wirst|musst|sollst",
    "à_partir_de_maintenant|désormais ..3 tu|vous",
    "a_partir_de_ahora|desde_ahora|de_ahora_en_adelante ..3 eres|serás|debes|actuarás|responderás|vas",
    "从现在开始|从现在起|從現在開始 ..2 你",
    "これから|今から ..3 あなたは|君は|お前は",
    "지금부터|이제부터 ..2 너는|당신은|넌",
    "с_этого_момента|отныне ..2 ты|вы",
];

pub(super) const EXTRACTION: &[&str] = &[
    "zeig|zeige|verrate|nenne|gib|wiederhole|drucke|schreibe|sag|sage|offenbare|teile|enthülle ..5 systemprompt|system_prompt|systemanweisung*|system_anweisung*|systemnachricht|anfangsanweisung*|ursprünglichen_anweisungen|geheimen_anweisungen|deine_anweisungen|deinen_prompt|deine_instruktionen|obigen_text|interne_anweisungen",
    "was|wie ..2 lautet|lauten|steht|sind|ist ..3 systemprompt|system_prompt|deine_anweisungen|dein_prompt|deine_instruktionen",
    "montre|montrez|révèle|révélez|affiche|affichez|donne|donnez|répète|répétez|dis|écris|imprime|partage ..5 prompt_système|invite_système|instructions_système|message_système|tes_instructions|vos_instructions|instructions_initiales|tes_consignes|vos_consignes|ton_prompt|votre_prompt|le_texte_ci_dessus",
    "quelles|quel|quelle sont|est ..3 tes_instructions|vos_instructions|ton_prompt|prompt_système|tes_consignes",
    "muestra|muéstrame|revela|revélame|dime|imprime|repite|escribe|comparte|muestre|revele|enseña|enséñame ..5 prompt_del_sistema|prompt_de_sistema|mensaje_del_sistema|instrucciones_del_sistema|tus_instrucciones|sus_instrucciones|instrucciones_iniciales|tu_prompt|texto_anterior|instrucciones_internas",
    "cuáles|cuál son|es ..3 tus_instrucciones|tu_prompt|prompt_del_sistema",
    "mostra|mostrami|rivela|rivelami|dimmi|stampa|ripeti|scrivi|condividi ..5 prompt_di_sistema|prompt_del_sistema|istruzioni_di_sistema|tue_istruzioni|istruzioni_iniziali|il_tuo_prompt|messaggio_di_sistema",
    "mostre|revele|diga|imprima|repita|escreva|compartilhe|mostra|me_diga|me_mostre ..5 prompt_do_sistema|prompt_de_sistema|instruções_do_sistema|suas_instruções|tuas_instruções|instruções_iniciais|seu_prompt|mensagem_do_sistema",
    "toon|laat|onthul|geef|herhaal|print|vertel|deel ..5 systeemprompt|systeem_prompt|systeeminstructies|jouw_instructies|je_instructies|oorspronkelijke_instructies|je_prompt",
    "pokaż|ujawnij|podaj|powtórz|wypisz|wydrukuj|zdradź ..5 prompt_systemowy|monit_systemowy|instrukcje_systemowe|swoje_instrukcje|twoje_instrukcje|swój_prompt|prompt_systemu|instrukcje_początkowe",
    "покажи*|раскрой*|выведи*|повтори*|напиши*|скажи*|назови*|сообщи* ..5 системн*|свои_инструкции|твои_инструкции|начальные_инструкции|исходные_инструкции|твой_промпт|свой_промпт",
    "显示|告诉我|透露|输出|打印|重复|泄露|说出|展示|列出|给我|顯示|告訴我|洩露|重複|揭示 ..8 系统提示|系统提示词|系統提示|提示词|系统指令|初始指令|你的指令|上面的内容|以上内容|隐藏指令|内部指令|系统消息",
    "システムプロンプト|初期プロンプト|システム指示|システムメッセージ|あなたへの指示|内部の指示|上記のテキスト|隠された指示 ..10 教え|表示|見せ|出力|開示|公開|繰り返|示し|明かし",
    "시스템|초기|숨겨진 ..1 프롬프트*|지시*|메시지*|지침* ..4 보여*|알려*|출력*|공개*|말해*|반복*",
    "اعرض|أظهر|اكشف|اطبع|كرر|أخبرني|اكتب|شارك ..4 موجه_النظام|تعليمات_النظام|تعليماتك|رسالة_النظام|التعليمات_الأصلية|برومبت",
    "सिस्टम प्रॉम्प्ट|संदेश|निर्देश* ..5 बता*|दिखा*|प्रकट|दोहरा*|लिख*|साझा",
    "अपने|अपना|मूल ..2 निर्देश*|प्रॉम्प्ट ..3 बता*|दिखा*|प्रकट|दोहरा*",
    "sistem ..1 istem*|prompt*|talimat*|mesaj* ..4 göster*|söyle*|yaz*|açıkla*|paylaş*|tekrarla*|ifşa*",
    "talimatlarını|yönergelerini ..3 göster*|söyle*|yaz*|açıkla*|paylaş*|tekrarla*",
];

pub(super) const EXTRACTION_WEAK: &[&str] = &[
    "你的|您的 指令|提示词|规则|系统提示 是什么|有哪些",
    "あなたの 指示|ルール|プロンプト は何|を教え",
    "너의|당신의 지시*|규칙*|프롬프트*",
];

pub(super) const CREDENTIALS: &[&str] = &[
    "dein|deine|ihr|ihre ..1 passwort|kennwort|zugangscode|geheimnis|passphrase",
    "ton|votre ..1 mot_de_passe|code_secret|code_d_accès",
    "tu|su contraseña|clave_secreta|código_secreto|código_de_acceso",
    "la_tua|tua password|parola_d_ordine|chiave_segreta",
    "sua|tua senha|chave_secreta",
    "twoje|swoje ..1 hasło|hasła",
    "твой|ваш|свой пароль|секретный",
    "你的|您的|系统的 密码|口令|密钥|秘密",
    "あなたの|システムの パスワード|合言葉|秘密",
    "당신의|너의|시스템 비밀번호*|암호*",
    "आपका|आपके|आपकी|सिस्टम ..2 पासवर्ड|पासकोड",
    "كلمة ..1 المرور|السر الخاصة_بك|الخاصة_بالنظام",
    "şifreni|parolanı|şifreniz|parolanız|şifrenizi|parolanızı",
    "mật_khẩu của_bạn|hệ_thống",
    "kata_sandi|kata_laluan anda|kamu|sistem",
];

pub(super) const TOOL_HIJACK: &[&str] = &[
    "sende|schicke|leite|lade|übermittle ..8 an|nach|zu ..2 http|https|www",
    "envoie|envoyez|transmets|transférez ..8 à|vers ..2 http|https|www",
    "envía|envíe|manda|reenvía ..8 a ..2 http|https|www",
    "invia|inviare|inoltra ..8 a ..2 http|https|www",
    "envie|mande|encaminhe ..8 para ..2 http|https|www",
    "отправь*|перешли*|передай* ..8 на ..2 http|https|www",
    "发送|上传|转发|傳送 ..16 到|至|给 ..2 http|https|www",
    "送信|転送|アップロード ..4 して",
];

pub(super) const SECRECY: &[&str] = &[
    "sag|sage|erzähle|verrate|informiere|teile ..3 nutzer|benutzer|anwender ..3 nichts|nicht",
    "ohne ..2 nutzer|benutzer|anwender ..2 zu_informieren|wissen|davon",
    "ne ..1 dis|dites|informe|informez|mentionne|préviens ..3 utilisateur",
    "no ..1 digas|diga|informes|menciones|reveles|avises ..3 usuario",
    "non ..1 dire|informare|menzionare|rivelare ..3 utente",
    "não ..1 diga|conte|informe|mencione ..3 usuário|utilizador",
    "не говори*|сообщай*|упоминай* ..3 пользовател*",
    "不要|别|不能|請勿|请勿 告诉|告訴|通知|提醒|透露 ..3 用户|用戶|使用者",
    "ユーザーに ..4 言わない|伝えない|知らせない|教えない|秘密",
    "사용자에게 ..3 말하지|알리지|언급하지",
];

pub(super) const ADDRESS: &[&str] = &[
    "wenn|falls|sofern du|sie ein|eine ..2 ki|sprachmodell|llm|assistent|chatbot",
    "hinweis|anweisung|anweisungen|nachricht|achtung an|für ..2 ki|sprachmodell*|llm|assistent*|chatbot*|ki_modelle|ki_assistenten",
    "si tu_es|vous_êtes ..1 une|un ..1 ia|modèle_de_langage|llm|assistant|chatbot",
    "si eres una|un ..1 ia|modelo_de_lenguaje|llm|asistente|chatbot",
    "se sei|você_é|és ..1 un|una|uma|um ..1 ia|modello_linguistico|modelo_de_linguagem|assistente|llm",
    "если ты|вы ..1 ии|языковая_модель|ассистент|нейросеть|llm",
    "如果你是|若你是|假如你是 ..3 ai|人工智能|语言模型|語言模型|助手|机器人",
    "あなたが|もし ..6 ai|言語モデル|アシスタント ..2 なら|である場合|の場合",
    "당신이|네가|만약 ..2 ai*|인공지능*|언어_모델*",
];
