// A tile: rows that a block takes through all layers and steps, their activations in its shared memory.
//
// For D = 256 a row takes 6 D bytes (the residual stream; the normed input, later the state; four times D that first hold
// both gates and the gated state): 64 rows are 105 KiB with what is known of them, so that an SM of compute capability 9.0
// has two blocks. They know nothing of each other: while one multiplies, which is the tensor cores' work, the other may be
// where the integer units are busy.

constexpr int WARPS = 8;
constexpr int THREADS = 32 * WARPS;

// Words of an operation.
constexpr int OP_WORDS = (int)(sizeof(Op) / sizeof(unsigned));

// What is known of the rows of a tile.
template <int ROWS>
struct Notes {
    // By logit; by mean of magnitudes.
    unsigned *exponentials, *reciprocals;
    // The operation under way, and the next.
    unsigned *ops;
    int *token, *target, *score, *of_target;
    unsigned *noise, *input, *sums;
    // Inputs of the low-rank term, by rank and row.
    int *low_rank;

    __device__ explicit Notes(unsigned char *at) {
        exponentials = (unsigned *)at;
        reciprocals = exponentials + 256;
        ops = reciprocals + 128;
        token = (int *)ops + 2 * OP_WORDS;
        target = token + ROWS;
        score = target + ROWS;
        of_target = score + ROWS;
        noise = (unsigned *)of_target + ROWS;
        input = noise + ROWS;
        sums = input + ROWS;
        low_rank = (int *)sums + ROWS;
    }
};

template <int ROWS>
struct Tile {
    const Forward &args;
    signed char *room;
    Notes<ROWS> notes;
    // Its first row among all, and the step.
    long long first;
    int step;

    __device__ bool is_active(int row) const { return first + row < args.row_count; }

    __device__ int sign(int row) const { return (int)args.twins == 2 && (row & 1) ? -1 : 1; }

    // What a row reads, as the host has it. Rows beyond the last do its work again; nobody sees it.
    __device__ Row row(int row) const { return args.rows[min(first + row, args.row_count - 1)]; }

    // Where a row's noise begins, in words.
    __device__ unsigned noise(int row) const { return notes.noise[row]; }

    // The state before this step, of all blocks.
    __device__ const signed char *state_before(int row) const {
        return step == 0 ? args.initial + (size_t)notes.input[row] * args.state_len : state_at(row, step);
    }

    // Where the state before a step is kept.
    __device__ signed char *state_at(int row, int step) const {
        size_t place = args.keep ? (size_t)notes.input[row] * args.input_stride + step : (size_t)blockIdx.x * ROWS + row;
        return args.states + place * args.state_len;
    }

    // Where the state behind the last step is kept.
    __device__ signed char *end(int row) const { return args.ends + (first + row) * args.state_len; }

    // Fills the tables.
    __device__ void prepare() const {
        for (int i = threadIdx.x; i < 256; i += THREADS) {
            notes.exponentials[i] = exponential(i);
            if (i < 128) {
                notes.reciprocals[i] = i < 2 ? 0xFFFFFFFFu : 0xFFFFFFFFu / (unsigned)i + 1;
            }
        }
    }

    // Brings an operation, which is on its way during the one before.
    __device__ void fetch(int i) const {
        if (threadIdx.x < OP_WORDS && i < (int)args.op_count) {
            copy_word(notes.ops + i % 2 * OP_WORDS + threadIdx.x, (const unsigned *)args.ops + i * OP_WORDS + threadIdx.x);
        }
    }

    __device__ const Op &op(int i) const { return *(const Op *)(notes.ops + i % 2 * OP_WORDS); }

    // Begins with rows from `first` on.
    __device__ void begin(long long from) {
        first = from;
        for (int row = threadIdx.x; row < ROWS; row += THREADS) {
            const Row what = this->row(row);
            // The host has no batch whose noise is of more words.
            notes.noise[row] = what.noise * (unsigned)args.noise_words;
            notes.input[row] = args.judged == nullptr ? what.input : args.judged[what.input].sample;
            notes.score[row] = 0;
        }
    }

    // Begins a step.
    __device__ void begin_step(int t) {
        step = t;
        for (int row = threadIdx.x; row < ROWS; row += THREADS) {
            const unsigned char *input = args.inputs + (size_t)notes.input[row] * args.input_stride;
            notes.token[row] = args.is_text ? input[t] : 0;
            // A sample's label follows its features. Where targets do, nothing is made of this one.
            notes.target[row] = args.is_text ? input[t + 1] : input[args.input_stride - 1];
            // A sum of errors times logits is signed; it wraps to the same bits.
            notes.sums[row] = args.judged == nullptr ? 0 : 0u - (unsigned)args.judged[this->row(row).input].base;
            // What a target without a logit has.
            notes.of_target[row] = 1;
        }
    }

    // A row's log-likelihood, or negative error; or the report of a member that is judged.
    __device__ int score(int row) const {
        const unsigned sum = notes.sums[row];
        if (args.judged != nullptr) {
            const int most = (int)args.clip;
            return min(max((int)sum >> 3, -most), most);
        }
        if (args.loss != NO_LOSS) {
            return args.loss == SQUARED ? -((int)sum >> 4) : -(int)sum;
        }
        return notes.of_target[row] - logarithm(max(sum, 16u));
    }

    // Ends a step: the rows' sums are complete.
    __device__ void end_step() {
        for (int row = threadIdx.x; row < ROWS; row += THREADS) {
            int score = this->score(row);
            notes.score[row] += score;
            if (!is_active(row)) {
                continue;
            }
            if (args.keep) {
                args.scores[(first + row) * args.steps + step] = score;
            } else if (step + 1 == args.steps) {
                args.scores[first + row] = notes.score[row];
            }
        }
    }
};
