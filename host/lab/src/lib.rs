//! A lab: boards on several computers that train one run, over NATS with JetStream.
//!
//! An [`agent`] runs on every computer with boards, and offers what is attached to it. A [`coordinator`]
//! trains: its fleet sees each evaluator of each agent as one more of its own. Agents move their weights by
//! the journal of the run, which the coordinator mirrors as a stream; only scores, seeds and rare checkpoints
//! cross the network. Whoever has the stream can go on with the run ([`resume`]).
//!
//! `host/docs/lab.md` describes subjects, streams, messages and permissions.

pub mod agent;
mod blobs;
pub mod coordinator;
mod files;
mod login;
pub mod messages;
mod random;
pub mod resume;
pub mod status;
mod subjects;

pub use login::{Login, LoginError};
pub use subjects::is_agent_name;
