//! The injector alone: how faults are written, and what arrives over a faulty link.

use super::*;
use tokio::io::AsyncReadExt;

#[test]
fn faults_are_read() {
    let faults: Faults = "drop=0.01,flip=0.5,dup=1,delay=5ms,cut=0".parse().unwrap();
    let chance = |text: &str| text.parse::<Probability>().unwrap();
    let delay = Duration::from_millis(5);
    let [drop, flip, dup] = ["0.01", "0.5", "1"].map(chance);
    assert_eq!(faults, Faults { drop, flip, dup, delay, cut: Probability::NEVER });
    assert_eq!("cut=0.5".parse(), Ok(Faults { cut: chance("0.5"), ..Faults::default() }));
    for (text, delay) in [("500us", 500), ("1ms", 1000), ("10s", 10_000_000), ("0s", 0)] {
        let faults: Faults = format!("delay={text}").parse().unwrap();
        assert_eq!(faults.delay, Duration::from_micros(delay));
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (text, words) in [
        ("", "unknown fault ``; understood are: drop, flip, dup and cut"),
        ("lose=0.1", "unknown fault `lose=0.1`"),
        ("drop", "drop: `` is not a probability"),
        ("drop=0.1,drop=0.1", "`drop` is given twice"),
        ("drop=0.1,", "unknown fault ``"),
        ("flip=1.5", "flip: `1.5` is not a probability: give a number from 0 to 1"),
        ("cut=-1", "cut: `-1` is not a probability"),
        ("delay=5", "delay: `5` is not a time"),
        ("delay=ms", "`ms` is not a time"),
        ("delay=11s", "not a time up to 10 s"),
        ("delay=1.5ms", "whole number with its unit"),
        ("delay=99999999999s", "not a time up to 10 s"),
    ] {
        let error = text.parse::<Faults>().unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn faults_do_not_shorten_the_silence_after_which_a_board_is_gone() {
    let silence = |reply: u64, attempts, faults: &str| {
        let whole = Timing { reply: Duration::from_secs(reply), attempts };
        let timing = Injection::new(faults.parse().unwrap(), 1).timing(whole);
        assert!(timing.reply <= Duration::from_millis(102) && timing.attempts >= ATTEMPTS);
        timing.reply * timing.attempts
    };
    let about = |silence: Duration, seconds| silence.as_secs_f64().round() as u64 == seconds;
    assert!(about(silence(2, 4, "drop=0.1"), 8), "a serial line");
    assert!(about(silence(2, 30, "drop=0.1,delay=1ms"), 60), "an emulated board");
    assert!(about(silence(10, 30, "drop=0.1"), 60), "a simulated board");
    assert!(about(silence(1, 1, "drop=0.1"), 3));
}

/// The bytes of `frames` that arrive over a link with these faults, and the counters. The link then ends by
/// itself.
async fn carried(faults: &str, seed: u32, frames: &[Vec<u8>]) -> (Vec<u8>, Arc<Traffic>, bool) {
    let (near, far) = tokio::io::duplex(1 << 20);
    let (reader, writer) = tokio::io::split(near);
    let (reader, writer) = (Box::new(reader), Box::new(writer));
    let link = Link { name: "test".to_owned(), reader, writer, timing: Timing::default() };
    let traffic = Arc::new(Traffic::default());
    let injection = Injection::new(faults.parse().unwrap(), seed);
    let (mut link, disconnect) = injection.link_with(link, 3, 1, &traffic);
    let (mut from, _to) = tokio::io::split(far);
    for frame in frames {
        // The link may have been cut before.
        let _ = link.writer.write_all(frame).await;
    }
    let _ = link.writer.shutdown().await;
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).await.unwrap();
    drop((from, _to));
    (bytes, traffic, disconnect.by_injector().await)
}

fn frames() -> Vec<Vec<u8>> {
    (1..=200u8).map(|i| [vec![i; 1 + usize::from(i % 7)], vec![0]].concat()).collect()
}

#[tokio::test]
async fn each_fault_does_what_it_says() {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let sent = frames();
    let whole = sent.concat();
    let (bytes, _, cut) = carried("drop=0", 1, &sent).await;
    assert!(bytes == whole && !cut);

    let (bytes, traffic, _) = carried("drop=0.3", 1, &sent).await;
    let left: Vec<&[u8]> = bytes.split_inclusive(|&b| b == 0).collect();
    assert_eq!(left.len() as u64 + count(&traffic.injected.dropped), 200);
    assert!((100..180).contains(&left.len()) && left.iter().all(|frame| sent.contains(&frame.to_vec())));

    let (bytes, traffic, _) = carried("dup=0.3", 1, &sent).await;
    let arrived = bytes.split_inclusive(|&b| b == 0).count() as u64;
    assert_eq!(arrived, 200 + count(&traffic.injected.doubled));
    assert!((230..300).contains(&arrived));

    let (bytes, traffic, _) = carried("flip=0.3", 1, &sent).await;
    assert_eq!(bytes.len(), whole.len());
    let bits: u64 = bytes.iter().zip(&whole).map(|(a, b)| u64::from((a ^ b).count_ones())).sum();
    let flipped = count(&traffic.injected.flipped);
    assert!((30..100).contains(&flipped) && (flipped / 2..=4 * flipped).contains(&bits), "{bits}");

    let (bytes, traffic, _) = carried("delay=2ms", 1, &sent[..20]).await;
    assert!(bytes == sent[..20].concat() && count(&traffic.injected.delayed) == 20);

    let (bytes, traffic, cut) = carried("cut=0.05", 1, &sent).await;
    assert!(cut && count(&traffic.injected.cut) == 1);
    assert!(whole.starts_with(&bytes) && bytes.len() < whole.len() - 1, "it ends in the middle of a frame");
}

#[tokio::test]
async fn the_same_seed_makes_the_same_noise() {
    let faults = "drop=0.1,flip=0.1,dup=0.1";
    let first = carried(faults, 7, &frames()).await.0;
    assert!(carried(faults, 7, &frames()).await.0 == first);
    assert!(carried(faults, 8, &frames()).await.0 != first);
}
