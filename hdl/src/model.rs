//! A simulated model, which C++ made and owns.

#![allow(unsafe_code, reason = "calls of the functions that Verilator's C++ exports")]

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// What C++ has of one kind of model.
pub(crate) struct Functions<In, Out> {
    pub(crate) new: unsafe extern "C" fn() -> *mut c_void,
    pub(crate) free: unsafe extern "C" fn(*mut c_void),
    pub(crate) clock: unsafe extern "C" fn(*mut c_void, *const In, *mut Out),
}

/// A model that C++ made.
pub(crate) struct Model<In: 'static, Out: 'static> {
    functions: &'static Functions<In, Out>,
    place: NonNull<c_void>,
    owned: PhantomData<(In, Out)>,
}

// SAFETY: a model shares nothing with others (each has its own Verilator context) and is bound to no thread.
unsafe impl<In, Out> Send for Model<In, Out> {}

impl<In, Out: Default> Model<In, Out> {
    pub(crate) fn new(functions: &'static Functions<In, Out>) -> Self {
        // SAFETY: takes nothing, and returns what `free` and `clock` of the same functions take.
        let place = unsafe { (functions.new)() };
        let place = NonNull::new(place).expect("C++'s new returns no null");
        Self { functions, place, owned: PhantomData }
    }

    /// One clock cycle; returns the outputs before its edge.
    pub(crate) fn clock(&mut self, input: &In) -> Out {
        let mut out = Out::default();
        // SAFETY: `place` is alive and of these functions; both structures have the layout that the shim
        // declares.
        unsafe { (self.functions.clock)(self.place.as_ptr(), input, &mut out) };
        out
    }
}

impl<In, Out> Drop for Model<In, Out> {
    fn drop(&mut self) {
        // SAFETY: made by `new` of the same functions, and not freed before.
        unsafe { (self.functions.free)(self.place.as_ptr()) };
    }
}

/// Declares the C++ functions of models and a table of them for each.
macro_rules! models {
    ($input:ty, $output:ty; $($table:ident: $new:ident, $free:ident, $clock:ident;)*) => {
        #[allow(unsafe_code, reason = "the functions that Verilator's C++ exports, which `Model` calls")]
        unsafe extern "C" {
            $(
                fn $new() -> *mut std::ffi::c_void;
                fn $free(model: *mut std::ffi::c_void);
                fn $clock(model: *mut std::ffi::c_void, input: *const $input, out: *mut $output);
            )*
        }
        $(static $table: crate::model::Functions<$input, $output> =
            crate::model::Functions { new: $new, free: $free, clock: $clock };)*
    };
}
pub(crate) use models;
