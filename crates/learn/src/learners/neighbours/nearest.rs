//! The nearest points found so far.

/// Squared distances and numbers of points, nearest first, of equals the one with the lower number.
#[derive(Debug)]
pub(super) struct Nearest {
    most: usize,
    found: Vec<(f64, u32)>,
}

impl Nearest {
    pub(super) fn new(most: usize) -> Self {
        Self { most, found: Vec::with_capacity(most + 1) }
    }

    pub(super) fn found(&self) -> &[(f64, u32)] {
        &self.found
    }

    /// Beyond this squared distance nothing is wanted any more.
    #[inline]
    pub(super) fn worst(&self) -> f64 {
        if self.found.len() < self.most {
            return f64::INFINITY;
        }
        self.found.last().map_or(f64::INFINITY, |(square, _)| *square)
    }

    /// Takes a point in if it is near enough.
    pub(super) fn offer(&mut self, question: &[f64], point: &[f64], number: u32) {
        let Some(square) = square_within(question, point, self.worst()) else {
            return;
        };
        let new = (square, number);
        if self.found.len() == self.most {
            if self.found.last().is_some_and(|last| new >= *last) {
                return;
            }
            self.found.pop();
        }
        let place = self.found.partition_point(|other| *other < new);
        self.found.insert(place, new);
    }
}

/// The squared distance, unless it is beyond `worst`: then the rest need not be summed.
#[inline]
fn square_within(left: &[f64], right: &[f64], worst: f64) -> Option<f64> {
    let (lefts, left_rest) = left.as_chunks::<8>();
    let (rights, right_rest) = right.as_chunks::<8>();
    let mut sum: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| (left - right) * (left - right)).sum();
    for (left, right) in lefts.iter().zip(rights) {
        let mut squares = [0.0; 8];
        for ((square, left), right) in squares.iter_mut().zip(left).zip(right) {
            *square = (left - right) * (left - right);
        }
        let [a, b, c, d, e, f, g, h] = squares;
        sum += ((a + e) + (b + f)) + ((c + g) + (d + h));
        if sum > worst {
            return None;
        }
    }
    (sum <= worst).then_some(sum)
}
