//! Service mode, seen from C1 and from the shell: the real program against a real gRPC server over TLS and a
//! fake `op`.

mod agent;
mod changes;
mod checks;
mod credentials;
mod doctor;
mod health;
#[cfg(unix)]
mod heartbeats;
mod ids;
#[cfg(unix)]
mod network;
mod once;
#[cfg(unix)]
mod outages;
mod polling;
mod reports;
mod schedules;
#[cfg(unix)]
mod soak;
mod startup;
#[cfg(unix)]
mod stop;
mod syncs;
mod uploads;
