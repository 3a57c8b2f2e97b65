/// The shape of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorKind {
    /// `rows` x `columns`, row-major.
    Matrix {
        /// Outputs m.
        rows: usize,
        /// Inputs n.
        columns: usize,
    },
    /// A vector.
    Vector {
        /// Components.
        len: usize,
    },
}

impl TensorKind {
    /// Rows and columns; a vector's components are its rows.
    pub const fn shape(self) -> (usize, usize) {
        match self {
            Self::Matrix { rows, columns } => (rows, columns),
            Self::Vector { len } => (len, 1),
        }
    }
}

/// What a parameter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A matrix that multiplies.
    Weight,
    /// A vector that is added.
    Bias,
    /// A matrix whose rows are looked up.
    Embedding,
    /// A vector that scales what is normed.
    Norm,
}

/// One parameter of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Place in the declared order, from 0: its address in the noise.
    pub id: u32,
    /// The layer it belongs to.
    pub layer: usize,
    /// Its shape.
    pub kind: TensorKind,
    /// What it does.
    pub role: Role,
    /// Offset of its first value among all parameters.
    pub offset: usize,
}

impl Tensor {
    /// Values it holds.
    pub const fn len(&self) -> usize {
        let (rows, columns) = self.kind.shape();
        rows * columns
    }

    /// Whether it holds none; no tensor of a checked model does.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
