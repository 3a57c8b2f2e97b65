/// `out_c = sum_j W_cj window_jc`: each channel's row of `w` with that channel of the window. `w` is
/// row-major `out.len()` x positions, `window` holds `out.len()` channels a position.
#[cfg_attr(target_arch = "arm", inline)]
pub fn depthwise_products(w: &[i8], window: &[i8], out: &mut [i32]) {
    let channels = out.len().max(1);
    let taps = window.len() / channels;
    for (channel, (out, row)) in out.iter_mut().zip(w.chunks_exact(taps.max(1))).enumerate() {
        let mut sum = 0i32;
        for (&w, &x) in row.iter().zip(window.iter().skip(channel).step_by(channels)) {
            sum += i32::from(i16::from(w) * i16::from(x));
        }
        *out = sum;
    }
}
