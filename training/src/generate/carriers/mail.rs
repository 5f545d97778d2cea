//! What people send each other.

use crate::generate::grammar::Maker;

pub(super) fn mail(maker: &mut Maker<'_>, payload: &str) -> String {
    let [from, to, subject, date] = maker.language.headers;
    let body = body(maker, payload);
    match maker.random.below(4) {
        0 => maker.expand(&format!("{from}: {{name}} <{{mail}}>\n{to}: {{name}} <{{mail}}>\n{subject}: {{topic}}\n{date}: {{date}} {{time}}\n\n")) + &body,
        1 => maker.expand(&format!("{subject}: {{topic}}\n{from}: {{mail}}\n\n")) + &body,
        2 => maker.expand(&format!("**{from}:** {{mail}}\n**{date}:** {{date}}\n**{subject}:** {{topic}}\n\n")) + &body,
        _ => body,
    }
}

/// Greeting, text, closing; unlike a header it is in the language's own words throughout.
fn body(maker: &mut Maker<'_>, payload: &str) -> String {
    let greeting = maker.text(maker.language.greetings);
    let text = maker.bury(payload, 1, 5);
    let closing = maker.text(maker.language.closings);
    let name = maker.text(maker.language.names);
    let mut out = format!("{greeting}\n\n{text}\n\n{closing}\n{name}");
    if maker.random.chance(25) {
        out += &maker.expand("\n{company} · {city} · {phone}");
    }
    out
}

/// A mail with the one it answers.
pub(super) fn thread(maker: &mut Maker<'_>, payload: &str) -> String {
    let old_holds_it = maker.random.chance(50);
    let (new, old) = if old_holds_it { ("", payload) } else { (payload, "") };
    let new = body(maker, new);
    let old = body(maker, old);
    let mark = maker.word(&["> ", "| ", ">> ", ""]);
    let old: String = old.lines().map(|line| format!("{mark}{line}\n")).collect();
    new + &maker.expand("\n\n[[-----|On {date}, {name} <{mail}> wrote:|_____|--- {date} {time} {name} ---]]\n") + &old
}

pub(super) fn chat(maker: &mut Maker<'_>, payload: &str) -> String {
    let names = [maker.text(maker.language.names), maker.text(maker.language.names), maker.text(maker.language.names)];
    let lines = maker.random.between(3, 8);
    let place = maker.random.below(lines);
    let stamped = maker.random.chance(60);
    let mut out = String::new();
    for line in 0..lines {
        let name = names.get(maker.random.below(names.len())).map(String::as_str).unwrap_or_default();
        let said = match line == place && !payload.is_empty() {
            true => payload.to_owned(),
            false if maker.random.chance(30) => maker.text(maker.language.people),
            false => maker.prose(1, 1),
        };
        let stamp = if stamped { maker.expand("[{time}] ") } else { String::new() };
        out += &format!("{stamp}{name}: {said}\n");
    }
    out
}

pub(super) fn ticket(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 1, 4);
    match maker.random.below(3) {
        0 => maker.expand("Ticket {id}\nStatus: [[open|pending|closed]]\nPriority: [[low|normal|high]]\nCustomer: {name} ({mail})\nProduct: {product}\n\n") + &text,
        1 => maker.expand("#{n} [[bug|question|feature]]: {topic}\n@{name} · {date}\n\n") + &text + &maker.expand("\n\nLabels: [[help wanted|triage|customer]]"),
        _ => maker.expand("{id} | {product} | {name}\n") + &text,
    }
}

pub(super) fn calendar(maker: &mut Maker<'_>, payload: &str) -> String {
    let [_, to, subject, date] = maker.language.headers;
    let text = maker.bury(payload, 0, 2);
    match maker.random.below(3) {
        0 => {
            maker.expand("BEGIN:VEVENT\nDTSTART:20260[[1|2|3|4|5]]1[[2|3|4]]T090000Z\nSUMMARY:{topic}\nORGANIZER:mailto:{mail}\nLOCATION:{city}\nDESCRIPTION:")
                + &text.replace('\n', "\\n")
                + "\nEND:VEVENT"
        }
        1 => maker.expand(&format!("{subject}: {{topic}}\n{date}: {{date}}, {{time}}\n{to}: {{name}}, {{name}}\n\n")) + &text,
        _ => maker.expand("{date} {time} – {topic} ({city}, {name}). ") + &text,
    }
}

pub(super) fn letter(maker: &mut Maker<'_>, payload: &str) -> String {
    let body = body(maker, payload);
    maker.expand("{company}\n{city}, {date}\n[[Ref.|Re:|#]] {id}\n\n") + &body
}
