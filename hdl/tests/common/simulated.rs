//! How tests that need the models are declared: reported as ignored, by name, where Verilator is not
//! installed.

/// Tests, each with the expression that runs it.
macro_rules! simulated {
    ($($name:ident: $body:expr;)*) => {$(
        #[test]
        #[cfg_attr(not(verilator), ignore = "Verilator is not installed")]
        fn $name() {
            #[cfg(verilator)]
            $body;
        }
    )*};
}
