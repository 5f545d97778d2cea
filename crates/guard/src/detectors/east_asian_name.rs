//! Chinese, Japanese and Korean names of persons: a known family name beside a word that says that a name stands
//! there. These scripts have neither capitals nor, two of them, spaces, so nothing else tells a name.

use std::ops::Range;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before};
use super::hits::read_each;

/// East Asian names.
pub(super) struct EastAsianName;

/// Words, those in front of names first.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "我叫", "名叫", "姓名", "名字是", "名字叫", "联系人", "收件人", "聯絡人", "氏名", "名前は", "お名前",
    "이름은", "성명", "이름:",
    "先生", "女士", "小姐", "老师", "老師", "医生", "醫生", "教授", "经理", "律师", "主任", "同学", "さん", "様", "氏", "くん", "씨", "님",
];
/// How many of them stand in front.
const IN_FRONT: usize = 14;

/// The longest name, in characters.
const NAME_CHARS: usize = 5;
/// What a stream holds: a name, the word behind it and a sign between.
const HELD_CHARS: usize = NAME_CHARS + 4;

static SPEC: Spec = Spec {
    id: "east_asian_name",
    summary: "Chinese, Japanese and Korean names of persons beside a word that says so",
    labels: &["PERSON"],
    trigger: Trigger::Literals(WORDS),
    span_max: 64,
    positives: &[
        "我叫王小明，今年三十岁。",
        "姓名：欧阳娜娜 电话",
        "请联系张伟先生。",
        "田中さんに送ってください",
        "氏名：山田太郎",
        "제 이름은 김민수입니다",
        "이영희 씨에게 전화",
    ],
    near_misses: &[
        "先生，您好",
        "我叫外卖了",
        "お客様へ",
        "皆さん、こんにちは",
        "선생님",
        "私は金持ちです",
        "姓名：",
        "plain text",
    ],
};

/// The commonest Chinese family names.
const CHINESE: &str = "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧田董潘\
    袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙龍黎史陶贺毛郝顾顧龚邵万萬覃武钱錢戴严莫孔向常汤";
/// Those of two characters.
const CHINESE_LONG: &[&str] =
    &["欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "东方"];
/// The commonest Japanese family names.
#[rustfmt::skip]
const JAPANESE: &[&str] = &[
    "佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "渡邊", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "山口", "松本",
    "井上", "木村", "林", "斎藤", "清水", "山崎", "森", "池田", "橋本", "阿部", "石川", "山下", "中島", "石井", "小川", "前田", "岡田",
    "長谷川", "藤田", "後藤", "近藤", "村上", "遠藤", "青木", "坂本", "斉藤", "福田", "太田", "西村", "藤井", "金子", "岡本", "藤原",
    "三浦", "中野", "中川", "原田", "松田", "竹内", "小野", "田村", "中山", "和田", "石田", "森田", "上田", "原", "内田", "柴田",
    "酒井", "宮崎", "横山", "高木", "安藤", "宮本", "大野", "小島", "谷口", "工藤", "今井", "高田", "増田", "丸山", "杉山", "村田",
    "大塚", "小山", "平野", "藤本", "河野", "上野", "野口", "武田", "松井", "千葉", "岩崎", "菅原", "木下", "佐野", "野村", "松尾",
    "菊地", "杉本", "市川", "古川", "大西", "島田", "水野", "桜井", "高野", "渡部", "吉川", "山内", "西田", "飯田", "菊池", "西川",
];
/// The commonest Korean family names.
const KOREAN: &str =
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진나지엄채원천방공";
/// Characters that no Chinese name ends in and that often follow one.
const NOT_IN_NAMES: &str = "的是在了和与與有我你您他她它们們今年就说說想要去来來很也都不请請吗嗎呢吧啊给給把被从從到上下住电電话話号號身份证證先女医教经律主同";

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '々')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// Where a Chinese or Japanese name that begins here ends.
fn han_end(text: &str) -> Option<usize> {
    let given = |family: &str, most: usize| {
        let rest = after(text, family.len());
        let name: usize =
            rest.chars().take(most).take_while(|c| is_han(*c) && !NOT_IN_NAMES.contains(*c)).map(char::len_utf8).sum();
        family.len() + name
    };
    let first = text.chars().next().filter(|c| is_han(*c))?;
    // Another first character tells most of them apart.
    let head = text.as_bytes().first_chunk::<3>();
    let alike = JAPANESE.iter().chain(CHINESE_LONG).filter(|family| family.as_bytes().first_chunk::<3>() == head);
    let known = alike.filter(|family| text.starts_with(**family));
    if let Some(family) = known.filter(|family| family.chars().count() > 1).max_by_key(|family| family.len()) {
        return Some(given(family, 2));
    }
    let mut bytes = [0; 4];
    let end = given(first.encode_utf8(&mut bytes), 2);
    (CHINESE.contains(first) && end > first.len_utf8()).then_some(end)
}

/// Where a Korean name that begins here ends: three syllables.
fn hangul_end(text: &str) -> Option<usize> {
    let mut syllables = text.char_indices();
    let (_, first) = syllables.next().filter(|(_, c)| KOREAN.contains(*c))?;
    let count = syllables.clone().take(2).take_while(|(_, c)| is_hangul(*c)).count();
    (count == 2)
        .then(|| text.char_indices().nth(3).map_or(text.len(), |(at, _)| at))
        .filter(|end| *end > first.len_utf8())
}

/// A name behind the word that ends at `at`.
fn behind(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = after(text, at);
    let start = at + rest.len() - rest.trim_start_matches([':', '：', ' ', '是', '为', 'は']).len();
    // No more than two signs.
    let name = after(text, start);
    let end = han_end(name).or_else(|| hangul_end(name))?;
    (start - at <= 6 && name.get(..end)?.chars().count() > 1).then_some(start..start + end)
}

/// A name that ends where the word at `at` begins.
fn in_front(text: &str, at: usize) -> Option<Range<usize>> {
    let ahead = before(text, at);
    let end = ahead.trim_end_matches(' ').len();
    if at - end > 1 {
        return None;
    }
    let ahead = before(text, end);
    // The longest name that ends here, and a family name alone.
    let starts: Vec<usize> = ahead.char_indices().rev().take(NAME_CHARS).map(|(start, _)| start).collect();
    starts.into_iter().rev().find_map(|start| {
        let name = after(ahead, start);
        let is_family = JAPANESE.contains(&name)
            || CHINESE_LONG.contains(&name)
            || (name.chars().count() == 1 && CHINESE.contains(name) && end == at);
        let is_name = is_family || han_end(name) == Some(name.len()) || hangul_end(name) == Some(name.len());
        is_name.then_some(start..end)
    })
}

impl Detector for EastAsianName {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        read_each(window, found, |hit| {
            let span =
                if hit.literal < IN_FRONT { behind(window.text, hit.end) } else { in_front(window.text, hit.start) }?;
            Some(Match { span, label: Label::new("PERSON"), rule: None, score: 0.8, severity: Severity::Low })
        });
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let is_part = |c: char| is_han(c) || is_hangul(c) || matches!(c, '\u{3040}'..='\u{30ff}' | ':' | '：' | ' ');
        let tail = text.char_indices().rev().take(HELD_CHARS).take_while(|(_, c)| is_part(*c));
        let letter = tail.filter(|(_, c)| !matches!(c, ':' | '：' | ' ')).last();
        letter.map_or(text.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::{EastAsianName, IN_FRONT, WORDS};

    #[test]
    fn keeps_its_promises() {
        assert_eq!(WORDS.get(IN_FRONT), Some(&"先生"));
        conforms(&EastAsianName);
    }

    #[test]
    fn names_beside_words() {
        for (text, expected) in [
            ("我叫王小明。", "PERSON 0.80 `王小明`"),
            ("我叫张伟今年30岁", "PERSON 0.80 `张伟`"),
            ("请转告李娜女士和王先生。", "PERSON 0.80 `李娜`\nPERSON 0.80 `王`"),
            ("联系人：欧阳修", "PERSON 0.80 `欧阳修`"),
            ("佐藤花子様、", "PERSON 0.80 `佐藤花子`"),
            ("長谷川さんと", "PERSON 0.80 `長谷川`"),
            ("성명: 박지성, 나이", "PERSON 0.80 `박지성`"),
            ("최민호님께", "PERSON 0.80 `최민호`"),
            ("今天天气很好", ""),
            ("我叫你别去", ""),
        ] {
            check(&EastAsianName, text, expected);
        }
    }
}
