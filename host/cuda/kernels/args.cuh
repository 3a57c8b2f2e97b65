// What the host hands to kernels: `src/args.rs` has the same structures. Both sides assert their sizes.
//
// The files of this folder are joined in the order that `src/source.rs` names; none includes another.

// Ways of being a member.
enum Mode { BASE = 0, SIGN = 1, NEAR_NORMAL = 2, NODE = 3 };

// Largest rank of a perturbation.
constexpr int MAX_RANK = 8;

// What an op does.
enum Kind {
    // Embeds a row's token into `out`.
    EMBED = 0,
    // Loads a row's features into `out`.
    INPUT = 1,
    // `out = norm(in, vector)`.
    NORM = 2,
    // Loads the states of a block into `out`.
    STATE = 3,
    // `y = clip((W in + P) // divisor)`, then what `flags` and `sink` say.
    LINEAR = 4,
    // The others are those of models with windows: `y = clip((W window + P) // divisor)` at all places of a window, then what
    // `flags` say.
    WINDOWS = 5,
    // The same of every channel by itself.
    DEPTHWISE = 6,
    MAX_POOL = 7,
    AVERAGE_POOL = 8,
    // `out = clip(out + in)`, then what `flags` say.
    JOIN = 9,
    // What lies in `in` are the model's outputs: into the score.
    SCORE = 10,
};

// What becomes of a linear's outputs before its sink.
enum Flags {
    // What `out` holds is added, in one sum with the vector.
    SUMMAND = 1,
    // A vector (a bias) is added.
    VECTOR = 2,
    // The member's node noise is added.
    NOISY = 4,
    RELU = 8,
    // A window moves over the model's own input.
    FEATURES = 16,
    // What a window moves over can be taken by words, what is made of it be put by eights.
    WORDS = 32,
    EIGHTS = 64,
};

// Where a linear's outputs go.
enum Sink {
    // Into `out`.
    KEEP = 0,
    // Into `out`; and what they let through of the state into `gated`.
    GATE = 1,
    // As a candidate into the state, as far as `gate` is open; the new state is added to `stream`.
    BLEND = 2,
    // Added to `stream`.
    ADD = 3,
    // They are the model's: into the score.
    LOGITS = 4,
};

// What a row's outputs are scored by.
enum Loss {
    // The log-likelihood of a label, or of the next token.
    NO_LOSS = 0,
    // The squared or the absolute error of targets, one an output.
    SQUARED = 1,
    ABSOLUTE = 2,
};

// One operation on all rows of a tile. Places are bytes of shared memory, strides those from row to row.
struct Op {
    int kind, flags, sink;
    int in, in_stride, out, out_stride;
    // Shape: a matrix `outputs` x `inputs`, or a vector of `outputs`.
    int inputs, outputs;
    // Where the packed matrix (or table) and the vector begin among the parameters, in bytes.
    int matrix, vector;
    // Floor division: a shift where `shift` is not negative, else by `by` with its reciprocal.
    int shift, by;
    unsigned reciprocal;
    // Where a member's noise begins, in words: the factors B and A, and how far it is from column to column; the vector;
    // the nodes.
    int right, right_step, left, left_step, vector_noise, vector_step, nodes;
    // Where a recurrent block's states begin among those of a row; its other places.
    int states, state, state_stride, gate, gated, stream, stream_stride;
};
static_assert(sizeof(Op) == 112, "as in src/args.rs");

// An operation of a model with windows. `in` and `out` count bytes of a row's values; of WINDOWS, `in_stride` is that of what
// is brought together, `inputs` are those of a window, `outputs` those of a place.
struct Windowed {
    Op op;
    // What the window moves over, and the window: rows before columns, with the padding above and to the left.
    int rows, columns, channels;
    int kernel_rows, kernel_columns, down, across, above, left;
    // All places, and columns of them.
    int places, places_across;
    // Places that are brought together at once, and the threads that copy a row of one, a power of two.
    int at_once, lanes, unused;
};
static_assert(sizeof(Windowed) == 168, "as in src/args.rs");

// A row of a batch: whose noise, and what it reads.
struct Row {
    unsigned noise, input;
};

// A sample that members of a run with a guide are judged on.
struct Judged {
    // Its place among the records.
    unsigned sample;
    // The sum of the error times the base model's outputs: what a member's sum is compared with.
    int base;
};
static_assert(sizeof(Judged) == 8, "as in src/args.rs");

// Arguments of `forward_*`. Every field takes eight bytes.
struct Forward {
    const Op *ops;
    long long op_count;
    const signed char *parameters;
    // A word is 32 signs or 4 entries.
    const unsigned *noise;
    long long noise_words;
    const Row *rows;
    long long row_count;
    // Records of samples, or tokens.
    const unsigned char *inputs;
    // Bytes of a record; tokens between the starts of two inputs.
    long long input_stride;
    // Whether a row reads tokens.
    long long is_text;
    long long steps;
    // States before the first step, by input, and room for those after; values of a row's states, of which each block's
    // begin on eight bytes.
    const signed char *initial;
    signed char *states;
    long long state_len;
    // Whether the states before and the scores of all steps are kept.
    long long keep;
    int *scores;
    // Rows of a job: the second has the opposite sign.
    long long twins;
    long long rank;
    // Shifts of a sum over the rank, and of a vector's noise (negative: vectors stay as they are).
    long long left_shift, right_shift, vector_shift, embeddings_move;
    long long amplitude;
    // Largest size of a report.
    long long clip;
    // Where what is known of the rows begins in shared memory.
    long long notes;
    // Where the states behind all steps go, by row; or nothing.
    signed char *ends;
    // Where the rows' logits go, whole panels a row; or nothing.
    signed char *logits;
    // Samples that members are judged on, or nothing. Where there are any, the inputs of rows are places among
    // them, and the rows' scores are reports.
    const Judged *judged;
    // The errors there, whole panels each, with zeros behind the outputs.
    const signed char *errors;
    // What scores samples that nobody is judged on.
    long long loss;
    // Of models with windows: room for the values of every block's rows, or nothing where they lie in shared memory; bytes of a
    // row's; and where what lies under windows is brought together in shared memory.
    signed char *values;
    long long row_len, stage;
};
static_assert(sizeof(Forward) == 264, "as in src/args.rs");

// A run of entries of one tensor's stream that one thread draws: `count` times `rank`, from `first` on. Signs of inputs are
// spread: those of four that are read together are as far from each other as bytes.
struct Draw {
    unsigned tensor, first, count, rank, to, step, is_spread;
};
static_assert(sizeof(Draw) == 28, "as in src/args.rs");

// Arguments of `draw_*`. Every field takes eight bytes.
struct Drawing {
    const Draw *draws;
    long long draw_count;
    // Index of every member.
    const unsigned *members;
    long long member_count;
    unsigned *noise;
    long long noise_words;
    long long seed, generation;
};
static_assert(sizeof(Drawing) == 64, "as in src/args.rs");
