//! The kernels' text: what NVRTC compiles, a single file.

/// Files in the order in which they need each other; the kernels come last. `shim/kernels.cpp` has the same
/// order, with its own instructions.
const FILES: [(&str, &str); 17] = [
    ("args.cuh", include_str!("../kernels/args.cuh")),
    ("intrinsics.cuh", include_str!("../kernels/intrinsics.cuh")),
    ("arithmetic.cuh", include_str!("../kernels/arithmetic.cuh")),
    ("noise.cuh", include_str!("../kernels/noise.cuh")),
    ("members.cuh", include_str!("../kernels/members.cuh")),
    ("tile.cuh", include_str!("../kernels/tile.cuh")),
    ("rows.cuh", include_str!("../kernels/rows.cuh")),
    ("inner.cuh", include_str!("../kernels/inner.cuh")),
    ("products.cuh", include_str!("../kernels/products.cuh")),
    ("outputs.cuh", include_str!("../kernels/outputs.cuh")),
    ("linear.cuh", include_str!("../kernels/linear.cuh")),
    ("forward.cu", include_str!("../kernels/forward.cu")),
    ("windows.cuh", include_str!("../kernels/windows.cuh")),
    ("channels.cuh", include_str!("../kernels/channels.cuh")),
    ("windows.cu", include_str!("../kernels/windows.cu")),
    ("credit.cu", include_str!("../kernels/credit.cu")),
    ("busy.cu", include_str!("../kernels/busy.cu")),
];

/// All files, each line known by the file that it is from.
pub(super) fn joined() -> String {
    FILES.iter().map(|(name, text)| format!("#line 1 \"{name}\"\n{text}\n")).collect()
}
