use core::fmt;

/// What is wrong with a unit, or with the wires to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum UnitError<E> {
    /// The SPI controller's own error.
    Bus(E),
    /// What answered is no unit: its ID.
    NoUnit(u32),
    /// A unit whose register map this driver does not know: its version.
    Version(u8),
    /// The unit says that it has no lanes, streams, ranks or room.
    Parameters,
    /// Answers' checksums kept being wrong.
    Checksum,
    /// The unit kept refusing what was sent: its faults.
    Refused(Refusal),
    /// The unit did not finish a product, or forgot that one was asked for.
    Lost,
    /// A product or matrix that the unit has no room for.
    TooLarge,
}

/// The fault bits of the unit's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Refusal(pub u8);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 8] = [
            "a checksum was wrong",
            "a frame was cut short",
            "a command is unknown",
            "settings are out of range",
            "it was busy",
            "a value was -128",
            "an address is out of range",
            "it was reset",
        ];
        let mut first = true;
        for (bit, name) in NAMES.iter().enumerate() {
            if self.0 >> bit & 1 == 1 {
                f.write_str(if first { "" } else { ", " })?;
                f.write_str(name)?;
                first = false;
            }
        }
        Ok(())
    }
}

impl<E: fmt::Debug> fmt::Display for UnitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bus(error) => write!(f, "the SPI bus failed: {error:?}"),
            Self::NoUnit(id) => {
                write!(
                    f,
                    "no matmul unit answers on SPI (its ID reads {id:#010x}): check wires and bitstream"
                )
            }
            Self::Version(version) => {
                write!(f, "the unit has register map {version}, this firmware knows 1: flash matching ones")
            }
            Self::Parameters => f.write_str("the unit's parameters make no sense: check its bitstream"),
            Self::Checksum => {
                f.write_str("the unit's answers keep failing their checksums: shorten the wires or lower SCK")
            }
            Self::Refused(faults) => write!(f, "the unit keeps refusing requests: {faults}"),
            Self::Lost => f.write_str("the unit did not finish a product: was it reset?"),
            Self::TooLarge => f.write_str("the unit has no room for this"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for UnitError<E> {}

/// Why the kernels evaluate in the unit's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fallback<E> {
    /// The unit has failed, and is not asked again.
    Failed(UnitError<E>),
    /// A layer is larger than the unit, or all of them together are.
    Model,
    /// The unit can make no product of the model: every matrix is depthwise, or has a divisor of its own.
    Products,
    /// The perturbation is of a kind that the unit does not make: near-normal noise, a rank beyond it.
    Perturbation,
    /// There is no room for a pair's factors of a matrix that the core has to multiply.
    Factors,
    /// Members are not scored on samples.
    Task,
}

impl<E: fmt::Debug> fmt::Display for Fallback<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Model => f.write_str("the model does not fit the unit: use smaller layers"),
            Self::Products => f.write_str(
                "the unit can make no product of this model: its matrices are depthwise or have divisors of \
                 their own",
            ),
            Self::Perturbation => f.write_str("the unit makes sign noise up to its rank"),
            Self::Factors => f.write_str(
                "a matrix that the unit cannot multiply, depthwise or with a divisor of its own, has more \
                 factors than the core has room for: use a smaller rank",
            ),
            Self::Task => f.write_str("the unit evaluates members on samples only"),
        }
    }
}
