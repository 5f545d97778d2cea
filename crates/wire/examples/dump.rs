//! temp
use redoubt_domain::decision::*;
use redoubt_domain::*;
use redoubt_wire::*;
fn main() {
    let d = Decision { action: Action::Block, judged: vec![], unscanned: vec![], policy: Digest::new([0; 32]) };
    let v =
        Verdict { request_id: RequestId::new(Timestamp::from_micros(1_700_000_000_000_000), [7; 10]), decision: &d };
    let m = ModelName::parse("alias").unwrap();
    let t = Timestamp::from_micros(1_700_000_000_000_000);
    let out = std::path::Path::new("/tmp/wiredump");
    std::fs::create_dir_all(out).unwrap();
    for s in [Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Messages] {
        std::fs::write(out.join(format!("{}.answer", s.name())), refusal_answer(s, &m, "I will not.", &v, t)).unwrap();
        std::fs::write(out.join(format!("{}.stream", s.name())), refusal_stream(s, &m, "I will not.", &v, t)).unwrap();
        // cut after some frames
        let g = format!(
            "crates/wire/tests/golden/{}/{}.stream.txt",
            s.name(),
            match s {
                Surface::Messages => "blocks",
                Surface::Completions => "plain",
                _ => "text",
            }
        );
        let body = std::fs::read(g).unwrap();
        let mut n = 0;
        loop {
            let mut dec = StreamDecoder::new(s, s, &m, &Limits::default());
            let f = dec.push(&body).unwrap();
            if n >= f.len() - 1 {
                break;
            }
            let mut o = bytes::BytesMut::new();
            for f in f.iter().take(n) {
                dec.encode(f, &mut o)
            }
            o.extend_from_slice(&dec.refuse(n > 0, &v));
            std::fs::write(out.join(format!("{}.cut{n:02}", s.name())), &o).unwrap();
            n += 1;
        }
        std::fs::write(
            out.join(format!("{}.error", s.name())),
            encode_problem(
                s,
                &Problem { kind: ProblemKind::Blocked, message: "blocked", param: None, verdict: Some(v) },
            ),
        )
        .unwrap();
        let mut dec = StreamDecoder::new(s, s, &m, &Limits::default());
        std::fs::write(
            out.join(format!("{}.fail", s.name())),
            dec.fail(&Problem { kind: ProblemKind::Upstream, message: "lost", param: None, verdict: None }),
        )
        .unwrap();
    }
    std::fs::write(
        out.join("models"),
        encode_models(&[ModelCard { id: m.clone(), owned_by: "x".into(), created: 1700000000 }]),
    )
    .unwrap();
    std::fs::write(out.join("moderation"), encode_moderation(&m, v.request_id, &[vec![("hate", 0.9)]])).unwrap();
    std::fs::write(out.join("count"), encode_token_count(5)).unwrap();
}
