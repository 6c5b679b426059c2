//! The reporter's client: burst, filing, return.
