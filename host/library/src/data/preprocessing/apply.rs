use super::{DataError, FeatureRule, Field, Rows, rule_of};
use eggroll_firmware::features::Raw;

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
    rows.each(&mut |fields| {
        for (feature, field) in fields.iter().enumerate() {
            let rule = rule_of(rules, feature).unwrap_or(FeatureRule::as_is());
            let raw = raw(rows, rule, fills, (feature, field))?;
            if let Some(count) = saturated.get_mut(feature) {
                *count += usize::from(raw.saturated);
            }
            values.push(rule.rule().apply(raw.value));
        }
        Ok(())
    })?;
    let saturated = saturated.into_iter().enumerate().filter(|(_, count)| *count > 0).collect();
    Ok(Features { values, saturated })
}

/// The raw values of some rows, whose places are in ascending order.
pub(in super::super) fn raws(
    rows: &dyn Rows,
    rules: &[FeatureRule],
    fills: &[Option<i32>],
    places: &[u32],
) -> Result<Vec<Vec<i32>>, DataError> {
    let mut wanted = places.iter().peekable();
    let (mut place, mut found) = (0, Vec::new());
    rows.each(&mut |fields| {
        if wanted.next_if_eq(&&place).is_some() {
            let each = fields.iter().enumerate();
            let row = each.map(|field| {
                let rule = rule_of(rules, field.0).unwrap_or(FeatureRule::as_is());
                Ok(raw(rows, rule, fills, field)?.value)
            });
            found.push(row.collect::<Result<Vec<i32>, DataError>>()?);
        }
        place += 1;
        Ok(())
    })?;
    Ok(found)
}

/// The raw value of a field of a feature: its number, or what stands for a missing one.
fn raw(
    rows: &dyn Rows,
    rule: FeatureRule,
    fills: &[Option<i32>],
    (feature, field): (usize, &Field<'_>),
) -> Result<Raw, DataError> {
    match field {
        Some(number) => rule.raw(number).map_err(|_| {
            let name = rows.name(feature);
            rows.fault(format!("\"{number}\" in column {name} is no number that can be used"))
        }),
        None => {
            let fill = fills.get(feature).copied().flatten();
            Ok(Raw { value: fill.unwrap_or_else(|| rule.rule().centre()), saturated: false })
        }
    }
}
