use super::{Members, Model, Vectors, Work, room};
use crate::isa::{Isa, Job};
use crate::matrix::Rows;
use eggroll_firmware::kernel::{add, add_two, blend, gate, norm};
use eggroll_firmware::model::Kind;

/// States of rows, as [`Model::step`] wants them: those of a block of all rows together. `of` brings each row's state as
/// the firmware has it, block after block.
pub fn states_of<'s>(
    blocks: usize,
    rows: usize,
    width: usize,
    of: impl Fn(usize) -> &'s [i8],
    to: &mut Vec<i8>,
) {
    to.clear();
    to.reserve(blocks * rows * width);
    for block in 0..blocks {
        for row in 0..rows {
            to.extend_from_slice(&of(row)[block * width..(block + 1) * width]);
        }
    }
}

/// The state of one row among [`states_of`] `rows`, as the firmware has it: what that function turns, turned back.
pub fn state_of(states: &[i8], (row, rows): (usize, usize), width: usize, to: &mut [i8]) {
    for (block, to) in to.chunks_exact_mut(width.max(1)).enumerate() {
        to.copy_from_slice(&states[(block * rows + row) * width..][..width]);
    }
}

impl Model {
    /// A step of every row: `tokens` has one a row, `states` is laid out as [`states_of`] does it. Returns the logits, row
    /// after row. The same as [`eggroll_firmware::model::recurrent::step`], many times.
    pub fn step<'w>(
        &self,
        tokens: &[u8],
        states: &mut [i8],
        members: &mut impl Members,
        work: &'w mut Work,
    ) -> &'w [i8] {
        let rows = tokens.len();
        let (width, _) = self.blocks();
        if width > 0 {
            for (place, state) in states.chunks_exact_mut(width).enumerate() {
                if tokens[place % rows.max(1)] == 0 {
                    state.fill(0);
                }
            }
        }
        let (mut states, mut group) = (states, 0);
        for layer in self.layout.layers() {
            let (id, len) = (layer.tensor, rows * layer.outputs);
            match layer.kind {
                Kind::Embedding => {
                    let (table, stream) = (self.base(id), room(&mut work.stream, len));
                    let sums = room(&mut work.sums, width);
                    for (row, (&token, out)) in tokens.iter().zip(stream.chunks_exact_mut(width)).enumerate()
                    {
                        let at = usize::from(token) * width;
                        match table.get(at..at + width) {
                            Some(base) => members.embed(row, self.tensor(id), token, base, sums, out),
                            // As the firmware has it: a token beyond the vocabulary is nothing at all.
                            None => out.fill(0),
                        }
                    }
                    members.preactivation(self.level, group, stream);
                    group += 1;
                }
                Kind::Block => {
                    let (here, rest) = states.split_at_mut(len);
                    states = rest;
                    self.block(id, width, here, members, group, work);
                    group += 4;
                }
                Kind::Norm => {
                    let branch = room(&mut work.branch, len);
                    let vectors = self.vectors(id, members);
                    self.level.run(Norms {
                        x: &work.stream[..len],
                        vectors,
                        sums: &mut work.sums,
                        y: branch,
                    });
                }
                Kind::Dense => {
                    let x = &work.branch[..rows * layer.inputs];
                    members.input(x, layer.inputs);
                    let logits = room(&mut work.logits, len);
                    self.linear(id, Rows::new(x, layer.inputs, &mut work.padded), members, logits);
                    members.preactivation(self.level, group, logits);
                    group += 1;
                }
            }
        }
        &work.logits[..rows * self.layout.outputs()]
    }

    /// A block, whose first parameter is `id`, of all rows: moves their states and the residual stream.
    fn block(
        &self,
        id: u32,
        width: usize,
        state: &mut [i8],
        members: &mut impl Members,
        group: usize,
        work: &mut Work,
    ) {
        let (level, len) = (self.level, state.len());
        let x = room(&mut work.stream, len);
        let h = room(&mut work.branch, len);
        let [f, candidate] = {
            let (f, candidate) = room(&mut work.wide, 4 * len)[..2 * len].split_at_mut(len);
            [f, candidate]
        };
        let (summand, gated, padded) =
            (room(&mut work.summand, len), room(&mut work.gated, len), &mut work.padded);
        level.run(Norms { x, vectors: self.vectors(id, members), sums: &mut work.sums, y: h });

        members.input(h, width);
        let rows = Rows::new(h, width, padded);
        self.linear(id + 1, rows, members, f);
        // The candidate's product has the same input.
        self.linear(id + 4, rows, members, candidate);
        members.input(state, width);
        let rows = Rows::new(state, width, padded);
        self.linear(id + 2, rows, members, summand);
        level.run(AddTwo { y: f, summand, vectors: self.vectors(id + 3, members) });
        members.preactivation(level, group, f);
        level.run(Gate { f, state, gated });

        members.input(h, width);
        members.input(gated, width);
        let rows = Rows::new(gated, width, padded);
        self.linear(id + 5, rows, members, summand);
        level.run(AddTwo { y: candidate, summand, vectors: self.vectors(id + 6, members) });
        members.preactivation(level, group + 1, candidate);
        level.run(Blend { f, candidate, state });
        level.run(Add { x, y: state });

        level.run(Norms { x, vectors: self.vectors(id + 7, members), sums: &mut work.sums, y: h });
        members.input(h, width);
        let rows = Rows::new(h, width, padded);
        let wide = room(&mut work.wide, 4 * len);
        self.linear(id + 8, rows, members, wide);
        members.preactivation(level, group + 2, wide);
        members.input(wide, 4 * width);
        let rows = Rows::new(wide, 4 * width, padded);
        self.linear(id + 9, rows, members, h);
        members.preactivation(level, group + 3, h);
        level.run(Add { x, y: h });
    }
}

struct Norms<'a, M> {
    x: &'a [i8],
    vectors: Vectors<'a, M>,
    sums: &'a mut Vec<i32>,
    y: &'a mut [i8],
}

impl<M: Members> Job for Norms<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let len = self.vectors.base.len();
        let sums = room(self.sums, len);
        let rows = self.x.chunks_exact(len.max(1)).zip(self.y.chunks_exact_mut(len.max(1)));
        for (row, (x, y)) in rows.enumerate() {
            norm(x, self.vectors.of(row), sums, y);
        }
    }
}

struct AddTwo<'a, M> {
    y: &'a mut [i8],
    summand: &'a [i8],
    vectors: Vectors<'a, M>,
}

impl<M: Members> Job for AddTwo<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let len = self.vectors.base.len().max(1);
        for (row, (y, s)) in self.y.chunks_exact_mut(len).zip(self.summand.chunks_exact(len)).enumerate() {
            add_two(y, s, self.vectors.of(row));
        }
    }
}

struct Gate<'a> {
    f: &'a [i8],
    state: &'a [i8],
    gated: &'a mut [i8],
}

impl Job for Gate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        gate(self.f, self.state, self.gated);
    }
}

struct Blend<'a> {
    f: &'a [i8],
    candidate: &'a [i8],
    state: &'a mut [i8],
}

impl Job for Blend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        blend(self.f, self.candidate, self.state);
    }
}

struct Add<'a> {
    x: &'a mut [i8],
    y: &'a [i8],
}

impl Job for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        add(self.x, self.y);
    }
}
