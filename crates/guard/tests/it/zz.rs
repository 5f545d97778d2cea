use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::Profile;
#[test]
fn zz() {
    let engine = crate::support::profile(Profile::Default);
    for unit in
        ["a", "1", "1 ", "@", "a@", "[", "\\", "%4", "&#", "http://", "-----BEGIN ", "ignore ", "\u{200b}", "sk-"]
    {
        for size in [4 << 10, 16 << 10] {
            let text = unit.repeat(size / unit.len());
            let t = std::time::Instant::now();
            let _ = redoubt_guard::views::Views::of(&text, &redoubt_domain::Limits::default());
            let v = t.elapsed();
            let _ = engine.scan(&text, Origin::User, Direction::Input);
            eprintln!("{unit:?} {size} views {v:?} all {:?}", t.elapsed());
        }
    }
}
