//! What was understood of a signal, in lines for a person.

use std::collections::BTreeSet;

use super::super::error::shorten;
use super::super::signal::{Channel, Counts, Mixed, Signal};
use super::cutting::Cutting;
use super::recorded::Recordings;
use super::understood::listed;

/// What was understood of a signal, for a person. `chosen` is how its features were chosen.
pub(super) fn lines(cutting: &Cutting<'_>, signal: &Signal, chosen: &str) -> Vec<String> {
    let Recordings { list, is_sound, grouped, cut, .. } = cutting.recordings;
    let s = |count: usize| if count == 1 { "" } else { "s" };
    let rate = signal.rate.map_or(", rate unknown".to_owned(), |rate| format!(", {rate} samples a second"));
    let channels = signal.channels.len();
    let units = if *is_sound {
        String::new()
    } else {
        let unit = |channel: &Channel| format!("{} in {}", shorten(&channel.title()), unit(channel.places));
        format!(": {}", listed(signal.channels.iter().map(unit)))
    };
    let seconds =
        |samples: u32| signal.rate.map_or(String::new(), |rate| format!(" ({} s)", seconds(samples, rate)));
    let (window, hop) = (signal.window, signal.hop);
    let Counts { windows, mixed, unlabelled, missing, padded } = cutting.counts;
    let two = match signal.mixed {
        Mixed::Drop => "with two labels left out",
        Mixed::Majority => "with two labels taken by the majority",
    };
    let mut odd = Vec::new();
    let mut say = |count: usize, what: &str| {
        if count > 0 {
            odd.push(format!("{count} {what}"));
        }
    };
    say(mixed, two);
    say(unlabelled, "without a label left out");
    say(missing, "with a missing value left out");
    let part = match (*cut, padded) {
        (true, 1) => "stretch",
        (true, _) => "stretches",
        (false, 1) => "recording",
        (false, _) => "recordings",
    };
    let padding = if *is_sound { "silence" } else { "their last sample" };
    say(padded, &format!("{part} shorter than a window, padded with {padding}"));
    let odd = if odd.is_empty() { String::new() } else { format!("; {}", odd.join(", ")) };
    let mut lines = vec![
        format!(
            "signal   {} recording{}, {channels} channel{}{units}{rate}",
            list.len(),
            s(list.len()),
            s(channels)
        ),
        format!(
            "windows  {windows} of {window} samples{}, one every {hop}{}{odd}",
            seconds(window),
            seconds(hop)
        ),
        format!("features {} a window: {}{chosen}", signal.features_of_a_window(), signal.features),
    ];
    let groups: BTreeSet<&str> = cutting.stretches.iter().map(|stretch| &*stretch.group).collect();
    lines.push(if *cut {
        format!(
            "groups   {} stretches, cut where the label changes and every {} samples, as no --group names recordings",
            groups.len(),
            window as usize + 8 * hop as usize
        )
    } else {
        format!("groups   {}, {grouped}", groups.len())
    });
    lines.extend(cutting.recordings.lines.iter().map(|line| format!("         {line}")));
    lines
}

/// A unit of `10^-places`.
fn unit(places: i8) -> String {
    match places {
        0 => "1".to_owned(),
        1.. => format!("0.{}1", "0".repeat(usize::from(places.unsigned_abs()) - 1)),
        _ => format!("1{}", "0".repeat(places.unsigned_abs().into())),
    }
}

/// So many samples in seconds, to three digits behind the point.
fn seconds(samples: u32, rate: u32) -> String {
    let text = format!("{:.3}", f64::from(samples) / f64::from(rate.max(1)));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
