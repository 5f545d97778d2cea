//! The tensors that learn, by AdamW: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.

use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};

use super::{LearnError, Plan};

/// How much of the mean of the gradients, and of their squares, stays at each step.
const FIRST_KEPT: f32 = 0.9;
const SECOND_KEPT: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// Everything that learns, in the order in which it was added.
#[derive(Default)]
pub(crate) struct Parameters {
    all: Vec<Parameter>,
    steps: usize,
}

/// A tensor that learns.
pub(crate) struct Parameter {
    /// Its name in the file.
    pub(crate) name: String,
    /// A matrix lies here the other way round than in the file.
    pub(crate) var: Var,
    /// How many times the plan's rate it learns.
    rate: f32,
    /// The means of the gradients and of their squares.
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Parameters {
    /// A tensor of these numbers that learns.
    pub(crate) fn add(&mut self, name: String, numbers: &Tensor, rate: f32) -> Result<Tensor> {
        let var = Var::from_tensor(numbers)?;
        let tensor = var.as_tensor().clone();
        let count = tensor.elem_count();
        self.all.push(Parameter { name, var, rate, first: vec![0.0; count], second: vec![0.0; count] });
        Ok(tensor)
    }

    pub(crate) fn all(&self) -> &[Parameter] {
        &self.all
    }

    /// Moves each number against its gradient.
    pub(crate) fn step(&mut self, gradients: &GradStore, plan: &Plan) -> std::result::Result<(), LearnError> {
        let mut all = Vec::with_capacity(self.all.len());
        let mut squares = 0.0_f64;
        for parameter in &self.all {
            let lost = || LearnError::NoGradient { tensor: parameter.name.clone() };
            let gradient = gradients.get(&parameter.var).ok_or_else(lost)?.flatten_all()?.to_vec1::<f32>()?;
            squares += gradient.iter().map(|slope| f64::from(*slope).powi(2)).sum::<f64>();
            all.push(gradient);
        }
        if !squares.is_finite() {
            return Err(LearnError::NotFinite { steps: self.steps });
        }
        let shrink = (plan.gradient_max / squares.sqrt() as f32).min(1.0);
        self.steps += 1;
        let steps = self.steps.min(i32::MAX as usize) as i32;
        let (first_seen, second_seen) = (1.0 - FIRST_KEPT.powi(steps), 1.0 - SECOND_KEPT.powi(steps));
        let rate = plan.rate_at(self.steps);
        for (parameter, gradient) in self.all.iter_mut().zip(all) {
            let rate = rate * parameter.rate;
            // Biases, and what norms scale and shift by, are vectors.
            let decay = if parameter.var.rank() > 1 { plan.decay } else { 0.0 };
            let mut numbers = parameter.var.flatten_all()?.to_vec1::<f32>()?;
            let means = parameter.first.iter_mut().zip(&mut parameter.second);
            for ((number, slope), (first, second)) in numbers.iter_mut().zip(gradient).zip(means) {
                let slope = slope * shrink;
                *first = FIRST_KEPT * *first + (1.0 - FIRST_KEPT) * slope;
                *second = SECOND_KEPT * *second + (1.0 - SECOND_KEPT) * slope * slope;
                let step = (*first / first_seen) / ((*second / second_seen).sqrt() + EPSILON);
                *number -= rate * (step + decay * *number);
            }
            parameter.var.set(&Tensor::from_vec(numbers, parameter.var.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }

    /// Takes this from one number of a vector.
    pub(crate) fn lower(&mut self, name: &str, at: usize, by: f32) -> Result<()> {
        for parameter in self.all.iter().filter(|parameter| parameter.name == name) {
            let mut numbers = parameter.var.to_vec1::<f32>()?;
            if let Some(number) = numbers.get_mut(at) {
                *number -= by;
            }
            parameter.var.set(&Tensor::new(numbers, &Device::Cpu)?)?;
        }
        Ok(())
    }
}

impl Plan {
    /// The rate of a step, the first being 1.
    fn rate_at(&self, step: usize) -> f32 {
        let rising = (self.steps as f32 * self.warm_up).max(1.0);
        let (step, steps) = (step as f32, self.steps as f32);
        let left = (steps - step + 1.0) / (steps - rising + 1.0).max(1.0);
        self.rate * (step / rising).min(left).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;
    use super::*;

    #[test]
    fn the_rate_rises_and_falls_in_straight_lines() {
        let plan = Plan { steps: 100, warm_up: 0.1, rate: 2.0, ..plan(1) };
        for (step, expected) in [(1, 0.2), (5, 1.0), (10, 2.0), (100, 2.0 / 91.0), (101, 0.0), (500, 0.0)] {
            let found = plan.rate_at(step);
            assert!((found - expected).abs() < 1e-6, "{found} for {expected} at {step}");
        }
        let never = Plan { steps: 0, warm_up: 0.0, ..plan };
        assert!(never.rate_at(1).is_finite());
    }

    #[test]
    fn a_step_has_the_length_of_the_rate_and_weights_alone_are_forgotten() {
        let mut parameters = Parameters::default();
        let matrix =
            parameters.add("m".to_owned(), &Tensor::new(&[[1.0_f32], [1.0]], &Device::Cpu).unwrap(), 1.0).unwrap();
        let vector = parameters.add("v".to_owned(), &Tensor::new(&[1.0_f32], &Device::Cpu).unwrap(), 2.0).unwrap();
        let loss = (matrix.sum_all().unwrap() + vector.sum_all().unwrap()).unwrap();
        let plan = Plan { steps: 1, warm_up: 0.0, rate: 0.1, decay: 0.5, gradient_max: 1e-3, ..plan(1) };
        parameters.step(&loss.backward().unwrap(), &plan).unwrap();
        for number in matrix.flatten_all().unwrap().to_vec1::<f32>().unwrap() {
            assert!((number - 0.85).abs() < 1e-4, "{number}");
        }
        let [number] = vector.to_vec1::<f32>().unwrap()[..] else { panic!("one number") };
        assert!((number - 0.8).abs() < 1e-4, "{number}");
        let lost = matrix.detach().sum_all().unwrap().backward();
        let lost = lost.map_err(LearnError::from).and_then(|gradients| parameters.step(&gradients, &plan)).unwrap_err();
        assert!(lost.to_string().contains("`m` is lost"), "{lost}");
    }
}
