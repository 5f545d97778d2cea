//! Limited-memory BFGS (Liu and Nocedal 1989) for convex, smooth functions.

use std::collections::VecDeque;

use super::{add, dot};

/// So many steps are remembered.
const MEMORY: usize = 10;

/// The most halvings of a step.
const HALVINGS_MAX: usize = 40;

/// Finds the least of a function. `evaluate` gives its value and writes its gradient. The search ends when no part of
/// the gradient is above `tolerance`, after `iterations_max` steps, or where no step leads lower.
pub(in super::super) fn minimize(
    start: Vec<f64>,
    tolerance: f64,
    iterations_max: usize,
    mut evaluate: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut point = start;
    let mut gradient = vec![0.0; point.len()];
    let mut value = evaluate(&point, &mut gradient);
    let (mut next, mut next_gradient) = (point.clone(), gradient.clone());
    // Steps, changes of the gradient, and one over their product.
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY);
    let mut direction = vec![0.0; point.len()];
    for _ in 0..iterations_max {
        if gradient.iter().all(|part| part.abs() <= tolerance) {
            break;
        }
        direction.iter_mut().zip(&gradient).for_each(|(to, part)| *to = -part);
        two_loops(&memory, &mut direction);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            // Rounding has spoiled what was remembered.
            memory.clear();
            direction.iter_mut().zip(&gradient).for_each(|(to, part)| *to = -part);
            slope = -dot(&gradient, &gradient);
        }
        let length = dot(&direction, &direction).sqrt();
        let mut step = if memory.is_empty() { 1.0 / length.max(1.0) } else { 1.0 };
        let mut is_lower = false;
        for _ in 0..HALVINGS_MAX {
            next.copy_from_slice(&point);
            add(&direction, step, &mut next);
            let next_value = evaluate(&next, &mut next_gradient);
            if next_value <= value + 1e-4 * step * slope {
                // Too short a step has the gradient still point on: a longer one tells more about the curve.
                is_lower = true;
                value = next_value;
                break;
            }
            // The least of the parabola through what is known, kept within sensible bounds.
            let parabola = -slope * step * step / (2.0 * (next_value - value - slope * step));
            step = if parabola.is_finite() { parabola.clamp(0.1 * step, 0.5 * step) } else { 0.5 * step };
        }
        if !is_lower {
            break;
        }
        let moved: Vec<f64> = next.iter().zip(&point).map(|(to, from)| to - from).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(to, from)| to - from).collect();
        let product = dot(&moved, &turned);
        if product > 1e-12 * dot(&turned, &turned) {
            if memory.len() == MEMORY {
                memory.pop_front();
            }
            memory.push_back((moved, turned, 1.0 / product));
        }
        std::mem::swap(&mut point, &mut next);
        std::mem::swap(&mut gradient, &mut next_gradient);
    }
    point
}

/// Multiplies by what is known of the inverse of the second derivatives.
fn two_loops(memory: &VecDeque<(Vec<f64>, Vec<f64>, f64)>, direction: &mut [f64]) {
    let mut factors = [0.0; MEMORY];
    for ((moved, turned, inverse), factor) in memory.iter().rev().zip(&mut factors) {
        *factor = inverse * dot(moved, direction);
        add(turned, -*factor, direction);
    }
    if let Some((_, turned, inverse)) = memory.back() {
        let scale = 1.0 / (inverse * dot(turned, turned));
        direction.iter_mut().for_each(|part| *part *= scale);
    }
    let order = memory.iter().rev().zip(factors).collect::<Vec<_>>();
    for ((moved, turned, inverse), factor) in order.into_iter().rev() {
        add(moved, factor - inverse * dot(turned, direction), direction);
    }
}

#[cfg(test)]
mod tests {
    use super::minimize;

    #[test]
    fn finds_the_least_of_curved_valleys() {
        // Rosenbrock's function, which is not even convex.
        let found = minimize(vec![-1.2, 1.0], 1e-8, 1000, |x, g| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * x[0] * b;
            g[1] = 200.0 * b;
            a * a + 100.0 * b * b
        });
        assert!((found[0] - 1.0).abs() < 1e-6 && (found[1] - 1.0).abs() < 1e-6, "{found:?}");
    }
}
