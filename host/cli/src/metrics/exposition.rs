//! The families of metrics that one address serves, and their text.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeMetric, MetricEncoder, prometheus_text,
    text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;

/// What every name begins with.
const PREFIX: &str = "eggroll";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The forms in which the text is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The text of Prometheus, which every scraper and every person reads.
    Prometheus,
    OpenMetrics,
}

impl Form {
    /// The form for whoever asks with this header `Accept`.
    pub(super) fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => OPEN_METRICS,
        }
    }
}

/// Families of metrics, each of a collector that reads its figures when somebody asks.
#[derive(Debug)]
pub(crate) struct Exposition(Registry);

impl Exposition {
    /// Makes an exposition without families.
    pub(crate) fn new() -> Self {
        Self(Registry::with_prefix(PREFIX))
    }

    /// Adds what a collector encodes. No two collectors may have families of the same name.
    pub(crate) fn add(&mut self, collector: impl Collector) {
        self.0.register_collector(Box::new(collector));
    }

    /// All families as they are now.
    pub(super) fn text(&self, form: Form) -> Result<String, fmt::Error> {
        let mut page = String::new();
        match form {
            Form::Prometheus => prometheus_text::encode(&mut page, &self.0)?,
            Form::OpenMetrics => text::encode(&mut page, &self.0)?,
        }
        Ok(page)
    }
}

/// The families of a collector, one after the other.
pub(super) struct Families<'a>(pub(super) DescriptorEncoder<'a>);

impl Families<'_> {
    /// A counter, whose name ends in its unit, if it has one, and `_total`.
    pub(super) fn counter(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        value: impl EncodeCounterValue,
    ) -> fmt::Result {
        ConstCounter::new(value).encode(self.0.encode_descriptor(name, help, unit, MetricType::Counter)?)
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        ConstGauge::new(value).encode(self.0.encode_descriptor(name, help, None, MetricType::Gauge)?)
    }

    /// A gauge or a counter with values by a label, written by `each`; nothing if there is none.
    pub(super) fn by_label<'l, V>(
        &mut self,
        (name, help, kind): (&str, &str, MetricType),
        label: &'static str,
        values: impl IntoIterator<Item = (&'l str, V)>,
        each: impl Fn(V, MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, None, kind)?;
        for (of, value) in values {
            each(value, family.encode_family(&[(label, of)])?)?;
        }
        Ok(())
    }
}
