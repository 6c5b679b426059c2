//! The relay's store: a journal with a disposable index.
