//! A run within a budget.

use super::member::Factors;
use super::rule::{Chooser, Evidence, ONE, Rule};
use super::task::{Scorer, Task};
use anyhow::Result;
use eggroll_firmware::model::Tensor;
use eggroll_firmware::task::Trial;
use eggroll_firmware::update::{self, Accumulator, Credit, step};

/// What a run may spend.
#[derive(Clone, Copy)]
pub(super) enum Budget {
    /// Passes, or episodes.
    Passes(u64),
    /// Multiply-adds, as [`Scorer::products_of`] counts them.
    Products(u64),
}

/// What a run has spent.
#[derive(Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) passes: u64,
    pub(super) products: u64,
}

impl Budget {
    const fn of(self, spent: Spent) -> (u64, u64) {
        match self {
            Self::Passes(all) => (spent.passes, all),
            Self::Products(all) => (spent.products, all),
        }
    }
}

/// How a run went.
#[derive(Clone, Default)]
pub(super) struct Outcome {
    /// Spent at the first of two consecutive looks at or above the goal.
    pub(super) reached: Option<Spent>,
    before: Option<Spent>,
    pub(super) last: f64,
    pub(super) all: Spent,
    weights: usize,
    generations: u32,
    pairs: u64,
    /// Of every tensor, its ranks of all pairs together.
    ranks: Vec<u64>,
    /// Of all tensors together, over the whole run.
    evidence: Evidence,
}

impl Outcome {
    /// The mean rank of every tensor.
    pub(super) fn ranks(&self) -> Vec<f64> {
        self.ranks.iter().map(|&sum| sum as f64 / self.pairs as f64).collect()
    }

    /// The mean of the pairs.
    pub(super) fn pairs(&self) -> f64 {
        self.pairs as f64 / f64::from(self.generations)
    }

    /// The ratio of signal and noise over the whole run, as a share of what linear scores would have.
    pub(super) fn share(&self) -> f64 {
        self.evidence.ratio() as f64 / ONE as f64 * self.weights as f64 / self.pairs()
    }
}

/// Credit that is known already.
struct Known<'a>(&'a [i32]);

impl Credit for Known<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let (_, columns) = tensor.kind.shape();
        z.iter_mut().zip(&self.0[first * columns..]).for_each(|(z, &known)| *z += T::from(known));
    }
}

/// A run: its weights, and what they came from.
pub(super) struct Learning<'t> {
    task: &'t Task,
    pub(super) scorer: Scorer<'t>,
    pub(super) weights: Vec<i8>,
    residuals: Vec<i16>,
    tensors: Vec<Tensor>,
    factors: Factors,
    halves: [Vec<i32>; 2],
    seed: u32,
}

impl<'t> Learning<'t> {
    pub(super) fn new(task: &'t Task, seed: u32) -> Result<Self> {
        let scorer = Scorer::new(task, seed)?;
        let parameters = scorer.program.parameters();
        let mut weights = vec![0; parameters];
        scorer.program.initialize(seed, &mut weights);
        let factors = Factors::new(&scorer.program, task.settings.sigma_shift);
        let tensors = scorer.program.tensors().collect();
        let halves = [vec![0; parameters], vec![0; parameters]];
        Ok(Self { task, scorer, weights, residuals: vec![0; parameters], tensors, factors, halves, seed })
    }

    /// One generation; returns the steps of its episodes, and the evidence of every tensor.
    pub(super) fn generation(
        &mut self,
        generation: u32,
        rate: u32,
        ranks: &[usize],
        pairs: u32,
    ) -> Result<(u64, Vec<Evidence>)> {
        self.halves.iter_mut().for_each(|half| half.fill(0));
        self.scorer.begin(generation, &self.weights);
        let mut all_steps = 0;
        for pair in 0..pairs {
            self.factors.draw(self.seed, generation, pair, ranks);
            let trial = Trial { seed: self.seed, generation, pair };
            let (difference, steps) = self.scorer.difference(trial, &self.weights, &self.factors)?;
            all_steps += steps;
            self.factors.credit(self.task.settings.fitness(difference), &mut self.halves[pair as usize % 2]);
        }
        let [one, two] = &mut self.halves;
        let place = |tensor: &Tensor| tensor.offset..tensor.offset + tensor.len();
        let of = |tensor: &Tensor| Evidence::of(&one[place(tensor)], &two[place(tensor)]);
        let evidence = self.tensors.iter().map(of).collect();
        one.iter_mut().zip(two).for_each(|(one, two)| *one += *two);
        let mut z = vec![0i32; one.len()];
        for tensor in &self.tensors {
            let here = place(tensor);
            let mut known = Known(&one[here.clone()]);
            let rule = update::Rule::Residual { rate, floor: 1 };
            let (weights, residuals) = (&mut self.weights[here.clone()], &mut self.residuals[here.clone()]);
            step(rule, tensor, &mut known, &mut z[..tensor.len()], weights, residuals);
        }
        Ok((all_steps, evidence))
    }
}

/// Trains until a budget is spent; the learning rate falls linearly over it.
pub(super) fn learn(task: &Task, rule: Rule, budget: Budget, seed: u32) -> Result<Outcome> {
    let mut on = Learning::new(task, seed)?;
    let (tensors, parameters) = (on.tensors.len(), on.weights.len());
    let mut chooser = Chooser::new(rule, task.settings.rank.into(), task.settings.pairs, tensors, parameters);
    let mut outcome = Outcome { ranks: vec![0; tensors], weights: parameters, ..Outcome::default() };
    let (mut spent, mut next_look) = (Spent::default(), 1);
    loop {
        let (so_far, all) = budget.of(spent);
        if so_far >= all {
            break;
        }
        outcome.generations += 1;
        let rate = (u128::from(task.rate) * u128::from(all - so_far) / u128::from(all)) as u32;
        let (steps, evidence) = on.generation(outcome.generations, rate, &chooser.ranks, chooser.pairs)?;
        let pairs = u64::from(chooser.pairs);
        spent.passes += pairs * task.passes_a_pair();
        spent.products += on.scorer.products_of(&chooser.ranks, chooser.pairs, steps);
        outcome.pairs += pairs;
        outcome.ranks.iter_mut().zip(&chooser.ranks).for_each(|(sum, &rank)| *sum += pairs * rank as u64);
        chooser.take_in(&evidence);
        outcome.evidence = evidence.into_iter().fold(outcome.evidence, Evidence::plus);
        let (so_far, _) = budget.of(spent);
        if outcome.reached.is_none() && so_far * task.looks >= next_look * all {
            next_look = so_far * task.looks / all + 1;
            let here = (on.scorer.judge(&on.weights, false)? >= task.goal).then_some(spent);
            outcome.reached = here.and(outcome.before);
            outcome.before = here;
        }
    }
    outcome.last = on.scorer.judge(&on.weights, true)?;
    outcome.all = spent;
    Ok(outcome)
}
