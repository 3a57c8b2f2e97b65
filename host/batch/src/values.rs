//! What values of passes look like: counts that are not generic, so that they are compiled with this crate's
//! optimisation, whatever that of a caller is.

/// How many values are `least` or more in magnitude.
pub fn far(values: &[i8], least: u8) -> u64 {
    values.iter().filter(|value| value.unsigned_abs() >= least).count() as u64
}

/// How many values are `least` or more.
pub fn high(values: &[i8], least: i8) -> u64 {
    values.iter().filter(|value| **value >= least).count() as u64
}

/// Notes which outputs of ReLUs are above 0.
pub fn note_alive(alive: &mut [bool], values: &[i8]) {
    alive.iter_mut().zip(values).for_each(|(alive, &value)| *alive |= value > 0);
}

/// Notes which gates are neither shut, nor open, at this token too: of each, whether it has been shut at
/// every token so far, and open at every token.
pub fn note_gates(stuck: &mut [(bool, bool)], gates: &[i8]) {
    for ((shut, open), &f) in stuck.iter_mut().zip(gates) {
        (*shut, *open) = (*shut && f == -127, *open && f == 127);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_and_what_was_seen_stays() {
        let values = [-127, 127, 126, -126, 0, 5];
        assert_eq!((far(&values, 127), far(&values, 126), high(&values, 127)), (2, 4, 1));
        let mut alive = [false, true, false];
        note_alive(&mut alive, &[1, -1, 0]);
        assert_eq!(alive, [true, true, false]);
        let mut stuck = [(true, true); 3];
        note_gates(&mut stuck, &[-127, 127, 0]);
        assert_eq!(stuck, [(true, false), (false, true), (false, false)]);
        note_gates(&mut stuck, &[-127, 0, 127]);
        assert_eq!(stuck, [(true, false), (false, false), (false, false)]);
    }
}
