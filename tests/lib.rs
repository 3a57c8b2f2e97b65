//! What the cross-border tests share: small runs, and boards that misbehave. The tests are the files beside this.

mod boards;
mod browser;
mod liar;
mod runs;

pub use boards::{ForgetfulBoard, cut_after, drops_frames, forgetful, never_answers};
pub use browser::Browser;
pub use liar::Liar;
pub use runs::{Outcome, both_estimators, environment, experiment, fleet_of, sims, train, train_with};
