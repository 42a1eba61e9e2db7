//! Service mode, seen from C1 and from the shell: the real program against a real gRPC server over
//! TLS and a fake `op`.

mod agent;
mod changes;
mod checks;
mod credentials;
mod doctor;
mod health;
mod heartbeats;
mod ids;
mod network;
mod once;
mod outages;
mod polling;
mod reports;
mod schedules;
mod soak;
mod startup;
mod stop;
mod syncs;
mod uploads;
