//! Tables as text, and back.

use proptest::prelude::*;
use redoubt_pipeline::{Column, Reading, Table};

fn written(table: &Table) -> String {
    String::from_utf8(table.to_bytes()).unwrap()
}

#[test]
fn what_a_file_says_is_read_as_numbers_where_all_are() {
    let check = |text: &str, reading: &Reading, expected: &str| {
        let said = match Table::from_csv(text.as_bytes(), reading) {
            Ok(table) => written(&table),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected, "{text:?}");
    };
    let plain = Reading::default();
    check("a,b\n1,x\n,y\n", &plain, "# redoubt table 1: number text\na,b\n1,x\n,y\n");
    check(
        "a;b\n1.50;2\n",
        &Reading { separator: b';', ..Reading::default() },
        "# redoubt table 1: number number\na,b\n1.5,2\n",
    );
    // Names that look like numbers stay names.
    check("zip\n01234\n90210\n", &plain, "# redoubt table 1: text\nzip\n01234\n90210\n");
    check("n\n0\n-0.5\n1e3\n", &plain, "# redoubt table 1: number\nn\n0\n-0.5\n1000\n");
    check("n\ninf\n1\n", &plain, "# redoubt table 1: text\nn\ninf\n1\n");
    let missing = Reading { missing: vec!["?".to_owned()], text: vec!["b".to_owned()], ..Reading::default() };
    check("a,b\n?,1\n2,?\n", &missing, "# redoubt table 1: number text\na,b\n,1\n2,\n");
    let named = Reading { columns: vec!["x".to_owned(), "y".to_owned()], ..Reading::default() };
    check("1, a b\n2,\"c,d\"\n", &named, "# redoubt table 1: number text\nx,y\n1,a b\n2,\"c,d\"\n");
    check("a,b\n1\n", &plain, "line 2: 1 cells for 2 columns");
    check("a,a\n1,2\n", &plain, "two columns are called `a`; give each a name of its own");
    check("a,\n1,2\n", &plain, "column 2 has no name; name every column");
    check("", &plain, "there are no columns; the first line must name them, unless `columns` does");
}

#[test]
fn lines_of_json_become_rows() {
    let check = |text: &str, expected: &str| {
        let said = match Table::from_json_lines(text.as_bytes(), &Reading::default()) {
            Ok(table) => written(&table),
            Err(error) => error.to_string(),
        };
        assert!(said.starts_with(expected), "{text:?}: {said}");
    };
    check(
        "{\"a\":1,\"b\":\"x\"}\n\n{\"b\":\"y\",\"c\":true}\n",
        "# redoubt table 1: number text text\na,b,c\n1,x,\n,y,true\n",
    );
    check("{\"a\":[1]}", "line 1: `a` is a list or an object; give plain values");
    check("{\"a\":1}\n[1]", "line 2: no JSON object");
}

#[test]
fn a_table_without_a_column_says_which_is_near() {
    let table = Table::from_csv(b"income,approved\n1,yes\n", &Reading::default()).unwrap();
    assert_eq!(table.numbers("incom").unwrap_err().to_string(), "there is no column `incom`, did you mean `income`?");
    assert_eq!(
        table.numbers("approved").unwrap_err().to_string(),
        "the column `approved` holds text, not numbers; it has \"yes\""
    );
}

proptest! {
    #[test]
    fn a_table_comes_back_from_its_bytes(
        numbers in prop::collection::vec(prop_oneof![Just(f64::NAN), any::<f64>().prop_filter("finite", |n| n.is_finite())], 1..20),
        texts in prop::collection::vec(".{0,12}", 20),
    ) {
        let texts = texts.into_iter().take(numbers.len()).map(|text| text.trim().to_owned()).collect();
        let table = Table::new(vec![
            ("a \"b\", c".to_owned(), Column::Number(numbers)),
            ("text\nin lines".to_owned(), Column::Text(texts)),
        ]).unwrap();
        let bytes = table.to_bytes();
        let again = Table::from_bytes(&bytes).unwrap();
        prop_assert_eq!(again.to_bytes(), bytes);
        prop_assert_eq!(again.rows(), table.rows());
    }

    #[test]
    fn bytes_of_strangers_are_no_table_or_one(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        _ = Table::from_bytes(&bytes);
        _ = Table::from_csv(&bytes, &Reading::default());
        _ = Table::from_json_lines(&bytes, &Reading::default());
    }
}
