//! Pages, articles and other running text.

use crate::generate::grammar::Maker;

pub(super) fn plain(maker: &mut Maker<'_>, payload: &str) -> String {
    maker.bury(payload, 1, 6)
}

pub(super) fn article(maker: &mut Maker<'_>, payload: &str) -> String {
    let first = maker.prose(2, 4);
    let middle = maker.bury(payload, 1, 4);
    let last = maker.prose(1, 4);
    let title = maker.expand("[[{topic}|{topic}: {company}|{topic} ({year})|{product}]]");
    let mut parts = [first, middle, last];
    let at = maker.random.below(3);
    parts.swap(1, at);
    format!("{title}\n\n{}", parts.join("\n\n"))
}

pub(super) fn html(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 1, 3);
    let more = maker.prose(1, 3);
    match maker.random.below(3) {
        0 => {
            maker.expand("<!DOCTYPE html>\n<html><head><title>{topic}</title></head>\n<body>\n<h1>{topic}</h1>\n")
                + &format!("<p>{text}</p>\n<p>{more}</p>\n</body></html>")
        }
        1 => {
            maker.expand("<div class=\"[[content|post|card|main]]\"><h2>{topic}</h2><p>")
                + &format!("{more}</p><p>{text}</p>")
                + &maker.expand("<a href=\"{url}\">{product}</a></div>")
        }
        _ => maker.expand("<ul><li>{topic}</li><li>") + &format!("{text}</li><li>{more}</li></ul>"),
    }
}

/// The payload in a comment of the page.
pub(super) fn comment(maker: &mut Maker<'_>, payload: &str) -> String {
    let payload = if payload.is_empty() {
        maker.expand("[[TODO {name}: {topic}|{file} {date}|end of header|{product} v{n}|cached {date} {time}]]")
    } else {
        payload.to_owned()
    };
    let before = maker.prose(1, 3);
    let after = maker.prose(0, 3);
    maker.expand("[[<html><body>\n|<article>\n|]]<p>")
        + &before
        + "</p>\n<!-- "
        + &payload
        + " -->\n<p>"
        + &after
        + "</p>"
}

/// The payload in an element that a reader does not see.
pub(super) fn hidden(maker: &mut Maker<'_>, payload: &str) -> String {
    let payload = if payload.is_empty() { maker.prose(1, 1) } else { payload.to_owned() };
    let before = maker.prose(1, 3);
    let after = maker.prose(0, 2);
    let tag = maker.word(&[
        "<div style=\"display:none\">",
        "<span style=\"font-size:0px;color:#fff\">",
        "<p hidden>",
        "<div aria-hidden=\"true\" class=\"sr-only\">",
        "<p style=\"color:white\">",
        "<meta name=\"description\" content=\"",
        "<img src=\"a.png\" alt=\"",
        "<input type=\"hidden\" value=\"",
        "<noscript>",
    ]);
    let end = match tag {
        tag if tag.ends_with('"') => "\">",
        tag if tag.starts_with("<div") => "</div>",
        tag if tag.starts_with("<span") => "</span>",
        tag if tag.starts_with("<noscript") => "</noscript>",
        _ => "</p>",
    };
    format!("<p>{before}</p>\n{tag}{payload}{end}\n<p>{after}</p>")
}

pub(super) fn markdown(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 1, 3);
    let list = [maker.prose(1, 1), maker.prose(1, 1)];
    let title = maker.expand("# {product}\n\n");
    let body = match maker.random.below(4) {
        0 => format!("{}\n\n## 1\n\n{text}\n\n- {}\n- {}\n", maker.prose(1, 2), list.concat(), maker.prose(1, 1)),
        1 => maker.expand(
            "[[![build]({url}) |]]\n\n```sh\n[[npm install|pip install|cargo add|docker pull]] {secretword}\n```\n\n",
        ) + &text
            + "\n",
        2 => format!("> {}\n\n{text}\n\n---\n", list.concat()),
        _ => format!("{}\n\n* {}\n* {text}\n", maker.prose(1, 2), list.concat()),
    };
    title + &body
}

pub(super) fn review(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 1, 3);
    match maker.random.below(3) {
        0 => maker.expand("[[★★★★★|★★★★☆|★★☆☆☆|5/5|3/5|1/5]] {product}\n{name}, {date}\n") + &text,
        1 => maker.expand("{product} – {name}: ") + &text,
        _ => text + &maker.expand("\n— {name}, {city}"),
    }
}

pub(super) fn resume(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 1, 3);
    let end = maker.expand("\n{year}–{year} {company}, {city}\n{year} {company}, {city}\n[[Python, SQL, Excel|Rust, C++, Linux|CAD, SAP|Photoshop, CSS]]");
    maker.expand("{name}\n{city} · {mail} · {phone}\n\n") + &text + &end
}

/// What a search engine returns.
pub(super) fn results(maker: &mut Maker<'_>, payload: &str) -> String {
    let count = maker.random.between(2, 4);
    let place = maker.random.below(count);
    let mut out = String::new();
    for at in 0..count {
        let text = if at == place { maker.bury(payload, 0, 2) } else { maker.prose(1, 2) };
        out += &maker.expand(&format!("{}. {{topic}} - {{company}}\n{{url}}\n", at + 1));
        out += &text;
        out += "\n\n";
    }
    out
}

pub(super) fn wiki(maker: &mut Maker<'_>, payload: &str) -> String {
    let first = maker.prose(1, 3);
    let text = maker.bury(payload, 1, 3);
    maker.expand("'''{topic}''' ({city}, {year}) ")
        + &first
        + &maker.expand("\n\n== {topic} ==\n")
        + &text
        + &maker.expand("[[ [1]|[2][3]|<ref>{company}, {year}</ref>|]]")
}

/// Passages that a retriever found.
pub(super) fn chunks(maker: &mut Maker<'_>, payload: &str) -> String {
    let text = maker.bury(payload, 1, 3);
    let other = maker.prose(1, 3);
    let (first, second) = if maker.random.chance(50) { (text, other) } else { (other, text) };
    match maker.random.below(3) {
        0 => format!("[1] {first}\n\n[2] {second}"),
        1 => {
            maker.expand("<document index=\"1\"><source>{file}</source>")
                + &format!("{first}</document>\n<document index=\"2\">{second}</document>")
        }
        _ => maker.expand("{file} (p. {n}): ") + &first + &maker.expand("\n---\n{file} (p. {n}): ") + &second,
    }
}
