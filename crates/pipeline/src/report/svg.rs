//! Drawings as text.

use std::fmt::Write as _;

/// `text` where HTML is read, in content and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(letter),
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The first letters of a text, and that there were more.
pub(super) fn short(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

/// A plot with a title. Everything in it was escaped.
pub(super) fn plot(title: &str, width: f64, height: f64, body: &str) -> String {
    format!(
        "<figure style=\"margin:0\"><h3>{0}</h3><svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"{0}\">{body}</svg></figure>",
        escaped(title)
    )
}

/// A square from 0 to 1 both ways, into which points are drawn.
pub(super) struct Square;

impl Square {
    pub(super) const WIDTH: f64 = 320.0;
    pub(super) const HEIGHT: f64 = 280.0;
    const LEFT: f64 = 38.0;
    const TOP: f64 = 8.0;
    const SIDE_X: f64 = 272.0;
    const SIDE_Y: f64 = 228.0;

    pub(super) fn x(share: f64) -> f64 {
        Self::LEFT + share.clamp(0.0, 1.0) * Self::SIDE_X
    }

    pub(super) fn y(share: f64) -> f64 {
        Self::TOP + (1.0 - share.clamp(0.0, 1.0)) * Self::SIDE_Y
    }

    /// Its lines and the names of its axes.
    pub(super) fn frame(across: &str, up: &str) -> String {
        let mut body = String::new();
        for at in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let (x, y) = (Self::x(at), Self::y(at));
            _ = write!(
                body,
                "<path class=\"axis\" d=\"M{} {y}H{}M{x} {}V{}\"/><text class=\"f\" x=\"{}\" y=\"{}\" \
                 text-anchor=\"end\">{at}</text><text class=\"f\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{at}</text>",
                Self::x(0.0),
                Self::x(1.0),
                Self::y(0.0),
                Self::y(1.0),
                Self::LEFT - 5.0,
                y + 4.0,
                Self::y(0.0) + 14.0,
            );
        }
        _ = write!(
            body,
            "<text class=\"f\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text><text class=\"f\" \
             transform=\"translate(9 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            Self::x(0.5),
            Self::HEIGHT - 8.0,
            escaped(across),
            Self::y(0.5),
            escaped(up)
        );
        body
    }

    pub(super) fn diagonal() -> String {
        format!("<path class=\"guide\" d=\"M{} {}L{} {}\"/>", Self::x(0.0), Self::y(0.0), Self::x(1.0), Self::y(1.0))
    }
}

/// The points as a path.
pub(super) fn path(class: &str, points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut d = String::new();
    for (at, (x, y)) in points.enumerate() {
        _ = write!(d, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    if d.is_empty() { d } else { format!("<path class=\"{class}\" d=\"{d}\"/>") }
}

/// A name, a number, and its range if it has one.
pub(super) type Bar = (String, f64, Option<(f64, f64)>);

/// Bars from a common beginning, each with its name, its number and its range if it has one.
pub(super) fn bars(title: &str, bars: &[Bar]) -> String {
    const ROW: f64 = 22.0;
    let ends = |(_, value, range): &Bar| {
        let (low, high) = range.unwrap_or((*value, *value));
        [*value, low, high]
    };
    let all: Vec<f64> = bars.iter().flat_map(ends).filter(|end| end.is_finite()).collect();
    let least = all.iter().copied().fold(0.0, f64::min);
    let most = all.iter().copied().fold(least + 1e-9, f64::max);
    let x = |value: f64| 128.0 + (value - least) / (most - least) * 140.0;
    let mut body = String::new();
    for (at, (name, value, range)) in bars.iter().enumerate() {
        let y = f64::from(u32::try_from(at).unwrap_or(u32::MAX)) * ROW;
        let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
        _ = write!(
            body,
            "<text x=\"122\" y=\"{:.1}\" text-anchor=\"end\">{}</text><rect class=\"bar\" x=\"{from:.1}\" y=\"{:.1}\" \
             width=\"{:.1}\" height=\"12\" rx=\"2\"/><text class=\"f\" x=\"276\" y=\"{:.1}\">{}</text>",
            y + 14.0,
            escaped(&short(name, 20)),
            y + 4.0,
            (to - from).max(1.0),
            y + 14.0,
            super::number(*value),
        );
        if let Some((low, high)) = range {
            let y = y + 10.0;
            _ = write!(body, "<path class=\"range\" d=\"M{:.1} {y}H{:.1}\"/>", x(*low), x(*high));
        }
    }
    let height = ROW * f64::from(u32::try_from(bars.len()).unwrap_or(u32::MAX)) + 4.0;
    _ = write!(body, "<path class=\"zero\" d=\"M{0:.1} 0V{height}\"/>", x(0.0));
    plot(title, 330.0, height, &body)
}
