//! The names of subjects, streams and consumers. All of them are here, because the permissions of an account
//! are written in the same names.

use crate::messages::RunName;

/// Whoever hears this says hello.
pub(crate) const PING: &str = "egg.ping";
/// The hellos of all agents.
pub(crate) const HELLOS: &str = "egg.hello.*";
/// The needs of all agents.
pub(crate) const NEEDS: &str = "egg.need.*";
/// The coordinators of all runs say here how their runs are doing.
pub(crate) const STATUS: &str = "egg.status";
/// The bucket of the object store.
pub(crate) const BUCKET: &str = "EGG";
/// What the stream of a run's journal is called, before the run's name.
pub(crate) const JOURNAL_STREAM: &str = "EGG_J_";

/// The longest name of an agent in bytes.
pub(crate) const LONGEST_NAME: usize = 32;

/// Whether a text can be the name of an agent, which is a part of subjects.
pub fn is_agent_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(fits)
}

/// The agent in the last part of a subject.
pub(crate) fn agent_of(subject: &str) -> Option<&str> {
    subject.rsplit('.').next().filter(|name| is_agent_name(name))
}

pub(crate) fn hello(agent: &str) -> String {
    format!("egg.hello.{agent}")
}

pub(crate) fn need(agent: &str) -> String {
    format!("egg.need.{agent}")
}

/// What is sent to an agent, by its kind.
pub(crate) fn to(agent: &str, kind: Kind) -> String {
    format!("egg.to.{agent}.{}", kind.name())
}

/// Kinds of messages to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Invitation,
    Blob,
    Checkpoint,
    Journal,
    Work,
    Over,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Invitation, Self::Blob, Self::Checkpoint, Self::Journal, Self::Work, Self::Over];

    const fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Blob => "blob",
            Self::Checkpoint => "checkpoint",
            Self::Journal => "journal",
            Self::Work => "work",
            Self::Over => "over",
        }
    }
}

pub(crate) fn coordinator(run: RunName) -> String {
    format!("egg.coordinator.{run}")
}

pub(crate) fn journal_stream(run: RunName) -> String {
    format!("{JOURNAL_STREAM}{run}")
}

pub(crate) fn journal(run: RunName) -> String {
    format!("egg.journal.{run}.record")
}

pub(crate) fn lead(run: RunName) -> String {
    format!("egg.journal.{run}.lead")
}

pub(crate) fn work_stream(run: RunName) -> String {
    format!("EGG_W_{run}")
}

/// The subject of an evaluator.
pub(crate) fn work(run: RunName, agent: &str, evaluator: u32) -> String {
    format!("egg.work.{run}.{agent}.{evaluator}")
}

/// The subjects of all evaluators of an agent.
pub(crate) fn all_work(run: RunName, agent: &str) -> String {
    format!("egg.work.{run}.{agent}.*")
}

pub(crate) fn score_stream(run: RunName) -> String {
    format!("EGG_S_{run}")
}

pub(crate) fn score(run: RunName, agent: &str) -> String {
    format!("egg.score.{run}.{agent}")
}

/// The name of bytes in the object store.
pub(crate) fn blob(hash: &crate::messages::Hash) -> String {
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("blob-{digits}")
}

/// The name of a run's latest checkpoint in the object store.
pub(crate) fn checkpoint(run: RunName) -> String {
    format!("checkpoint-{run}")
}

/// The name of the list of a run's files in the object store.
pub(crate) fn files(run: RunName) -> String {
    format!("files-{run}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_agents_are_one_part_of_a_subject() {
        assert!(is_agent_name("desk-2_b"));
        for odd in ["", "a.b", "a b", "*", ">", "é", &"x".repeat(33)] {
            assert!(!is_agent_name(odd), "{odd}");
        }
        assert_eq!(agent_of(&hello("desk")), Some("desk"));
        assert_eq!(agent_of("egg.hello.>"), None);
    }
}
