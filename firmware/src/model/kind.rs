use super::Layer;

impl Layer {
    /// What kind it is, in a word or two, with its article: for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "a dense layer",
            Self::Embedding { .. } => "an embedding",
            Self::Block { .. } | Self::ReluBlock { .. } => "a recurrent block",
            Self::Norm { .. } => "a norm",
            #[cfg(feature = "convolution")]
            Self::Conv { .. } => "a convolution",
            #[cfg(feature = "convolution")]
            Self::Depthwise { .. } => "a depthwise convolution",
            #[cfg(feature = "convolution")]
            Self::Pool { .. } => "a pool",
            #[cfg(feature = "convolution")]
            Self::Fork { .. } | Self::Shortcut { .. } | Self::Join { .. } => "a part of a residual block",
            Self::Front { .. } => "a frozen front",
        }
    }
}
