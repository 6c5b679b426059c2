//! The fuzz targets: one binary for each entry of `candor_decoders::TARGETS`.

pub use candor_decoders;
pub use libfuzzer_sys;

/// Declares the binary for the target of a name.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            static RUN: ::std::sync::LazyLock<fn(&[u8])> = ::std::sync::LazyLock::new(|| {
                $crate::candor_decoders::target($name).expect("a target of this name")
            });
            RUN(input);
        });
    };
}
