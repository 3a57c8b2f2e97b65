//! The gates of the recurrent unit. States use the whole range: 127 means 1.0; a gate of 127 is open, -127
//! shut.

use super::clip;

/// `y = clip(y + b + c)`: one sum, one clip.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn add_two(y: &mut [i8], b: &[i8], c: &[i8]) {
    for ((y, &b), &c) in y.iter_mut().zip(b).zip(c) {
        *y = clip(i32::from(*y) + i32::from(b) + i32::from(c));
    }
}

/// `out = ((f + 127) * S) >> 8`: what the gate lets through of the state.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn gate(f: &[i8], state: &[i8], out: &mut [i8]) {
    for ((out, &f), &s) in out.iter_mut().zip(f).zip(state) {
        *out = (((i32::from(f) + 127) * i32::from(s)) >> 8) as i8;
    }
}

/// `S = S + (((f + 127) * (c - S)) >> 8)`: moves the state towards the candidate as far as the gate is open.
/// It stays between the two.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn blend(f: &[i8], candidate: &[i8], state: &mut [i8]) {
    for ((s, &f), &c) in state.iter_mut().zip(f).zip(candidate) {
        let step = ((i32::from(f) + 127) * (i32::from(c) - i32::from(*s))) >> 8;
        *s = (i32::from(*s) + step) as i8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_stay_in_range() {
        let all = || -127..=127i8;
        for f in all() {
            for s in all() {
                let mut out = [0];
                gate(&[f], &[s], &mut out);
                assert_eq!(i32::from(out[0]), ((i32::from(f) + 127) * i32::from(s)).div_euclid(256));
                for c in all() {
                    let mut state = [s];
                    blend(&[f], &[c], &mut state);
                    let step = ((i32::from(f) + 127) * (i32::from(c) - i32::from(s))).div_euclid(256);
                    assert_eq!(i32::from(state[0]), i32::from(s) + step);
                    assert!(state[0] >= s.min(c) && state[0] <= s.max(c));
                }
            }
        }
    }

    #[test]
    fn one_sum_one_clip() {
        let mut y = [127, -127, 100];
        add_two(&mut y, &[127, -127, 100], &[-127, 127, -127]);
        assert_eq!(y, [127, -127, 73]);
    }
}
