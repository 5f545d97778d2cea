use proptest::prelude::*;
use redoubt_learn::error::Error;
use redoubt_learn::matrix::Matrix;
use redoubt_learn::random::Random;

fn check(matrix: &Matrix) {
    let covariance = matrix.covariance(&matrix.mean());
    let eigen = covariance.eigen().unwrap();
    let size = covariance.size();
    let largest = eigen.values[0].abs().max(1e-12);
    assert!(eigen.values.windows(2).all(|pair| pair[0] >= pair[1]));
    for (value, vector) in eigen.values.iter().zip(&eigen.vectors) {
        for (row, own) in vector.iter().enumerate() {
            let product: f64 = (0..size).map(|column| covariance.at(row, column) * vector[column]).sum();
            assert!((product - value * own).abs() < 1e-10 * largest, "{product} {}", value * own);
        }
        for other in &eigen.vectors {
            let dot: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
            let expected = if std::ptr::eq(vector, other) { 1.0 } else { 0.0 };
            assert!((dot - expected).abs() < 1e-10);
        }
    }
}

#[test]
fn eigenvectors_are_turned_into_multiples_of_themselves() {
    let mut random = Random::new(3);
    for (rows, columns) in [(1, 1), (2, 1), (5, 2), (3, 7), (100, 30), (20, 64)] {
        check(&Matrix::new((0..rows * columns).map(|_| random.normal()).collect(), columns).unwrap());
    }
    check(&Matrix::new(vec![1.0; 12], 4).unwrap());
    check(&Matrix::from_rows(&[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]).unwrap());
}

#[test]
fn what_is_no_matrix_is_refused() {
    assert_eq!(Matrix::new(vec![], 3), Err(Error::Empty { what: "rows" }));
    assert!(matches!(Matrix::new(vec![1.0; 4], 3), Err(Error::Lengths { .. })));
    assert!(matches!(Matrix::new(vec![1.0; 4], 0), Err(Error::Setting { .. })));
    assert!(matches!(Matrix::new(vec![1.0, f64::NAN], 2), Err(Error::Value { row: 1, .. })));
    assert!(matches!(Matrix::from_rows(&[vec![1.0], vec![]]), Err(Error::Lengths { .. })));
    let matrix = Matrix::new(vec![1.0, 2.0], 1).unwrap();
    assert!(matrix.row(2).is_empty() && matrix.row(usize::MAX).is_empty());
    assert!(matrix.select(&[0, 2]).is_err());
}

proptest! {
    #[test]
    fn any_matrix_is_decomposed(data in prop::collection::vec(-1e3_f64..1e3, 1..60), columns in 1_usize..8) {
        let whole = data.len() / columns * columns;
        prop_assume!(whole > 0);
        check(&Matrix::new(data[..whole].to_vec(), columns).unwrap());
    }
}
