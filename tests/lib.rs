//! What the cross-border tests share: small runs, and boards that misbehave. The tests are the files beside
//! this.

mod boards;
mod browser;
mod liar;
#[cfg(unix)]
mod pty;
mod runs;
mod shared_board;

pub use boards::{ForgetfulBoard, cut_after, drops_frames, forgetful, never_answers};
pub use browser::Browser;
pub use liar::Liar;
#[cfg(unix)]
pub use pty::{Behind, Pty};
pub use runs::{
    ENDLESS, Outcome, PATIENT, adapting_experiment, addresses, digits_experiment, environment,
    every_estimator, experiment, fleet_of, for_boards_alone, guided, hash_after, regression_experiment,
    reward, sims, small_experiment, some_digits, synced, text_experiment, train, train_on, train_until,
    train_with, windows_experiment,
};
pub use shared_board::{Greeting, SharedBoard};
