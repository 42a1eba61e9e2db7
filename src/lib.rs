//! baton-1password: who can reach which 1Password vault, as a c1z file.
pub mod backoff;
pub mod baton;
pub mod c1;
pub mod c1z;
pub mod cli;
pub mod commands;
pub mod connector;
pub mod exit;
mod files;
pub mod notice;
pub mod op;
pub mod provision;
pub mod report;
pub mod secret;
pub mod service;
pub mod sync;
pub mod text;
