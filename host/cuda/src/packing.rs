//! The parameters of a model as kernels take them: what tensor cores multiply is packed for them, everything
//! else is as it is.

use super::args::PANEL;
use eggroll_firmware::model::{Program, Role, Tensor, TensorKind};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Bytes of a cell of a packed matrix.
const CELL: usize = PANEL * PANEL;

/// Values of a row, in whole cells.
pub(super) const fn whole(width: usize) -> usize {
    width.next_multiple_of(PANEL)
}

/// Where every tensor lies among the packed parameters.
#[derive(Clone, Debug)]
pub(super) struct Packing {
    tensors: Vec<(Tensor, Form, usize)>,
    /// The id of the first of them.
    first: u32,
    len: usize,
}

/// How a tensor is laid out.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// So many cells of a matrix that multiplies.
    Cells(usize),
    /// Rows that begin on eight bytes: an embedding.
    Table,
    /// Columns instead of rows: of a depthwise matrix, whose neighbouring threads take neighbouring channels.
    Columns,
    /// A vector.
    Vector,
}

impl Form {
    fn of(program: &Program, tensor: &Tensor) -> Self {
        match (tensor.kind, tensor.role) {
            (TensorKind::Vector { .. }, _) => Self::Vector,
            (TensorKind::Matrix { .. }, _) if is_depthwise(program, tensor) => Self::Columns,
            (TensorKind::Matrix { rows, columns }, Role::Weight) => {
                Self::Cells(rows.div_ceil(PANEL) * blocks(columns))
            }
            (TensorKind::Matrix { .. }, _) => Self::Table,
        }
    }

    /// Bytes of a tensor; the next one begins where a cell may.
    const fn len(self, tensor: &Tensor) -> usize {
        let (rows, columns) = tensor.kind.shape();
        match self {
            Self::Cells(cells) => cells * CELL,
            Self::Table => (rows * eights(columns)).next_multiple_of(CELL),
            Self::Columns => tensor.len().next_multiple_of(CELL),
            // Components may be read as far as a panel has outputs.
            Self::Vector => whole(tensor.len()),
        }
    }
}

/// Whether a tensor is the matrix of a window a channel.
pub(super) fn is_depthwise(program: &Program, tensor: &Tensor) -> bool {
    tensor.role == Role::Weight && program.step_of(tensor).is_some_and(|step| step.is_depthwise())
}

impl Packing {
    /// `None` where the packed parameters could not be addressed.
    pub(super) fn new(program: &Program) -> Option<Self> {
        let (mut tensors, mut len) = (Vec::new(), 0usize);
        for tensor in program.tensors() {
            let form = Form::of(program, &tensor);
            tensors.push((tensor, form, len));
            len += form.len(&tensor);
        }
        let packing = Self { tensors, first: program.first_tensor(), len };
        (len <= i32::MAX as usize).then_some(packing)
    }

    pub(super) fn at(&self, id: u32) -> i32 {
        self.tensors[(id - self.first) as usize].2 as i32
    }

    /// Packs all parameters.
    pub(super) fn pack(&self, weights: &[i8]) -> Vec<u8> {
        let mut packed = vec![0u8; self.len];
        for (tensor, form, at) in &self.tensors {
            let values: &[u8] = bytemuck::cast_slice(&weights[tensor.offset..tensor.offset + tensor.len()]);
            let (shape, packed) = (tensor.kind.shape(), &mut packed[*at..]);
            let (rows, columns) = shape;
            match form {
                Form::Cells(cells) => pack_matrix(values, shape, &mut packed[..cells * CELL]),
                Form::Table => {
                    let to = packed.chunks_exact_mut(eights(columns));
                    for (row, values) in to.zip(values.chunks_exact(columns)) {
                        row[..columns].copy_from_slice(values);
                    }
                }
                Form::Columns => {
                    for (row, values) in values.chunks_exact(columns).enumerate() {
                        for (column, &value) in values.iter().enumerate() {
                            packed[column * rows + row] = value;
                        }
                    }
                }
                Form::Vector => packed[..values.len()].copy_from_slice(values),
            }
        }
        packed
    }
}

/// Cells of a panel: an even number, since kernels take two at once.
const fn blocks(columns: usize) -> usize {
    columns.div_ceil(2 * PANEL) * 2
}

/// Bytes of a row of a table, or of a block's states: what a lane takes begins on eight bytes.
pub(super) const fn eights(width: usize) -> usize {
    width.next_multiple_of(8)
}

/// Packs a row-major matrix panel by panel of outputs, each cell by cell of inputs. A cell holds what the 32
/// lanes of a warp load, 16 bytes each, twice: the fragments of B of two products, then those of two others.
/// Lane 4 i + j has of column i of each the inputs 4 j to 4 j + 3 and those 16 further on. Columns 2 l and 2
/// l + 1 of product n are outputs 8 l + 2 n and the next: lane l of a row then gets eight neighbours.
fn pack_matrix(values: &[u8], (rows, columns): (usize, usize), packed: &mut [u8]) {
    let blocks = blocks(columns);
    packed.par_chunks_exact_mut(blocks * CELL).enumerate().for_each(|(panel, packed)| {
        for (block, cell) in packed.chunks_exact_mut(CELL).enumerate() {
            for (quad, four) in cell.chunks_exact_mut(4).enumerate() {
                let (half, lane, part) = (quad / 128, quad / 4 % 32, quad % 4);
                let (product, of_product) = (half * 2 + part / 2, lane / 4);
                let row = panel * PANEL + of_product / 2 * 8 + product * 2 + of_product % 2;
                let column = block * PANEL + part % 2 * 16 + lane % 4 * 4;
                if row < rows && column < columns {
                    let len = (columns - column).min(4);
                    four[..len].copy_from_slice(&values[row * columns + column..][..len]);
                }
            }
        }
    });
}
