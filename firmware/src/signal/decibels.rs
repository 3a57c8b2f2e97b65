//! The logarithm of a power.

/// Parts of the table of logarithms.
const PARTS: usize = 32;

/// `log2(1 + i / 32)`, in 1/2^16.
pub static LOGARITHMS: [u32; PARTS + 1] = table();

#[allow(clippy::indexing_slicing, reason = "at compile time")]
const fn table() -> [u32; PARTS + 1] {
    let mut logarithms = [0; PARTS + 1];
    let mut i = 0;
    while i < PARTS {
        // A square doubles the logarithm, and its whole part is the next binary digit.
        let mut value = ((PARTS + i) as u64) << 25;
        let (mut digits, mut digit) = (0, 0);
        while digit < 20 {
            value = (value * value) >> 30;
            digits *= 2;
            if value >> 31 > 0 {
                value >>= 1;
                digits += 1;
            }
            digit += 1;
        }
        logarithms[i] = (digits + 8) >> 4;
        i += 1;
    }
    logarithms[PARTS] = 1 << 16;
    logarithms
}

/// Tenths of a decibel in a doubling, `100 log10(2)`, in 1/2^16.
const TENTHS: u64 = 1_972_830;

/// Ten times the decibels, `100 log10`, of `power * 2^exponent`, rounded down; 0 where that is below 1.
pub fn decibels(power: u64, exponent: i32) -> i16 {
    if power == 0 {
        return 0;
    }
    let zeros = power.leading_zeros();
    // The first digit, which is 1, falls off.
    let digits = ((power << zeros) >> 31) as u32;
    let at = (digits >> 27) as usize;
    let fraction = (digits >> 11) & 0xFFFF;
    let entry = |at: usize| LOGARITHMS.get(at).copied().unwrap_or_default();
    let (from, to) = (entry(at), entry(at + 1));
    let within = from + (((to - from) * fraction) >> 16);
    let whole = i64::from(exponent) + 63 - i64::from(zeros);
    // Beyond 2^1024 nothing fits the answer.
    let logarithm = whole.min(1024) * 65536 + i64::from(within);
    let tenths = (logarithm.max(0).unsigned_abs() * TENTHS) >> 32;
    tenths.min(i16::MAX as u64) as i16
}
