//! Settings of the OpenTelemetry export (contract cli §10).

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::choices::Check;
use super::{CollectorTls, Telemetry, file};

/// The export, when a collector is named and anything is to be sent; without a collector the other
/// options mean nothing.
pub(super) fn of(check: &mut Check<'_>) -> Option<Telemetry> {
    let flags = &check.inputs.flags.telemetry;
    let endpoint = flags
        .otel_collector_endpoint
        .clone()
        .filter(|endpoint| !endpoint.is_empty())?;
    let (traces, logs) = (!flags.otel_tracing_disabled, !flags.otel_logging_disabled);
    let tls = tls(check);
    (traces || logs).then_some(Telemetry {
        endpoint,
        tls,
        traces,
        logs,
    })
}

fn tls(check: &mut Check<'_>) -> CollectorTls {
    const PATH: &str = "otel-collector-endpoint-tls-cert-path";
    const TEXT: &str = "otel-collector-endpoint-tls-cert";
    let flags = &check.inputs.flags.telemetry;
    if flags.otel_collector_endpoint_tls_insecure {
        return CollectorTls::Plaintext;
    }
    let path = flags.otel_collector_endpoint_tls_cert_path.clone();
    let text = flags.otel_collector_endpoint_tls_cert.clone();
    let filled = |text: &String| !text.is_empty();
    let (name, shown, pem) = match (path.filter(filled), text.filter(filled)) {
        (None, None) => return CollectorTls::System,
        (Some(_), Some(_)) => {
            let (one, other) = (check.inputs.origin(PATH), check.inputs.origin(TEXT));
            check
                .findings
                .push(format!("give only one of {one} and {other}"));
            return CollectorTls::System;
        }
        (Some(path), None) => match file::text(Path::new(&path)) {
            Ok(pem) => (PATH, path, Some(pem)),
            Err(error) => {
                check.refuse(PATH, path, error);
                return CollectorTls::System;
            }
        },
        (None, Some(text)) => (TEXT, "…".to_owned(), pem_of(&text)),
    };
    match pem.filter(|pem| pem.contains("-----BEGIN CERTIFICATE-----")) {
        Some(pem) => CollectorTls::Authority(pem),
        None => {
            check.refuse(name, shown, "it holds no PEM certificate");
            CollectorTls::System
        }
    }
}

/// PEM as it is, or as base64url without padding, which is the Go connector's spelling.
fn pem_of(text: &str) -> Option<String> {
    if text.contains("-----BEGIN") {
        return Some(text.to_owned());
    }
    let bytes = URL_SAFE_NO_PAD
        .decode(text.trim().trim_end_matches('='))
        .ok()?;
    String::from_utf8(bytes).ok()
}
