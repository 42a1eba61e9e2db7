//! Settings of the OpenTelemetry export.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::check::Check;
use super::sources::without_user;
use super::{CollectorTls, Telemetry, file, words};

/// The export, when a collector is named and anything is to be sent; without a collector the other
/// options mean nothing.
pub(super) fn of(check: &mut Check<'_>) -> Option<Telemetry> {
    let inputs = check.inputs;
    let flags = &inputs.flags;
    let given = flags.otel_collector_endpoint.as_deref();
    let endpoint = endpoint(check, given.filter(|endpoint| !endpoint.is_empty())?);
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
fn endpoint(check: &mut Check<'_>, given: &str) -> String {
    let host = given.split_once("://").map_or(given, |(_, host)| host);
    let host = host.trim_end_matches('/');
    let known = host.parse::<http::uri::Authority>();
    if host.contains('@') || !known.is_ok_and(|known| !known.host().is_empty()) {
        let reason = "use host:port, without user and password";
        check.refuse("otel-collector-endpoint", without_user(given), reason);
    }
    host.to_owned()
}

fn tls(check: &mut Check<'_>) -> CollectorTls {
    const PATH: &str = "otel-collector-endpoint-tls-cert-path";
    const TEXT: &str = "otel-collector-endpoint-tls-cert";
    let flags = &check.inputs.flags;
    if flags.otel_collector_endpoint_tls_insecure {
        return CollectorTls::Plaintext;
    }
    let path = flags.otel_collector_endpoint_tls_cert_path.clone();
    let text = flags.otel_collector_endpoint_tls_cert.clone();
    let filled = |text: &String| !text.is_empty();
    let (name, shown, pem) = match (path.filter(filled), text.filter(filled)) {
        (None, None) => return CollectorTls::System,
        (Some(_), Some(_)) => {
            check.clash(&[PATH, TEXT]);
            return CollectorTls::System;
        }
        (Some(path), None) => match file::text(&words::path(&path)) {
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
