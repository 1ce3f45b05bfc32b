//! What the patterns use of [`::std::sync::atomic`], all of it sequentially consistent. Not
//! shuttle's, which let others go on while a panic unwinds.

use ::std::sync::atomic;

#[doc(no_inline)]
pub use ::std::sync::atomic::Ordering;

use crate::model::kernel::switch;

macro_rules! atomics {
    ($($name:ident($value:ty): $($change:ident),*;)+) => {$(
        #[doc = concat!("As [`::std::sync::atomic::", stringify!($name), "`].")]
        #[derive(Debug, Default)]
        pub struct $name(atomic::$name);

        impl $name {
            pub const fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }

            pub fn load(&self, _: Ordering) -> $value {
                switch();
                self.0.load(Ordering::SeqCst)
            }

            pub fn store(&self, value: $value, _: Ordering) {
                switch();
                self.0.store(value, Ordering::SeqCst);
            }

            pub fn into_inner(self) -> $value {
                self.0.into_inner()
            }

            $(
                #[doc = concat!("As [`::std::sync::atomic::", stringify!($name), "::",
                    stringify!($change), "`].")]
                pub fn $change(&self, value: $value, _: Ordering) -> $value {
                    switch();
                    self.0.$change(value, Ordering::SeqCst)
                }
            )*
        }
    )+};
}

atomics! {
    AtomicBool(bool): swap;
    AtomicU64(u64): swap, fetch_add, fetch_sub, fetch_max, fetch_min;
    AtomicUsize(usize): swap, fetch_add, fetch_sub, fetch_max, fetch_min;
}
