//! Searches as trees.

use super::lex::{Kind, Token, tokens};
use super::{Clause, Comparison, Entity, Field, Literal, OrderItem, SyntaxError, Test};
use crate::limits::{CLAUSES_MAX, FILTER_MAX, LISTED_MAX, WILDCARDS_MAX};

/// Reads a filter: comparisons joined by `AND`. An empty one has none and lets everything through.
pub(crate) fn filter(text: &str) -> Result<Vec<Clause>, SyntaxError> {
    let tokens = bounded(text)?;
    let mut reader = Reader { tokens: &tokens, next: 0, end: text.chars().count() + 1 };
    let mut clauses = Vec::new();
    if tokens.is_empty() {
        return Ok(clauses);
    }
    loop {
        if clauses.len() >= CLAUSES_MAX {
            return Err(reader.wrong(format!("a filter has at most {CLAUSES_MAX} comparisons")));
        }
        clauses.push(reader.clause()?);
        if reader.is_at_end() {
            return Ok(clauses);
        }
        if reader.word("OR") {
            return Err(reader.wrong("`OR` is not part of the language; search twice"));
        }
        if !reader.word("AND") {
            return Err(reader.wrong("expected `AND` or the end"));
        }
    }
}

/// Reads one item of an order: a field, and `ASC` (the default) or `DESC`.
pub(crate) fn order(text: &str) -> Result<OrderItem, SyntaxError> {
    let tokens = bounded(text)?;
    let mut reader = Reader { tokens: &tokens, next: 0, end: text.chars().count() + 1 };
    let field = reader.field()?;
    let is_descending = reader.word("DESC");
    if !is_descending {
        reader.word("ASC");
    }
    if reader.is_at_end() {
        Ok(OrderItem { field, is_descending })
    } else {
        Err(reader.wrong("expected `ASC`, `DESC` or the end"))
    }
}

fn bounded(text: &str) -> Result<Vec<Token>, SyntaxError> {
    if text.len() > FILTER_MAX {
        let reason = format!("it has {} bytes, and at most {FILTER_MAX} are read", text.len());
        return Err(SyntaxError { at: 1, reason });
    }
    tokens(text)
}

struct Reader<'t> {
    tokens: &'t [Token],
    next: usize,
    end: usize,
}

impl<'t> Reader<'t> {
    fn is_at_end(&self) -> bool {
        self.next >= self.tokens.len()
    }

    fn peek(&self) -> Option<&'t Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    fn wrong(&self, reason: impl Into<String>) -> SyntaxError {
        SyntaxError { at: self.at(), reason: reason.into() }
    }

    /// Goes over `word` if it is next, in capitals or not.
    fn word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Kind::Word(next)) if next.eq_ignore_ascii_case(word));
        self.next += usize::from(is_next);
        is_next
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Kind::Sign(next)) if *next == sign);
        self.next += usize::from(is_next);
        is_next
    }

    fn clause(&mut self) -> Result<Clause, SyntaxError> {
        Ok(Clause { field: self.field()?, test: self.test()? })
    }

    fn field(&mut self) -> Result<Field, SyntaxError> {
        let at = self.at();
        let expected = "expected a field, such as `metrics.accuracy`, `params.lr`, `tags.team` or `status`";
        let first = match self.peek() {
            Some(Kind::Word(word)) => word.as_str(),
            // Alone, it is an attribute whose name has a space.
            Some(Kind::Backticked(name) | Kind::DoubleQuoted(name)) => {
                self.next += 1;
                return Ok(Field { entity: Entity::Attribute, key: name.clone(), at });
            }
            _ => return Err(self.wrong(expected)),
        };
        self.next += 1;
        let Some((entity, key)) = first.split_once('.') else {
            return Ok(Field { entity: Entity::Attribute, key: first.to_owned(), at });
        };
        let Some(entity) = entity_of(entity) else {
            let reason = format!(
                "`{}` is not one of `attributes`, `params`, `metrics`, `tags`, `datasets`",
                crate::fields::shortened(entity)
            );
            return Err(SyntaxError { at, reason });
        };
        if !key.is_empty() {
            return Ok(Field { entity, key: key.to_owned(), at });
        }
        // `tags.` and then the key in quotes.
        match self.tokens.get(self.next) {
            Some(Token { kind: Kind::Backticked(key) | Kind::DoubleQuoted(key), is_joined: true, at: _ }) => {
                self.next += 1;
                Ok(Field { entity, key: key.clone(), at })
            }
            _ => Err(self.wrong("expected a key right after the `.`, in backticks if it is no plain word")),
        }
    }

    fn test(&mut self) -> Result<Test, SyntaxError> {
        if self.word("IS") {
            let is_not = self.word("NOT");
            if !self.word("NULL") {
                return Err(self.wrong("expected `NULL`"));
            }
            return Ok(if is_not { Test::IsNotNull } else { Test::IsNull });
        }
        for (word, fold) in [("LIKE", false), ("ILIKE", true)] {
            if self.word(word) {
                return self.pattern(fold);
            }
        }
        if self.word("NOT") {
            if !self.word("IN") {
                return Err(self.wrong("expected `IN` after `NOT`"));
            }
            return self.list().map(Test::NotIn);
        }
        if self.word("IN") {
            return self.list().map(Test::In);
        }
        let comparison = match self.peek() {
            Some(Kind::Sign("=")) => Comparison::Equal,
            Some(Kind::Sign("!=" | "<>")) => Comparison::Unequal,
            Some(Kind::Sign("<")) => Comparison::Less,
            Some(Kind::Sign("<=")) => Comparison::LessOrEqual,
            Some(Kind::Sign(">")) => Comparison::Greater,
            Some(Kind::Sign(">=")) => Comparison::GreaterOrEqual,
            _ => return Err(self.wrong("expected one of `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE`, `IN`, `IS`")),
        };
        self.next += 1;
        Ok(Test::Compare(comparison, self.literal()?))
    }

    fn literal(&mut self) -> Result<Literal, SyntaxError> {
        let literal = match self.peek() {
            Some(Kind::Text(text) | Kind::DoubleQuoted(text)) => Literal::Text(text.clone()),
            Some(Kind::Number(number)) => Literal::Number(*number),
            _ => return Err(self.wrong("expected a number, or a text in quotes")),
        };
        self.next += 1;
        Ok(literal)
    }

    fn pattern(&mut self, fold: bool) -> Result<Test, SyntaxError> {
        let at = self.at();
        let Literal::Text(pattern) = self.literal()? else {
            return Err(SyntaxError { at, reason: "expected a pattern in quotes".to_owned() });
        };
        if pattern.chars().filter(|c| matches!(c, '%' | '_')).count() > WILDCARDS_MAX {
            let reason = format!("a pattern has at most {WILDCARDS_MAX} of `%` and `_`");
            return Err(SyntaxError { at, reason });
        }
        Ok(Test::Like { pattern, fold })
    }

    fn list(&mut self) -> Result<Vec<Literal>, SyntaxError> {
        if !self.sign("(") {
            return Err(self.wrong("expected `(`"));
        }
        let mut literals = Vec::new();
        loop {
            if literals.len() >= LISTED_MAX {
                return Err(self.wrong(format!("a list has at most {LISTED_MAX} values")));
            }
            literals.push(self.literal()?);
            if self.sign(")") {
                return Ok(literals);
            }
            if !self.sign(",") {
                return Err(self.wrong("expected `,` or `)`"));
            }
        }
    }
}

fn entity_of(word: &str) -> Option<Entity> {
    match word.to_ascii_lowercase().as_str() {
        "attribute" | "attributes" | "attr" | "run" => Some(Entity::Attribute),
        "param" | "params" | "parameter" | "parameters" => Some(Entity::Param),
        "metric" | "metrics" => Some(Entity::Metric),
        "tag" | "tags" => Some(Entity::Tag),
        "dataset" | "datasets" => Some(Entity::Dataset),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Result<&[&str], (usize, &str)>) {
        let found = filter(text).map(|clauses| clauses.iter().map(shown).collect::<Vec<_>>());
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
            (Err(error), Err((at, reason))) => {
                assert!(error.at == at && error.reason.contains(reason), "{text}: {error:?}");
            }
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    fn shown(clause: &Clause) -> String {
        let Clause { field: Field { entity, key, at: _ }, test } = clause;
        format!("{entity:?} {key} {}", shown_test(test))
    }

    fn shown_test(test: &Test) -> String {
        let literal = |literal: &Literal| match literal {
            Literal::Text(text) => format!("'{text}'"),
            Literal::Number(number) => format!("{number}"),
        };
        let list = |list: &[Literal]| list.iter().map(literal).collect::<Vec<_>>().join(" ");
        match test {
            Test::Compare(comparison, value) => format!("{} {}", comparison.symbol(), literal(value)),
            Test::Like { pattern, fold } => format!("{} {pattern}", if *fold { "ilike" } else { "like" }),
            Test::In(values) => format!("in {}", list(values)),
            Test::NotIn(values) => format!("not in {}", list(values)),
            Test::IsNull => "is null".to_owned(),
            Test::IsNotNull => "is not null".to_owned(),
        }
    }

    #[test]
    fn what_the_clients_send_is_read() {
        check("", Ok(&[]));
        check("  ", Ok(&[]));
        check("metrics.acc > 0.5", Ok(&["Metric acc > 0.5"]));
        check("metrics.`val acc`>=-1e-3", Ok(&["Metric val acc >= -0.001"]));
        check("metrics.\"f1/macro\" < 2", Ok(&["Metric f1/macro < 2"]));
        check("name='model_3_17_2'", Ok(&["Attribute name = 'model_3_17_2'"]));
        check("name = 'model'", Ok(&["Attribute name = 'model'"]));
        check("tag.`mlflow.prompt.is_prompt` != 'true'", Ok(&["Tag mlflow.prompt.is_prompt != 'true'"]));
        check("tags.mlflow.user = \"a\" and params.lr LIKE '0.%'", Ok(&["Tag mlflow.user = 'a'", "Param lr like 0.%"]));
        check("attributes.status IN ('FINISHED', \"FAILED\")", Ok(&["Attribute status in 'FINISHED' 'FAILED'"]));
        check("run_id NOT IN ('a')", Ok(&["Attribute run_id not in 'a'"]));
        check("tags.x IS NULL AND tags.y is not null", Ok(&["Tag x is null", "Tag y is not null"]));
        check("params.a ilike 'It''s%'", Ok(&["Param a ilike It's%"]));
        check("dataset.name = 'd1' AND datasets.digest='x'", Ok(&["Dataset name = 'd1'", "Dataset digest = 'x'"]));
        check("`run name` = 'x'", Ok(&["Attribute run name = 'x'"]));
        check("attribute.start_time > 1795376378955", Ok(&["Attribute start_time > 1795376378955"]));
    }

    #[test]
    fn mistakes_have_places() {
        check("metrics.acc >", Err((14, "expected a number, or a text in quotes")));
        check("metrics.acc 0.5", Err((13, "expected one of `=`")));
        check("metric", Err((7, "expected one of `=`")));
        check("columns.a = 'x'", Err((1, "`columns` is not one of `attributes`")));
        check("tags. = 'x'", Err((7, "expected a key right after")));
        check("tags. `a` = 'x'", Err((7, "expected a key right after")));
        check("name = 'x", Err((8, "is not closed")));
        check("name = 'a' OR name = 'b'", Err((15, "`OR` is not part of the language")));
        check("name = 'a' name = 'b'", Err((12, "expected `AND` or the end")));
        check("name = 'a' AND", Err((15, "expected a field")));
        check("a = 1; DROP TABLE runs", Err((6, "`;` has no meaning here")));
        check("run_id IN ()", Err((12, "expected a number, or a text")));
        check("run_id IN ('a' 'b')", Err((16, "expected `,` or `)`")));
        check("a > 1.2.3", Err((5, "`1.2.3` is not a number")));
        check(&format!("a LIKE '{}'", "%".repeat(17)), Err((8, "a pattern has at most 16")));
        check(&"x".repeat(10_001), Err((1, "at most 10000 are read")));
        check(&vec!["a = 1"; 65].join(" AND "), Err((641, "at most 64 comparisons")));
    }

    #[test]
    fn an_order_is_a_field_and_a_direction() {
        let read = |text: &str| order(text).map(|item| (item.field.entity, item.field.key, item.is_descending));
        assert_eq!(read("metrics.acc DESC"), Ok((Entity::Metric, "acc".into(), true)));
        assert_eq!(read("start_time"), Ok((Entity::Attribute, "start_time".into(), false)));
        assert_eq!(read("attributes.`end_time` asc"), Ok((Entity::Attribute, "end_time".into(), false)));
        assert_eq!(order("a DESC, b").unwrap_err().at, 7);
        assert_eq!(order("").unwrap_err().at, 1);
    }

    fn quoted(text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    proptest! {
        #[test]
        fn whatever_comes_has_an_answer(text in any::<String>()) {
            for error in [filter(&text).err(), order(&text).err()].into_iter().flatten() {
                prop_assert!(error.at >= 1 && error.at <= text.chars().count() + 1);
            }
        }

        #[test]
        fn pieces_of_the_language_in_any_order_have_an_answer(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "metrics.", "tags.", "`", "'", "\"", "a", ".", " ", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "(",
                ")", ",", "=", "!=", "<", ">=", "1", "-", "e", "ä", "\u{0}", "%", "x y",
            ]), 0..40)
        ) {
            let text = pieces.concat();
            if let Err(error) = filter(&text) {
                prop_assert!(error.at >= 1 && error.at <= text.chars().count() + 1);
            }
        }

        #[test]
        fn any_key_and_any_value_can_be_said(
            entity in prop::sample::select(vec!["metrics", "params", "tags"]), key in "[^`]{1,20}", value in any::<String>()
        ) {
            prop_assume!(key.len() + value.len() < 4_000);
            let clauses = filter(&format!("{entity}.`{key}` = {}", quoted(&value)));
            let clauses = clauses.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(clauses.len(), 1);
            prop_assert_eq!(&clauses[0].field.key, &key);
            prop_assert_eq!(&clauses[0].test, &Test::Compare(Comparison::Equal, Literal::Text(value)));
        }
    }
}
