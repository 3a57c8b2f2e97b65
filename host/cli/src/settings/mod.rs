//! Makes a configuration of flags.

mod common;
mod defaults;
mod overlay;

pub(super) use defaults::{
    data_defaults, environment_defaults, own_defaults, reward_defaults, text_defaults,
};
pub(super) use overlay::overlay;
