//! The office's desk: keys, case file, sync, replies.
