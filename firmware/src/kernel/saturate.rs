/// Saturates to [-127, 127]: -128 has no negative, so it is never a weight or an activation.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub const fn clip(value: i32) -> i8 {
    if value > 127 {
        127
    } else if value < -127 {
        -127
    } else {
        value as i8
    }
}

/// Saturates to [-`size`, `size`]; `size` is not negative.
#[inline]
pub const fn limit(value: i32, size: i32) -> i32 {
    // Unlike `clamp`, which wants to be sure of the order of its bounds and panics otherwise.
    if value > size {
        size
    } else if value < -size {
        -size
    } else {
        value
    }
}

/// `y = clip(y + b)`, both of the same length.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn add(y: &mut [i8], b: &[i8]) {
    for (y, &b) in y.iter_mut().zip(b) {
        *y = clip(i32::from(*y) + i32::from(b));
    }
}

/// `y = max(y, 0)`.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn relu(y: &mut [i8]) {
    for y in y {
        *y = (*y).max(0);
    }
}

/// `y = max(y, x)`.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn larger(y: &mut [i8], x: &[i8]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = x.max(*y);
    }
}

/// Takes back the credit that would push a saturated node further out. It would change no output, and drive
/// weights to their limits. `nodes` are before their activation.
#[inline(always)]
pub fn keep_within<T: Copy + From<i8> + PartialOrd>(deltas: &mut [T], nodes: &[i8]) {
    let zero = T::from(0);
    for (delta, &u) in deltas.iter_mut().zip(nodes) {
        if (u == 127 && *delta > zero) || (u == -127 && *delta < zero) {
            *delta = zero;
        }
    }
}

/// Takes back the credit of nodes that a ReLU shuts: those of 0 and below.
#[inline(always)]
pub fn keep_open<T: From<i8>>(deltas: &mut [T], nodes: &[i8]) {
    for (delta, &u) in deltas.iter_mut().zip(nodes) {
        if u <= 0 {
            *delta = T::from(0);
        }
    }
}
