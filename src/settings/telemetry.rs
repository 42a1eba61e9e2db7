//! Settings of the OpenTelemetry export.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::check::Check;
use super::sources::without_user;
use super::{CollectorTls, Telemetry, file, words};

/// The export, when a collector is named and anything is to be sent; without a collector the other
/// options mean nothing.
pub(super) fn of(check: &mut Check<'_>) -> Option<Telemetry> {
    let flags = &check.inputs.flags;
    let endpoint = endpoint(check, flags.otel_collector_endpoint.as_deref()?);
    let (traces, logs) = (!flags.otel_tracing_disabled, !flags.otel_logging_disabled);
    let tls = tls(check);
    (traces || logs).then_some(Telemetry {
        endpoint,
        tls,
        traces,
        logs,
    })
}

/// The collector's host and port; a scheme in front says nothing, for other settings choose TLS.
fn endpoint(check: &mut Check<'_>, address: &str) -> String {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let host = host.trim_end_matches('/');
    let authority = host.parse::<http::uri::Authority>();
    if host.contains('@') || !authority.is_ok_and(|parsed| !parsed.host().is_empty()) {
        let reason = "use host:port, without user and password";
        check.refuse("otel-collector-endpoint", without_user(address), reason);
    }
    host.to_owned()
}

fn tls(check: &mut Check<'_>) -> CollectorTls {
    const PATH: &str = "otel-collector-endpoint-tls-cert-path";
    const TEXT: &str = "otel-collector-endpoint-tls-cert";
    let inputs = check.inputs;
    if inputs.flags.otel_collector_endpoint_tls_insecure {
        return CollectorTls::Plaintext;
    }
    let (name, value, pem) = match (inputs.text(PATH), inputs.text(TEXT)) {
        (None, None) => return CollectorTls::System,
        (Some(_), Some(_)) => {
            check.clash(&[PATH, TEXT]);
            return CollectorTls::System;
        }
        (Some(path), None) => match file::text(&words::path(path)) {
            Ok(pem) => (PATH, path, Some(pem)),
            Err(error) => {
                check.refuse(PATH, path, error);
                return CollectorTls::System;
            }
        },
        (None, Some(text)) => (TEXT, "…", pem_of(text)),
    };
    match pem.filter(|pem| pem.contains("-----BEGIN CERTIFICATE-----")) {
        Some(pem) => CollectorTls::Authority(pem),
        None => {
            check.refuse(name, value, "it holds no PEM certificate");
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
