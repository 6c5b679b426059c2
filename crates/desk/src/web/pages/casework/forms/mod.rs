//! The fields of each form.

pub mod leaders;
pub mod people;
pub mod sorting;
pub mod steps;
pub mod work;
