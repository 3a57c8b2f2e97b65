//! The names of operators.

/// The operators, as the schema's `BuiltinOperator` numbers them.
const NAMES: &[(i32, &str)] = &[
    (0, "ADD"),
    (1, "AVERAGE_POOL_2D"),
    (2, "CONCATENATION"),
    (3, "CONV_2D"),
    (4, "DEPTHWISE_CONV_2D"),
    (6, "DEQUANTIZE"),
    (9, "FULLY_CONNECTED"),
    (14, "LOGISTIC"),
    (17, "MAX_POOL_2D"),
    (18, "MUL"),
    (19, "RELU"),
    (20, "RELU_N1_TO_1"),
    (21, "RELU6"),
    (22, "RESHAPE"),
    (25, "SOFTMAX"),
    (28, "TANH"),
    (34, "PAD"),
    (39, "TRANSPOSE"),
    (40, "MEAN"),
    (41, "SUB"),
    (42, "DIV"),
    (43, "SQUEEZE"),
    (45, "STRIDED_SLICE"),
    (49, "SPLIT"),
    (50, "LOG_SOFTMAX"),
    (53, "CAST"),
    (54, "PRELU"),
    (56, "ARG_MAX"),
    (60, "PADV2"),
    (67, "TRANSPOSE_CONV"),
    (70, "EXPAND_DIMS"),
    (77, "SHAPE"),
    (83, "PACK"),
    (98, "LEAKY_RELU"),
    (102, "SPLIT_V"),
    (114, "QUANTIZE"),
    (117, "HARD_SWISH"),
    (126, "BATCH_MATMUL"),
    (129, "CALL_ONCE"),
    (142, "VAR_HANDLE"),
    (143, "READ_VARIABLE"),
    (144, "ASSIGN_VARIABLE"),
];

pub(super) fn name(code: i32) -> String {
    let found = NAMES.iter().find(|(number, _)| *number == code);
    found.map_or_else(|| format!("builtin operator {code}"), |(_, name)| (*name).to_owned())
}
