//! How well a detector tells anomalies, as a section of its report.

use super::histogram::picture;
use super::html::{count, tile};
use super::scored::Scored;

/// The section, with its heading.
pub(super) fn section(scored: &Scored) -> String {
    format!("<h2>Anomalies</h2>\n{}{}", tiles(scored), picture(&scored.detection))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "\u{2013}".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn tiles(scored: &Scored) -> String {
    let of = &scored.detection;
    let (normal, anomalies) = (of.normal.len() as u64, of.anomalies.len() as u64);
    let also = match anomalies {
        0 => "; no anomalies are labelled".to_owned(),
        _ => format!(", and of {} anomalies", count(anomalies)),
    };
    let mut tiles = format!(
        "<p class=\"note\">Of {} {}{also}.</p>\n<dl class=\"tiles\">\n",
        count(normal),
        scored.part.title()
    );
    if let Some(auc) = of.auc() {
        let remark = "probability that an anomaly scores higher than a normal row";
        tiles += &tile("auc", "AUC", &format!("{auc:.4}"), remark);
        let remark = format!("{} of {} anomalies", count(of.detected() as u64), count(anomalies));
        tiles += &tile("detection-rate", "Detected", &percent(of.detection_rate()), &remark);
    }
    let remark = format!("{} of {} normal rows", count(of.false_alarms() as u64), count(normal));
    tiles += &tile("false-alarm-rate", "False alarms", &percent(of.false_alarm_rate()), &remark);
    if let Some(balanced) = of.balanced_accuracy() {
        tiles += &tile("balanced-accuracy", "Balanced accuracy", &percent(Some(balanced)), "");
    }
    let threshold = count(u64::from(of.threshold.unsigned_abs()));
    tiles += &tile("threshold", "Threshold", &threshold, "rows with a higher score count as anomalies");
    tiles + "</dl>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_host::measure::{Detection, Part};

    #[test]
    fn without_anomalies_there_is_no_rate_of_them() {
        let detection = Detection { threshold: 7, normal: vec![7; 3], anomalies: vec![] };
        let html = section(&Scored { part: Part::HeldOut, detection });
        assert!(html.contains("no anomalies are labelled") && html.contains("0 of 3 normal rows"));
        assert!(!html.contains("id=\"auc\"") && !html.contains("NaN"), "{html}");
    }
}
