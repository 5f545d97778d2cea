//! Services that hide where a link leads behind a short one.

/// In alphabetical order.
#[rustfmt::skip]
const HOSTS: [&str; 44] = [
    "adf.ly", "bit.do", "bit.ly", "bitly.com", "bl.ink", "buff.ly", "chilp.it", "clck.ru", "clicky.me", "cutt.ly",
    "dlvr.it", "fb.me", "goo.gl", "goo.su", "hyperurl.co", "ift.tt", "is.gd", "j.mp", "kutt.it", "lnkd.in", "mcaf.ee",
    "ow.ly", "po.st", "qr.ae", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "shrtco.de", "snip.ly", "soo.gd", "surl.li",
    "t.co", "t.ly", "t2m.io", "tiny.cc", "tinyurl.com", "trib.al", "u.to", "urlz.fr", "v.gd", "vk.cc", "wp.me", "x.co",
];

/// Whether a host in small letters is such a service.
pub(super) fn is_shortener(host: &str) -> bool {
    let host = host.strip_prefix("www.").unwrap_or(host);
    HOSTS.binary_search(&host).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_their_whole_name() {
        assert!(HOSTS.is_sorted());
        for host in ["bit.ly", "www.tinyurl.com", "t.co"] {
            assert!(is_shortener(host), "{host}");
        }
        for host in ["orbit.ly", "bit.ly.example", "t.com", "ly", "", "github.com"] {
            assert!(!is_shortener(host), "{host}");
        }
    }
}
