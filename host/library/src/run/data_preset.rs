use super::Schedule;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::LayerSet;

/// The settings of a run on data without flags: estimator `node` with a guide. They were chosen on validation
/// parts (`host/docs/learning.md`), and the benchmarks measure the same settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPreset {
    /// The estimator.
    pub guided: Guided,
    /// The learning rate in 1/65536, which falls linearly to 0.
    pub rate: u32,
    /// The number of generations.
    pub generations: u32,
}

/// The slots of a generation without flags.
const SLOTS: u32 = 4;
/// The same on files.
const SLOTS_OF_FILES: u32 = 16;
/// Files take steps of so many times less than the digits. Their features are twice as large, and they may be
/// few: in a step of a narrow model each weight counts for more.
const SHORTER: u32 = 5;

/// So many rows are enough to learn from as fast as elsewhere, however many features they have.
const FEW_ROWS: usize = 400;

/// The fewest generations of a regression, however many slots they have.
const SHORTEST: u32 = 300;

impl DataPreset {
    /// The settings for a model of so many layers, and generations of so many slots if that is known.
    ///
    /// Deeper models take smaller steps and more of them. A fleet of boards wants larger generations, which
    /// take fewer and larger steps.
    pub const fn of(layers: usize, slots: Option<u32>) -> Self {
        let slots = match slots {
            Some(slots) => slots,
            None => SLOTS,
        };
        // In 1/100.
        let (rate, generations) = match layers {
            0 | 1 => (50, 10_000),
            2 => (100, 6_000),
            3 => (60, 7_000),
            deeper => (40, 8_000 + 2_000 * (deeper as u32 - 4)),
        };
        let steeper = match slots {
            0..=8 => 100,
            9..=32 => 120,
            33..=128 => 150,
            129..=512 => 250,
            _ => 300,
        };
        let generations = if slots <= 8 { generations } else { generations * SLOTS / slots + 225 };
        let node = Node { slots, members: 2, amplitude: 8, clip: 127, skip: Some(1), antithetic: false };
        let guided = Guided {
            node: Node { members: if layers > 1 { node.members } else { 0 }, ..node },
            member_slots: 1,
            residual_weight: 0,
            guide_scale: 256,
            train: LayerSet::ALL,
        };
        Self { guided, rate: rate * steeper * 65_536 / 10_000, generations }
    }

    /// The settings on a file of samples, for a model of so many layers, and generations of so many slots if
    /// that is known. They were chosen on twelve data sets of 4 to 1,460 features (`host/docs/learning.md`).
    pub const fn of_file(layers: usize, slots: Option<u32>) -> Self {
        let slots = match slots {
            Some(slots) => slots,
            None => SLOTS_OF_FILES,
        };
        let preset = Self::of(layers, Some(slots));
        Self { rate: preset.rate / SHORTER, ..preset }
    }

    /// The same where there are less than 400 rows, and less than two for each feature: every sample teaches,
    /// also one that is known, and steps are half as long.
    ///
    /// An update is as large whether many samples make it or the few that are not known yet, so that a few
    /// rows are learned too hard otherwise (`host/docs/learning.md`).
    #[must_use]
    pub const fn with_rows(self, rows: usize, features: usize) -> Self {
        if rows >= FEW_ROWS || rows >= 2 * features {
            return self;
        }
        let guided = Guided { node: Node { skip: None, ..self.guided.node }, ..self.guided };
        Self { guided, rate: self.rate / 2, ..self }
    }

    /// The settings for a trained model that is adapted to a few rows: 400 generations, with eight members of
    /// a slot where more than the last layer learns (`host/docs/models.md`). The rate is for hundreds of rows
    /// of which the model knows few, where none is chosen by cross-validation.
    pub const fn of_adaptation(slots: Option<u32>) -> Self {
        let slots = match slots {
            Some(slots) => slots,
            None => SLOTS_OF_FILES,
        };
        let Self { guided, .. } = Self::of(2, Some(slots));
        let guided = Guided { node: Node { members: 8, ..guided.node }, ..guided };
        Self { guided, rate: 6 * 65_536 / 10, generations: 400 }
    }

    /// The width of the hidden layer for windows of a signal of so many features: spectra of many frames need
    /// more nodes.
    pub const fn width(features: usize) -> usize {
        if features < 256 { 64 } else { 128 }
    }

    /// The settings of a regression with the squared loss, for a model of so many layers. More slots, larger
    /// noise and half of the members' residual learn better than the settings of a classification, whose
    /// errors are steeper.
    ///
    /// A model that has seen every one of a few rows many times knows their noise: they train for about 15
    /// epochs, and at least 300 generations.
    pub const fn of_regression(layers: usize, rows: usize) -> Self {
        let Self { guided, .. } = Self::of(layers, Some(16));
        let node = Node { amplitude: 16, ..guided.node };
        let guided = Guided { node, residual_weight: 8, guide_scale: 1024, ..guided };
        let generations = match rows / 16 * 15 {
            0..300 => 300,
            generations @ 300..3000 => generations as u32,
            _ => 3000,
        };
        let rate = if layers > 2 || generations < 1000 { 30 } else { 60 };
        Self { guided, rate: rate * 65_536 / 100, generations }
    }

    /// The same with generations of so many slots: as many epochs, in at least 300 generations.
    ///
    /// It is for regressions, whose settings are for 16 slots. The step size stays.
    #[must_use]
    pub const fn with_slots(self, slots: Option<u32>) -> Self {
        let Some(slots) = slots else { return self };
        let before = self.guided.node.slots;
        let guided = Guided { node: Node { slots, ..self.guided.node }, ..self.guided };
        let generations = match slots {
            _ if slots == before => self.generations,
            0 => u32::MAX,
            _ => (self.generations as u64 * before as u64).div_ceil(slots as u64) as u32,
        };
        let least = if self.generations < SHORTEST { self.generations } else { SHORTEST };
        Self { guided, generations: if generations < least { least } else { generations }, ..self }
    }

    /// The settings of a detector of anomalies, an autoencoder of so many layers on so many rows. It has as
    /// many outputs as inputs, so there is more to learn from a row than for a regression of one target:
    /// about 45 epochs, 900 to 3000 generations. They were chosen on seven other sets than those that are
    /// measured (`host/docs/learning.md`).
    pub const fn of_detector(layers: usize, rows: usize) -> Self {
        let Self { guided, .. } = Self::of_regression(layers, rows);
        let generations = match rows / 16 * 45 {
            0..900 => 900,
            generations @ 900..3000 => generations as u32,
            _ => 3000,
        };
        let rate = if layers > 2 { 30 } else { 60 };
        Self { guided: Guided { residual_weight: 0, ..guided }, rate: rate * 65_536 / 100, generations }
    }

    /// The width of the narrow layer of a detector's autoencoder: half of the features, at most 32.
    pub const fn bottleneck(features: usize) -> usize {
        match features.div_ceil(2) {
            0 => 1,
            half @ 1..=32 => half,
            _ => 32,
        }
    }

    /// The step sizes.
    pub const fn schedule(&self) -> Schedule {
        Schedule::LearningRate(self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeper_models_and_larger_generations() {
        let of = |layers, slots| {
            let DataPreset { rate, generations, .. } = DataPreset::of(layers, slots);
            (rate, generations)
        };
        assert_eq!(of(2, None), (65_536, 6000));
        assert_eq!(of(2, Some(64)), (98_304, 600));
        assert_eq!(of(7, None), (26_214, 14_000));
        let file = DataPreset::of_file(2, None);
        assert_eq!((file.guided.node.slots, file.rate, file.generations), (16, 15_728, 1725));
        assert_eq!(DataPreset::of_file(2, Some(64)).generations, 600);
        assert_eq!(file.with_rows(60, 30), file);
        let few = file.with_rows(59, 30);
        assert_eq!((few.guided.node.skip, few.rate, few.generations), (None, 7864, 1725));
        assert_eq!(file.with_rows(400, 980), file);
        assert_eq!([1, 255, 256, 980].map(DataPreset::width), [64, 64, 128, 128]);
        let regression = |slots| {
            let DataPreset { guided, generations, .. } = DataPreset::of_regression(2, 1600).with_slots(slots);
            (guided.node.slots, generations)
        };
        let (slots, generations) = regression(None);
        assert_eq!(regression(Some(slots)), (slots, generations));
        assert_eq!(regression(Some(slots / 4)), (slots / 4, 4 * generations));
        assert_eq!(regression(Some(2 * slots)), (2 * slots, generations.div_ceil(2)));
        assert_eq!(regression(Some(u32::MAX)), (u32::MAX, 300));
        assert_eq!(DataPreset::of(1, None).guided.node.members, 0);
        assert_eq!(DataPreset::of(2, Some(u32::MAX)).generations, 225);
        assert_eq!(
            [20, 400, 99_999].map(|rows| DataPreset::of_detector(2, rows).generations),
            [900, 1125, 3000]
        );
        assert_eq!([0, 1, 5, 64, 784].map(DataPreset::bottleneck), [1, 1, 3, 32, 32]);
    }
}
