//! Models with the shapes of MLPerf Tiny's benchmarks (Banbury et al. 2021, arXiv:2106.07597).

/// Names, and what they stand for.
pub(super) const NAMES: [(&str, &str); 4] = [
    ("ds-cnn", "conv:49x10x1/c64k10x4s2/dwk3/c64k1/dwk3/c64k1/dwk3/c64k1/dwk3/c64k1/gap/12+bias"),
    (
        "resnet-8",
        "conv:32x32x3/c16k3/[c16k3/c16k3]/[c32k3s2/c32k3|c32k1s2]/[c64k3s2/c64k3|c64k1s2]/gap/10+bias",
    ),
    (
        "mobilenet-v1-0.25",
        "conv:96x96x3/c8k3s2/dwk3/c16k1/dwk3s2/c32k1/dwk3/c32k1/dwk3s2/c64k1/dwk3/c64k1/dwk3s2/c128k1/dwk3/c128k1/\
         dwk3/c128k1/dwk3/c128k1/dwk3/c128k1/dwk3/c128k1/dwk3s2/c256k1/dwk3/c256k1/gap/2+bias",
    ),
    ("dense-autoencoder", "640-128-128-128-128-8-128-128-128-128-640+bias"),
];
