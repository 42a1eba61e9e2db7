//! Settings of the OpenTelemetry export.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opentelemetry_otlp::tonic_types::transport::{Certificate, ClientTlsConfig};

use super::check::Check;
use super::sources::without_user;
use super::{Telemetry, file};

/// The export, when anything is to be sent; without a collector the other options mean nothing.
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

/// Whom TLS trusts; none is talk without it.
fn tls(check: &mut Check<'_>) -> Option<ClientTlsConfig> {
    const PATH: &str = "otel-collector-endpoint-tls-cert-path";
    const TEXT: &str = "otel-collector-endpoint-tls-cert";
    let inputs = check.inputs;
    if inputs.flags.otel_collector_endpoint_tls_insecure {
        return None;
    }
    let tls = ClientTlsConfig::new();
    let (name, value, pem) = match (inputs.path(PATH), inputs.text(TEXT)) {
        (None, None) => return Some(tls.with_native_roots()),
        (Some(_), Some(_)) => {
            check.clash(&[PATH, TEXT]);
            return None;
        }
        (Some(path), None) => (PATH, path.display().to_string(), file::text(path.as_ref())),
        (None, Some(text)) => (TEXT, "…".to_owned(), Ok(pem_of(text).unwrap_or_default())),
    };
    match pem {
        Ok(pem) if pem.contains("-----BEGIN CERTIFICATE-----") => {
            return Some(tls.ca_certificate(Certificate::from_pem(pem)));
        }
        Ok(_) => check.refuse(name, value, "it holds no PEM certificate"),
        Err(error) => check.refuse(name, value, error),
    }
    None
}

/// PEM as it is, or as base64url without padding, which is the Go connector's spelling.
fn pem_of(text: &str) -> Option<String> {
    if text.contains("-----BEGIN") {
        return Some(text.to_owned());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('='));
    String::from_utf8(bytes.ok()?).ok()
}
