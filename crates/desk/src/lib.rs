//! The office's desk: keys, case file, sync, replies.

pub mod audience;
pub mod case;
pub mod case_file;
pub mod clean;
pub mod clock;
pub mod config;
pub mod desk;
pub mod failure;
pub mod guard;
pub mod home;
pub mod http;
pub mod keys;
pub mod opening;
pub mod outbox;
pub mod prompt;
pub mod published;
pub mod record;
pub mod recovery;
pub mod relay;
pub mod state;
pub mod setup;
pub mod sync;
pub mod text;
pub mod view;
pub mod attachments;
pub mod status;
