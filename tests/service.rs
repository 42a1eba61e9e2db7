//! Service mode, seen from C1 and from the shell: the real program against a real gRPC server over TLS and a
//! fake `op`.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

#[path = "support/c1_server.rs"]
mod c1_server;
#[path = "support/records.rs"]
mod records;
mod support;

#[path = "service/agent.rs"]
mod agent;
#[path = "service/changes.rs"]
mod changes;
#[path = "service/checks.rs"]
mod checks;
#[path = "service/credentials.rs"]
mod credentials;
#[path = "service/doctor.rs"]
mod doctor;
#[path = "service/health.rs"]
mod health;
#[path = "service/heartbeats.rs"]
mod heartbeats;
#[path = "service/ids.rs"]
mod ids;
#[path = "service/network.rs"]
mod network;
#[path = "service/once.rs"]
mod once;
#[path = "service/outages.rs"]
mod outages;
#[path = "service/polling.rs"]
mod polling;
#[path = "service/reports.rs"]
mod reports;
#[path = "service/schedules.rs"]
mod schedules;
#[path = "service/soak.rs"]
mod soak;
#[path = "service/startup.rs"]
mod startup;
#[path = "service/stop.rs"]
mod stop;
#[path = "service/syncs.rs"]
mod syncs;
#[path = "service/uploads.rs"]
mod uploads;
