use crate::kernel::unexplained;
use core::ops::AddAssign;

/// Hears what every member reports. Whoever does not ask for it pays nothing: `()` compiles to no code.
pub trait Watch {
    /// A member's report, the credit that the guide gave hidden nodes, and the member's noise on them.
    fn reported(&mut self, report: i16, credit: &[i16], eps: &[i8]);
}

impl Watch for () {
    #[inline]
    fn reported(&mut self, _: i16, _: &[i16], _: &[i8]) {}
}

/// How large the members' reports are, and what of them the guide did not expect. It is a figure for people
/// and decides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// Sum of the squares of the reports, in 1/256.
    pub reports: u128,
    /// Sum of the squares of what the guide did not expect of them, in 1/256.
    pub unexplained: u128,
}

impl Watch for Explained {
    /// The credit computes what is unexplained as well, but boards would pay for handing it out, and beside
    /// the base pass it costs nothing.
    fn reported(&mut self, report: i16, credit: &[i16], eps: &[i8]) {
        let square = |value: i64| u128::from(value.unsigned_abs()).pow(2);
        let reports = square(16 * i64::from(report));
        *self += Self { reports, unexplained: square(unexplained(report, credit, eps)) };
    }
}

impl AddAssign for Explained {
    fn add_assign(&mut self, other: Self) {
        self.reports = self.reports.saturating_add(other.reports);
        self.unexplained = self.unexplained.saturating_add(other.unexplained);
    }
}
