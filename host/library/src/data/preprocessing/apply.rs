use super::{DataError, FeatureRule, Rows};

/// The features of rows.
pub(in super::super) struct Features {
    /// Row-major.
    pub(in super::super) values: Vec<i8>,
    /// The features that a value beyond 32 bits was in, and how many such values there are.
    pub(in super::super) saturated: Vec<(usize, usize)>,
}

/// Applies rules, one for each feature or one for all, to rows. `fills` are raw values that stand for missing
/// ones.
pub(in super::super) fn features(
    rows: &dyn Rows,
    rules: &[FeatureRule],
    fills: &[Option<i32>],
) -> Result<Features, DataError> {
    let mut values = Vec::new();
    let mut saturated = vec![0; rows.features()];
    let rule_of = |feature: usize| match rules {
        [rule] => Some(rule),
        rules => rules.get(feature),
    };
    rows.each(&mut |fields| {
        for (feature, field) in fields.iter().enumerate() {
            let rule = rule_of(feature).copied().unwrap_or(FeatureRule::as_is());
            let raw = match field {
                Some(number) => {
                    let raw = rule.raw(number).map_err(|_| {
                        let name = rows.name(feature);
                        rows.fault(format!("\"{number}\" in column {name} is no number that can be used"))
                    })?;
                    if let Some(count) = saturated.get_mut(feature) {
                        *count += usize::from(raw.saturated);
                    }
                    raw.value
                }
                None => fills.get(feature).copied().flatten().unwrap_or_else(|| rule.rule().centre()),
            };
            values.push(rule.rule().apply(raw));
        }
        Ok(())
    })?;
    let saturated = saturated.into_iter().enumerate().filter(|(_, count)| *count > 0).collect();
    Ok(Features { values, saturated })
}
