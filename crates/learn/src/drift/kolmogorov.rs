//! How the statistics of Kolmogorov and Smirnov are distributed.
#![expect(
    clippy::indexing_slicing,
    reason = "every index runs below the length that was allocated in the same function"
)]

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

/// `P(D >= d)` of the two-sample statistic, exactly, where `d` is `steps / (n m)`: the share of lattice paths from
/// `(0, 0)` to `(n, m)` that touch the line `|i m - j n| >= steps` (Hodges 1958). Time `n m`, memory `m`.
pub(super) fn two_sample_exact(n: usize, m: usize, steps: u64) -> f64 {
    if steps == 0 {
        return 1.0;
    }
    let outside = |i: usize, j: usize| ((i as u64) * (m as u64)).abs_diff((j as u64) * (n as u64)) >= steps;
    // outside[j]: the share of paths to (i, j) that have touched.
    let mut touched = vec![0.0_f64; m + 1];
    for j in 1..=m {
        touched[j] = if outside(0, j) { 1.0 } else { touched[j - 1] };
    }
    for i in 1..=n {
        if outside(i, 0) {
            touched[0] = 1.0;
        }
        for j in 1..=m {
            let (from_left, from_below) = (i as f64, j as f64);
            touched[j] = if outside(i, j) {
                1.0
            } else {
                (touched[j] * from_left + touched[j - 1] * from_below) / (from_left + from_below)
            };
        }
    }
    touched[m].clamp(0.0, 1.0)
}

/// `P(D_n >= d)` of the one-sample statistic: the matrix of Marsaglia, Tsang and Wang (2003) for small `n`, twice the
/// one-sided tail where both sides cannot matter, and Pelz and Good (1976) for large `n`.
pub(super) fn one_sample_sf(n: u64, d: f64) -> f64 {
    let size = n as f64;
    if n == 0 || size * d <= 0.5 {
        return 1.0;
    }
    if d >= 1.0 {
        return 0.0;
    }
    let p = if size * d * d >= 5.0 {
        2.0 * one_sided_sf(n, d)
    } else if n <= 1000 {
        1.0 - durbin_matrix(n, d)
    } else {
        1.0 - pelz_good(size, d)
    };
    p.clamp(0.0, 1.0)
}

/// `P(D_n^+ >= d)` (Smirnov 1944, Birnbaum and Tingey 1951).
fn one_sided_sf(n: u64, d: f64) -> f64 {
    let size = n as f64;
    let last = (size * (1.0 - d)).floor();
    let mut sum = 0.0;
    // The terms fall off around their mode; ten million of them are quick enough, and more rows are not asked for.
    for j in 0..=(last.min(1e7) as u64) {
        let j = j as f64;
        let rest = 1.0 - d - j / size;
        if rest <= 0.0 {
            continue;
        }
        let ln_choose = ln_gamma(size + 1.0) - ln_gamma(j + 1.0) - ln_gamma(size - j + 1.0);
        sum += (ln_choose + (j - 1.0) * (d + j / size).ln() + (size - j) * rest.ln()).exp();
    }
    d * sum
}

fn durbin_matrix(n: u64, d: f64) -> f64 {
    let size = n as f64;
    let k = (size * d).floor() as usize + 1;
    let width = 2 * k - 1;
    let h = k as f64 - size * d;
    let mut matrix = vec![0.0; width * width];
    for i in 0..width {
        for j in 0..width {
            matrix[i * width + j] = if i + 1 >= j { 1.0 } else { 0.0 };
        }
    }
    for i in 0..width {
        matrix[i * width] -= h.powi(i as i32 + 1);
        matrix[(width - 1) * width + i] -= h.powi((width - i) as i32);
    }
    if 2.0 * h > 1.0 {
        matrix[(width - 1) * width] += (2.0 * h - 1.0).powi(width as i32);
    }
    for i in 0..width {
        for j in 0..width {
            for factor in 1..=(i + 1).saturating_sub(j) {
                matrix[i * width + j] /= factor as f64;
            }
        }
    }
    let (power, mut exponent) = matrix_power(&matrix, width, n);
    let mut sum = power[(k - 1) * width + k - 1];
    for i in 1..=n {
        sum *= i as f64 / size;
        if sum < 1e-140 {
            sum *= 1e140;
            exponent -= 140;
        }
    }
    sum * 10.0_f64.powi(exponent)
}

/// The `n`th power and a power of ten that was taken out of it.
fn matrix_power(matrix: &[f64], width: usize, mut n: u64) -> (Vec<f64>, i32) {
    let mut result: Vec<f64> = (0..width * width).map(|at| if at % (width + 1) == 0 { 1.0 } else { 0.0 }).collect();
    let (mut base, mut of_result, mut of_base) = (matrix.to_vec(), 0, 0);
    while n > 0 {
        if n % 2 == 1 {
            result = product(&result, &base, width);
            of_result += of_base;
            rescale(&mut result, &mut of_result, width);
        }
        n /= 2;
        if n > 0 {
            base = product(&base, &base, width);
            of_base *= 2;
            rescale(&mut base, &mut of_base, width);
        }
    }
    (result, of_result)
}

fn rescale(matrix: &mut [f64], exponent: &mut i32, width: usize) {
    if matrix[(width / 2) * width + width / 2] > 1e140 {
        matrix.iter_mut().for_each(|value| *value *= 1e-140);
        *exponent += 140;
    }
}

fn product(left: &[f64], right: &[f64], width: usize) -> Vec<f64> {
    let mut result = vec![0.0; width * width];
    for (row, out) in left.chunks_exact(width).zip(result.chunks_exact_mut(width)) {
        for (factor, other) in row.iter().zip(right.chunks_exact(width)) {
            if *factor != 0.0 {
                out.iter_mut().zip(other).for_each(|(sum, value)| *sum += factor * value);
            }
        }
    }
    result
}

fn pelz_good(n: f64, d: f64) -> f64 {
    let z = n.sqrt() * d;
    let (z2, z4, z6, z8) = (z.powi(2), z.powi(4), z.powi(6), z.powi(8));
    let (pi2, pi4, pi6) = (PI.powi(2), PI.powi(4), PI.powi(6));
    let (mut k0, mut k1, mut k2, mut k3) = (0.0, 0.0, 0.0, 0.0);
    for k in 1..=(16.0 * z / PI).ceil() as u32 {
        let m = f64::from(2 * k - 1);
        let (m2, m4, m6) = (m.powi(2), m.powi(4), m.powi(6));
        let q = (-pi2 * m2 / (8.0 * z2)).exp();
        k0 += q;
        k1 += q * (pi2 / 4.0 * m2 - z2);
        k2 += q * (6.0 * z6 + 2.0 * z4 + pi2 / 4.0 * (2.0 * z4 - 5.0 * z2) * m2 + pi4 / 16.0 * (1.0 - 2.0 * z2) * m4);
        k3 += q
            * (-30.0 * z6 - 90.0 * z8
                + pi2 / 4.0 * (135.0 * z4 - 96.0 * z6) * m2
                + pi4 / 16.0 * (212.0 * z4 - 60.0 * z2) * m4
                + pi6 / 64.0 * (5.0 - 30.0 * z2) * m6);
    }
    let root = (2.0 * PI).sqrt();
    let (mut k2_extra, mut k3_extra) = (0.0, 0.0);
    for k in 1..=(16.0 * z / PI).ceil() as u32 {
        let square = f64::from(k).powi(2);
        let q = (-pi2 * square / (2.0 * z2)).exp();
        k2_extra += square * q;
        k3_extra += (3.0 * z2 - pi2 * square) * square * q;
    }
    k0 *= root / z;
    k1 *= root / (6.0 * z4);
    k2 = k2 * root / (72.0 * z.powi(7)) - k2_extra * pi2 * root / (36.0 * z.powi(3));
    k3 = k3 * root / (6480.0 * z.powi(10)) + k3_extra * pi2 * root / (216.0 * z6);
    k0 + k1 / n.sqrt() + k2 / n + k3 / n.powf(1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_tails() {
        // `scipy.stats.kstwo.sf` of scipy 1.17.
        for (n, d, expected) in KSTWO {
            let found = one_sample_sf(*n, *d);
            // From 140 on scipy itself uses Pelz and Good's expansion, of which no more digits can be asked.
            let allowed = if *n > 140 { 1e-6 } else { 1e-9 };
            assert!((found / expected - 1.0).abs() < allowed, "{n} {d}: {found} {expected}");
        }
    }

    #[test]
    fn two_sample_counts_by_hand() {
        // Of the six arrangements of two and two, two separate the samples.
        assert!((two_sample_exact(2, 2, 4) - 2.0 / 6.0).abs() < 1e-15);
        assert!((two_sample_exact(2, 2, 2) - 1.0).abs() < 1e-15);
        assert!((two_sample_exact(1, 3, 3) - 2.0 / 4.0).abs() < 1e-15);
        assert!((two_sample_exact(3, 5, 0) - 1.0).abs() < 1e-15);
    }

    const KSTWO: &[(u64, f64, f64)] = &[
        (1, 0.7, 0.6000000000000001),
        (5, 0.3, 0.664),
        (5, 0.8, 0.0006399999999999993),
        (26, 0.21666666666666667, 0.14973094719996116),
        (100, 0.05, 0.9532159710635725),
        (100, 0.12, 0.10330374901819939),
        (100, 0.3, 1.7719869892662917e-08),
        (700, 0.02, 0.9368273096590701),
        (700, 0.05, 0.05836346045092311),
        (700, 0.09, 2.2012911134707428e-05),
        (1000, 0.04, 0.07933956059000224),
        (5000, 0.01, 0.6954557253913853),
        (5000, 0.02, 0.03613941395325637),
        (100000, 0.003, 0.3284563327726956),
        (100000, 0.005, 0.013430824977799608),
    ];
}
