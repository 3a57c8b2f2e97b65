/// [`super::portable::products`] on a core whose registers hold the sums of four rows, which share the load
/// of the inputs: `four` makes those of rows as long as `x`, and `one` that of a row that is left.
#[inline(always)]
pub(crate) fn products_by_fours(
    w: &[i8],
    x: &[i8],
    out: &mut [i32],
    four: impl Fn([&[i8]; 4], &[i8]) -> [i32; 4],
    one: impl Fn(&[i8], &[i8]) -> i32,
) {
    let len = x.len().max(1);
    let (mut rows, mut done) = (w.chunks_exact(len), 0);
    let (fours, _) = out.as_chunks_mut::<4>();
    for (out, _) in fours.iter_mut().zip(w.chunks_exact((4 * len).max(1))) {
        let mut next = || rows.next().and_then(|row| row.get(..x.len())).unwrap_or_default();
        *out = four([next(), next(), next(), next()], x);
        done += 4;
    }
    for (out, row) in out.get_mut(done..).unwrap_or_default().iter_mut().zip(rows) {
        *out = one(row, x);
    }
}
