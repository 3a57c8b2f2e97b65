//! How many samples come in a second.

use std::collections::VecDeque;
use std::time::Duration;

/// The shortest span that is measured.
const SPAN: Duration = Duration::from_secs(1);
/// The most spans that are kept.
const SPANS: usize = 120;

/// The share by which a span may differ from the median and still count.
const LIKE: f64 = 0.25;

/// Measures the rate over spans of a second or more, all that are like the median, so that a pause, or a
/// burst of samples that had waited in a buffer, leaves it as it is.
#[derive(Default)]
pub(super) struct Rate {
    /// When the present span began. A span begins and ends with the arrival of samples.
    since: Option<Duration>,
    /// The samples in it.
    count: u64,
    /// The samples of each span, and its seconds.
    spans: VecDeque<(f64, f64)>,
}

impl Rate {
    /// So many samples have arrived at once, at a time since the beginning.
    pub(super) fn heard(&mut self, samples: u64, at: Duration) {
        let Some(since) = self.since else {
            // These may have waited for long.
            self.since = Some(at);
            return;
        };
        self.count += samples;
        let span = at.saturating_sub(since);
        if span >= SPAN {
            self.spans.push_back((self.count as f64, span.as_secs_f64()));
            if self.spans.len() > SPANS {
                self.spans.pop_front();
            }
            (self.since, self.count) = (Some(at), 0);
        }
    }

    /// The samples in a second, once a whole span was measured.
    pub(super) fn hertz(&self) -> Option<f64> {
        let mut rates: Vec<f64> = self.spans.iter().map(|(count, seconds)| count / seconds).collect();
        rates.sort_by(f64::total_cmp);
        let median = *rates.get(rates.len() / 2)?;
        let alike =
            self.spans.iter().filter(|(count, seconds)| (count / seconds - median).abs() <= LIKE * median);
        let (count, seconds) = alike.fold((0.0, 0.0), |all, span| (all.0 + span.0, all.1 + span.1));
        Some(count / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_and_a_burst_do_not_count() {
        let mut rate = Rate::default();
        let mut at = Duration::ZERO;
        rate.heard(5000, at);
        for second in 0..10 {
            for _ in 0..25 {
                at += Duration::from_millis(40);
                rate.heard(4, at);
            }
            if second == 4 {
                at += Duration::from_secs(7);
            }
        }
        assert_eq!(rate.hertz().map(f64::round), Some(100.0));
    }

    #[test]
    fn nothing_is_measured_before_a_second() {
        let mut rate = Rate::default();
        rate.heard(1, Duration::ZERO);
        rate.heard(100, Duration::from_millis(999));
        assert_eq!(rate.hertz(), None);
        rate.heard(0, Duration::from_millis(1000));
        assert_eq!(rate.hertz(), Some(100.0));
    }
}
