//! Harmless texts, written for this purpose, and longer ones put together from their sentences.

/// A kind of harmless text.
pub(super) struct Kind {
    pub(super) name: &'static str,
    sentences: &'static [&'static str],
    /// What may stand in a sentence where the name of a list stands in braces; a `#` in it is a digit.
    lists: &'static [(&'static str, &'static [&'static str])],
    /// What stands between two of them.
    between: &'static str,
    /// The throughput promised for it, in megabytes per second.
    pub(super) least: Option<u32>,
}

impl Kind {
    /// A text of about so many bytes. The same each time, and no two the same for different seeds.
    pub(super) fn text(&self, bytes: usize, seed: u64) -> String {
        let mut text = String::with_capacity(bytes + 256);
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        while text.len() < bytes {
            let Some(sentence) = dice.choose(self.sentences) else { break };
            if !text.is_empty() {
                text.push_str(self.between);
            }
            self.fill(sentence, &mut dice, &mut text);
        }
        text
    }

    /// Puts down a sentence with something of each list that it names.
    fn fill(&self, sentence: &str, dice: &mut Dice, text: &mut String) {
        if self.lists.is_empty() {
            return text.push_str(sentence);
        }
        for (at, piece) in sentence.split(['{', '}']).enumerate() {
            let words = self.lists.iter().find(|(name, _)| at % 2 == 1 && *name == piece).map(|(_, words)| *words);
            let chosen = words.and_then(|words| dice.choose(words)).unwrap_or(&piece);
            text.extend(chosen.chars().map(|c| if c == '#' { char::from(b'1' + dice.below(9) as u8) } else { c }));
        }
    }
}

/// Chance that is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % count.max(1)
    }

    fn choose<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

/// A request as people write them, of fifty words.
pub(super) const PROMPT: &str = "I am preparing a short talk about the history of bread for a group of school children \
    who visit our bakery next month. Could you suggest five questions that make them curious, each with a simple \
    answer of one or two lines, and a small experiment with yeast that they can try?";

pub(super) static KINDS: &[Kind] = &[PROSE, REPORTS, CHAT, CODE, JSON, GERMAN, CHINESE];

pub(super) const PROSE: Kind = Kind {
    name: "English prose",
    least: Some(60),
    lists: &[],
    between: " ",
    sentences: &[
        "The harbour lay still that morning, and the first boats came back before the fog had lifted from the hills.",
        "Nobody in the village could remember who had planted the walnut tree, but everyone had an opinion about it.",
        "She kept the letters in a biscuit tin on the upper shelf, tied together with a piece of blue ribbon.",
        "When the river rose in spring, the lower fields turned into a lake on which swans rested for a few days.",
        "A good map, he used to say, leaves out nearly everything and is right about the little that it keeps.",
        "The clockmaker's apprentice swept the floor, sorted the springs by length, and listened to the quiet ticking.",
        "By the time the train reached the coast, most of the passengers had fallen asleep over their newspapers.",
        "It is difficult to explain to a visitor why the bakery closes on Thursdays and opens again at midnight.",
        "The experiment was repeated on three different days; the results agreed within the error of the scale.",
        "Later historians doubted the story, since none of the letters from that winter mention a fire at all.",
        "Bees find their way home by the sun, and on cloudy days by the pattern of light that clouds cannot hide.",
        "There was room for 24 people in the hall, although on most evenings only a dozen chairs were taken.",
        "Her grandfather had built the house from stones that he carried up the slope, one basket after another.",
        "Rain fell for the rest of the week. The roads were soft, the wheels sank, and the journey took twice as long.",
        "Mathematics, the teacher told them, begins where counting stops being any help.",
        "They agreed to meet again in autumn, after the harvest, and to bring along whatever they had found by then.",
    ],
};

/// News and encyclopaedias as most retrieved text is: as many names and numbers, and hardly a sentence twice.
pub(super) const REPORTS: Kind = Kind {
    name: "reports with names and numbers",
    least: Some(40),
    lists: &[
        (
            "given",
            &[
                "Anna", "Boris", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hassan", "Irene", "Jonas", "Keiko",
                "Lucas", "Maria", "Nils", "Olga", "Pedro", "Quentin", "Rosa", "Stefan", "Teresa", "Ursula", "Viktor",
                "Wendy", "Yusuf",
            ],
        ),
        (
            "family",
            &[
                "Albrecht",
                "Bianchi",
                "Carvalho",
                "Dubois",
                "Eriksen",
                "Ferreira",
                "Grant",
                "Hughes",
                "Ivanov",
                "Jensen",
                "Kowalski",
                "Lindqvist",
                "Moreau",
                "Nakamura",
                "Okafor",
                "Petersen",
                "Quinn",
                "Richter",
                "Silva",
                "Tanaka",
                "Urban",
                "Vogel",
                "Weaver",
                "Young",
                "Zeller",
            ],
        ),
        (
            "place",
            &[
                "Aarhus",
                "Bologna",
                "Cardiff",
                "Dresden",
                "Edinburgh",
                "Florence",
                "Ghent",
                "Hamburg",
                "Istanbul",
                "Jakarta",
                "Kyoto",
                "Lisbon",
                "Madrid",
                "Nairobi",
                "Oslo",
                "Prague",
                "Quebec",
                "Riga",
                "Santiago",
                "Tallinn",
                "Utrecht",
                "Vienna",
                "Warsaw",
                "Zurich",
                "the Black Sea",
                "northern Italy",
                "the Danube valley",
                "South Wales",
            ],
        ),
        (
            "body",
            &[
                "the University of Leiden",
                "the National Museum",
                "the Ministry of Transport",
                "Northwind Shipping",
                "the Royal Observatory",
                "the city council",
                "the European Commission",
                "the Institute of Hydrology",
                "Meridian Instruments",
                "the state railway",
                "the Harbour Authority",
                "the Historical Society",
            ],
        ),
        (
            "month",
            &[
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
        ),
        ("year", &["19##", "18##", "20##", "17##"]),
        ("count", &["#", "##", "###", "#,###", "##,###", "#.# million", "nearly ##", "more than ###"]),
        (
            "thing",
            &[
                "bridge",
                "canal",
                "lighthouse",
                "library",
                "reservoir",
                "railway line",
                "cathedral",
                "observatory",
                "harbour",
                "power station",
                "market hall",
                "glass works",
                "tunnel",
                "archive",
                "fish market",
                "tram depot",
                "orchard",
            ],
        ),
        (
            "work",
            &[
                "restored",
                "surveyed",
                "rebuilt",
                "measured",
                "enlarged",
                "abandoned",
                "opened",
                "inspected",
                "described",
                "photographed",
                "painted",
                "flooded",
                "insured",
                "extended",
                "sold",
                "leased",
            ],
        ),
        (
            "how",
            &[
                "carefully",
                "at great expense",
                "within a few months",
                "despite the war",
                "without a permit",
                "for the first time",
                "in stages",
                "by volunteers",
                "against the advice of engineers",
                "after a long dispute",
                "almost unnoticed",
            ],
        ),
        (
            "quality",
            &[
                "narrow",
                "medieval",
                "remarkable",
                "unfinished",
                "privately owned",
                "shallow",
                "prosperous",
                "remote",
                "fragile",
                "coastal",
                "industrial",
                "wooden",
                "unusual",
                "modest",
                "celebrated",
                "forgotten",
            ],
        ),
    ],
    between: " ",
    sentences: &[
        "The {quality} {thing} near {place} was {work} {how} in {year}.",
        "{given} {family} of {body} said on {month} #, 20## that {count} people had visited the {thing}.",
        "Between {year} and {year}, {count} tons of stone were moved from {place} to {place}.",
        "According to {family}, the {thing} had been {work} {how}, and {body} paid for it.",
        "It lies {count} km west of {place} and is known for its {quality} {thing}.",
        "After the fire of {month} {year}, {body} decided that the {thing} should be {work}.",
        "A {quality} report lists {count} ships, {count} barges and a {quality} ferry.",
        "{given} {family} was born in {place} and studied with {given} {family} until {year}.",
        "The {thing} was {work} twice, once {how} and once by {body}, which had been founded in {year}.",
        "Shares of the company rose by #.# percent in {place}, while those of its rival lost ##.",
        "Many of the {quality} houses in {place} were {work} before the {thing} was finished.",
        "Temperatures fell to ## degrees, and the {quality} {thing} stayed closed for {count} days.",
        "Critics in {place} called it {quality}; {family} himself thought that it had been {work} {how}.",
        "In the {quality} years that followed, hardly anything was {work}, and the population fell to {count}.",
        "What remained of the {thing} was {work} {how}, so that visitors see it today as {family} drew it.",
        "Trade with {place} doubled, and {body} ordered a {quality} {thing} for the north side of the river.",
    ],
};

pub(super) const CHAT: Kind = Kind {
    name: "chat",
    least: Some(60),
    lists: &[],
    between: "\n",
    sentences: &[
        "hey, quick question about the garden, do tomatoes need more sun than beans?",
        "Thanks! That was really helpful, could you make it a bit shorter please?",
        "What's a nice birthday present for someone who likes hiking and old films?",
        "ok but how would that work if we only have one oven and about 2 hours?",
        "Please write a friendly e-mail to my team about moving the meeting to Monday.",
        "I don't understand the third step, why do you divide by the number of days?",
        "Can you explain the difference between weather and climate to a ten-year-old?",
        "lol that's perfect, now the same but as a poem with four lines",
        "Sure! Here is an outline: introduction, three examples, and a short conclusion.",
        "My train leaves early, so let's plan the walk for the afternoon instead.",
        "Which of these two sentences sounds more natural in English?",
        "Could you check whether the list below is in alphabetical order?",
    ],
};

pub(super) const CODE: Kind = Kind {
    name: "source code",
    least: None,
    lists: &[],
    between: "\n",
    sentences: &[
        "fn area(width: f64, height: f64) -> f64 {\n    width * height\n}\n",
        "for (index, item) in items.iter().enumerate() {\n    total += item.price * weights[index];\n}\n",
        "def read_lines(path):\n    with open(path, encoding=\"utf-8\") as lines:\n        return [line.strip() for line in lines]\n",
        "if (user.isActive && user.orders.length > 0) {\n  renderOrders(user.orders);\n} else {\n  showEmptyState();\n}\n",
        "// The cache is filled lazily, since most callers never ask for the second page.\nlet page = cache.entry(number).or_default();\n",
        "class Queue:\n    def __init__(self):\n        self.items = []\n\n    def push(self, item):\n        self.items.append(item)\n",
        "SELECT city, COUNT(*) AS visits FROM journeys WHERE year >= 2019 GROUP BY city ORDER BY visits DESC;\n",
        "const sum = values.reduce((left, right) => left + right, 0);\nconsole.log(`average: ${sum / values.length}`);\n",
        "match shape {\n    Shape::Circle { radius } => PI * radius * radius,\n    Shape::Square { side } => side * side,\n}\n",
        "#include <stdio.h>\n\nint main(void) {\n    printf(\"%d\\n\", 6 * 7);\n    return 0;\n}\n",
    ],
};

pub(super) const JSON: Kind = Kind {
    name: "JSON",
    least: None,
    lists: &[],
    between: ",\n",
    sentences: &[
        "{\"city\": \"Bergen\", \"country\": \"NO\", \"population\": 291940, \"coastal\": true}",
        "{\"title\": \"Walks by the sea\", \"pages\": 184, \"tags\": [\"travel\", \"maps\"], \"available\": false}",
        "{\"type\": \"object\", \"properties\": {\"width\": {\"type\": \"number\"}, \"unit\": {\"type\": \"string\"}}}",
        "{\"role\": \"user\", \"content\": \"Which of the three recipes is the quickest?\"}",
        "{\"name\": \"list_files\", \"arguments\": {\"folder\": \"reports/summer\", \"limit\": 20}}",
        "{\"temperature\": 18.5, \"wind\": {\"speed\": 12, \"from\": \"west\"}, \"sunrise\": \"05:48\"}",
        "{\"choices\": [{\"index\": 0, \"finish_reason\": \"stop\"}], \"model\": \"small\", \"object\": \"answer\"}",
    ],
};

pub(super) const GERMAN: Kind = Kind {
    name: "German",
    least: None,
    lists: &[],
    between: " ",
    sentences: &[
        "Der Hafen lag still an diesem Morgen, und die ersten Boote kehrten zurück, bevor sich der Nebel hob.",
        "Niemand im Dorf wusste noch, wer den Nussbaum gepflanzt hatte, aber jeder hatte dazu eine Meinung.",
        "Sie bewahrte die Briefe in einer Blechdose auf dem obersten Regal, mit einem blauen Band zusammengebunden.",
        "Wenn der Fluss im Frühling anstieg, wurden die unteren Felder zu einem See, auf dem Schwäne rasteten.",
        "Könntest du mir bitte erklären, wie man aus einer Liste von Zahlen den Durchschnitt berechnet?",
        "Für das Fest brauchen wir noch Stühle, ein paar Lampen und jemanden, der die Begrüßung übernimmt.",
        "Die Versuche wurden an drei verschiedenen Tagen wiederholt; die Ergebnisse stimmten gut überein.",
        "Im Herbst, nach der Ernte, wollten sie sich wieder treffen und mitbringen, was sie gefunden hätten.",
    ],
};

pub(super) const CHINESE: Kind = Kind {
    name: "Chinese",
    least: None,
    lists: &[],
    between: "",
    sentences: &[
        "那天早晨港口很安静，第一批渔船在山间的雾散去之前就回来了。",
        "村里没有人记得那棵核桃树是谁种的，但是每个人都有自己的看法。",
        "她把信放在书架最上面的铁盒里，用一条蓝色的丝带系在一起。",
        "春天河水上涨的时候，下游的田地变成一片湖，天鹅会在那里停留几天。",
        "请帮我写一封简短的邮件，告诉大家会议改到星期一下午。",
        "老师说，数学是从数数不再有用的地方开始的。",
        "雨下了整整一个星期，道路变得松软，旅程花了两倍的时间。",
        "你能不能用简单的语言解释一下天气和气候的区别？",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_each_time_and_differ_by_seed() {
        for kind in KINDS {
            assert_eq!(kind.text(2_000, 3), kind.text(2_000, 3), "{}", kind.name);
            assert_ne!(kind.text(2_000, 3), kind.text(2_000, 4), "{}", kind.name);
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let text = REPORTS.text(20_000, 1);
        assert!(!text.contains(['{', '}', '#']), "{text}");
        let (mut sentences, count) = (text.split(". ").collect::<Vec<_>>(), text.split(". ").count());
        sentences.sort_unstable();
        sentences.dedup();
        assert!(sentences.len() * 10 > count * 9, "{} of {count} sentences are others", sentences.len());
    }
}
