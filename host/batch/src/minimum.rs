//! The minimum of a smooth convex function, such as the loss of a regression.

use std::collections::VecDeque;

/// Steps whose curvature the direction of the next one takes in (L-BFGS).
const HISTORY: usize = 10;
/// Steps are at most halved so often before the search ends.
const HALVINGS: usize = 20;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, more: &[f64]) {
    to.iter_mut().zip(more).for_each(|(to, more)| *to += factor * more);
}

/// The place of the minimum of a smooth convex function, by L-BFGS from `at` on, until no derivative is above
/// `flat` or so many steps are taken.
pub(super) fn minimum(
    function: impl Fn(&[f64]) -> (f64, Vec<f64>),
    mut at: Vec<f64>,
    flat: f64,
    steps: u64,
) -> Vec<f64> {
    let (mut value, mut gradient) = function(&at);
    // Steps that were taken, with the change of the gradient.
    let mut history: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    for _ in 0..steps {
        if gradient.iter().all(|slope| slope.abs() <= flat) {
            break;
        }
        let direction = direction(&history, &gradient);
        let slope = dot(&direction, &gradient);
        let mut length = if history.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt() } else { 1.0 };
        let mut taken = None;
        for _ in 0..HALVINGS {
            let mut there = at.clone();
            add(&mut there, length, &direction);
            let (new, new_gradient) = function(&there);
            if new <= value + 1e-4 * length * slope {
                taken = Some((there, new, new_gradient));
                break;
            }
            length /= 2.0;
        }
        let Some((there, new, new_gradient)) = taken else { break };
        let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
        let (step, change) = (difference(&there, &at), difference(&new_gradient, &gradient));
        if dot(&step, &change) > 1e-12 {
            history.push_back((step, change));
            if history.len() > HISTORY {
                history.pop_front();
            }
        }
        (at, value, gradient) = (there, new, new_gradient);
    }
    at
}

/// The direction against the gradient, turned by the curvature of the steps so far.
fn direction(history: &VecDeque<(Vec<f64>, Vec<f64>)>, gradient: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(history.len());
    for (step, change) in history.iter().rev() {
        let share = dot(step, &direction) / dot(step, change);
        add(&mut direction, -share, change);
        shares.push(share);
    }
    if let Some((step, change)) = history.back() {
        let scale = dot(step, change) / dot(change, change);
        direction.iter_mut().for_each(|entry| *entry *= scale);
    }
    for ((step, change), share) in history.iter().zip(shares.into_iter().rev()) {
        let back = dot(change, &direction) / dot(step, change);
        add(&mut direction, share - back, step);
    }
    direction
}
