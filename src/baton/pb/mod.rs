//! Protobuf messages, generated from `proto/` by `tests/generated.rs` and committed.
//!
//! Nothing here is written by hand: change `proto/`, then run
//! `BLESS=1 cargo test --test outside generated`. Lints are off for this module alone.
#![allow(clippy::all, clippy::pedantic, missing_docs, rustdoc::all, unreachable_pub)]

/// Package `c1`.
pub mod c1 {
    /// Package `c1.connector`.
    pub mod connector {
        /// Package `c1.connector.v2`: resources, entitlements, grants.
        pub mod v2 {
            include!("c1.connector.v2.rs");
        }
    }
    /// Package `c1.connectorapi`.
    pub mod connectorapi {
        /// Package `c1.connectorapi.baton`.
        pub mod baton {
            /// Package `c1.connectorapi.baton.v1`: the task service.
            pub mod v1 {
                include!("c1.connectorapi.baton.v1.rs");
            }
        }
    }
}

/// Package `google`.
pub mod google {
    /// Package `google.rpc`.
    pub mod rpc {
        include!("google.rpc.rs");
    }
}

pub use c1::connector::v2;
pub use c1::connectorapi::baton::v1 as api;
