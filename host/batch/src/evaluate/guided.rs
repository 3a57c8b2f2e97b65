use super::Scored;
use super::node::{Slots, members};
use crate::engine::Engine;
use crate::material::Material;
use eggroll_firmware::estimator::guided::Guided;
use std::ops::Range;

/// Evaluates slots of a run with a guide: the base model on all of them, then the members of those that are
/// kept and have members.
pub(super) fn evaluate<E: Engine>(
    engine: &mut E,
    material: &Material<'_>,
    settings: &Guided,
    slots: Range<u32>,
) -> Result<Vec<Scored>, E::Error> {
    let (node, first) = (&settings.node, slots.start);
    if node.members == 0 {
        // Nothing is reported.
        return Ok(vec![Scored { kept: vec![true; slots.len()], values: Vec::new() }]);
    }
    let index = |slot| material.index(node.sample_number(material.generation, slot));
    let (inputs, base) = engine.judged(slots.map(index).collect())?;
    let slots = Slots { first, inputs, base };
    let have_members = |slot| settings.members_of(slot) > 0;
    // The score of a member is its report, which fits.
    let report = |twins: &[i32], _| twins[0] as i16;
    Ok(vec![members(engine, node, &slots, have_members, report)?])
}
