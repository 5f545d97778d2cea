//! Logistic regression: two classes, or several by softmax, with a quadratic penalty.

use super::super::parameters::{Checked, Parameter};
use super::super::{Examples, ExamplesError, InputKind, Learner, Model, Setting, Spec, Task};
use super::objective::{Loss, Rules, fit};
use super::scorer::Linear;
use super::{Design, finish};

const ID: &str = "logistic_regression";

pub(in super::super) const SPEC: Spec = Spec {
    id: ID,
    about: "logistic regression; fast, and its coefficients can be read",
    revision: 1,
    inputs: InputKind::Table,
    tasks: &[Task::Classification],
    parameters: &[
        Parameter::number(
            "l2",
            1.0,
            0.0,
            1e12,
            "half of it times the squared coefficients is added to the sum of losses",
        ),
        Parameter::boolean(
            "standardize",
            true,
            "whether columns have mean 0 and deviation 1 while they are learned from",
        ),
        Parameter::number("tolerance", 1e-4, 1e-12, 1.0, "stop when no part of the mean gradient is larger"),
        Parameter::integer("iterations_max", 1000, 1, 1_000_000, "the most steps of L-BFGS"),
    ],
    make: |parameters| Box::new(LogisticRegression::new(parameters)),
    load: |file| {
        let model = Linear::read(ID, file)?;
        if model.loss == Loss::Squared {
            return Err(super::super::FileError::Damaged("loss"));
        }
        Ok(Box::new(model))
    },
};

#[derive(Debug)]
struct LogisticRegression {
    standardize: bool,
    rules: Rules,
}

impl LogisticRegression {
    fn new(parameters: &Checked) -> Self {
        let rules = Rules {
            l2: parameters.number("l2"),
            tolerance: parameters.number("tolerance"),
            iterations_max: parameters.whole("iterations_max"),
        };
        Self { standardize: parameters.boolean("standardize"), rules }
    }
}

impl Learner for LogisticRegression {
    fn id(&self) -> &'static str {
        ID
    }

    fn fit(&self, training: &Examples<'_>, setting: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError> {
        let table = training.table(ID)?;
        if training.task() != Task::Classification {
            return Err(ExamplesError::Task { learner: ID, found: training.task() });
        }
        let design = Design::new(table, training, self.standardize);
        let loss = Loss::of(training);
        let parameters = fit(&design, training, loss, self.rules, setting.threads);
        finish(ID, loss, design, &parameters)
    }
}
