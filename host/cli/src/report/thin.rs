//! Thins out curves to the number of points that a drawing can show.

/// The most points of a curve, which is about the number of pixels of the widest drawing.
const MOST: usize = 1000;
/// Larger numbers are not figures of a run, and would leave an axis without a scale.
const LARGEST: f64 = 1e15;

/// The points of a curve that can be drawn. Of very many, these are the first, the last, and the least and
/// the greatest of each stretch between them, so that no peak is lost.
pub(crate) fn thinned(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let drawn = |&(x, y): &(f64, f64)| x.abs() <= LARGEST && y.abs() <= LARGEST;
    let points: Vec<(f64, f64)> = points.into_iter().filter(drawn).collect();
    let ([first, within @ .., last], true) = (&points[..], points.len() > MOST) else { return points };
    let mut thin = vec![*first];
    for stretch in within.chunks(within.len().div_ceil((MOST - 2) / 2)) {
        let place = |(place, _): (usize, &(f64, f64))| place;
        let by_height = |a: &(usize, &(f64, f64)), b: &(usize, &(f64, f64))| a.1.1.total_cmp(&b.1.1);
        let least = stretch.iter().enumerate().min_by(by_height).map_or(0, place);
        let greatest = stretch.iter().enumerate().max_by(by_height).map_or(0, place);
        thin.push(stretch[least.min(greatest)]);
        if least != greatest {
            thin.push(stretch[least.max(greatest)]);
        }
    }
    thin.push(*last);
    thin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_points_stay_and_of_many_the_peaks() {
        let line = |count: u32| (0..count).map(|x| (f64::from(x), f64::from(x % 7)));
        assert_eq!(thinned(line(1000)), line(1000).collect::<Vec<_>>());
        for count in [1001, 1500, 2000, 100_003] {
            let mut points: Vec<(f64, f64)> = line(count).collect();
            points[700].1 = 99.0;
            points[701].1 = -99.0;
            let thin = thinned(points.clone());
            assert!((300..=MOST).contains(&thin.len()), "{} of {count}", thin.len());
            assert!(thin.is_sorted_by(|a, b| a.0 < b.0));
            for place in [0, 700, 701, points.len() - 1] {
                assert!(thin.contains(&points[place]), "{place} of {count}");
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let odd = [(0.0, f64::NAN), (1.0, f64::INFINITY), (f64::NEG_INFINITY, 1.0), (2.0, 1e300), (3.0, 4.0)];
        assert_eq!(thinned(odd), [(3.0, 4.0)]);
    }
}
