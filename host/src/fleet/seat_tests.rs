use super::*;

#[test]
fn the_same_reason_is_news_once_until_there_is_an_answer() {
    let record = Record::default();
    assert!(record.lost("mute"));
    assert!(!record.lost("mute"));
    assert!(record.lost("deaf"));
    record.answered();
    assert!(record.lost("deaf"));
    assert_eq!(record.last().as_deref(), Some("deaf"));
}

#[test]
fn pauses_grow_and_end() {
    let pauses: Vec<u64> = (0..9).map(|failures| pause(failures).as_millis() as u64).collect();
    assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
}
