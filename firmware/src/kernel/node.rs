/// `u = clip(u + amplitude * eps)`: one member's noise on a layer's pre-activations.
///
/// `amplitude` in 1/16, negative for the minus member of an antithetic pair; `eps` holds -1 and +1.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn add_node_noise(u: &mut [i8], eps: &[i8], amplitude: i16) {
    for (u, &eps) in u.iter_mut().zip(eps) {
        let sum = i16::from(*u) + amplitude * i16::from(eps);
        *u = sum.clamp(-127, 127) as i8;
    }
}

/// `delta += f * eps`: what one member's fitness says of each output.
///
/// The run's bounds keep `members * clip` within an `i16`.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn credit_node_noise(delta: &mut [i16], eps: &[i8], f: i16) {
    for (delta, &eps) in delta.iter_mut().zip(eps) {
        *delta = delta.wrapping_add(f.wrapping_mul(i16::from(eps)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::clip;

    #[test]
    fn noise_saturates_like_clip() {
        for u in -127..=127i8 {
            for amplitude in [-127, -4, 0, 1, 4, 127i16] {
                for eps in [-1, 1i8] {
                    let mut y = [u];
                    add_node_noise(&mut y, &[eps], amplitude);
                    assert_eq!(y[0], clip(i32::from(u) + i32::from(amplitude) * i32::from(eps)));
                }
            }
        }
    }
}
