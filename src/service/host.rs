//! What Hello tells of this host and build; no field may be empty (`src/c1/protocol.md`, Hello).

use std::fs;
use std::path::Path;

use crate::baton::pb::api::BatonServiceHelloRequest;
use crate::baton::pb::api::baton_service_hello_request::{BuildInfo, OsInfo};
use crate::connector::capabilities;

/// The host's name, the system's release and the kind of machine; what is not known is empty.
#[cfg(unix)]
fn system() -> [String; 3] {
    let names = rustix::system::uname();
    let texts = [names.nodename(), names.release(), names.machine()];
    texts.map(|text| text.to_string_lossy().into_owned())
}

#[cfg(windows)]
fn system() -> [String; 3] {
    use winapi_util::sysinfo::{ComputerNameKind, get_computer_name};
    let host = get_computer_name(ComputerNameKind::PhysicalDnsHostname).unwrap_or_default();
    let version = windows_version::OsVersion::current();
    let (major, minor, build) = (version.major, version.minor, version.build);
    [
        host.to_string_lossy().into_owned(),
        format!("{major}.{minor}.{build}"),
        std::env::consts::ARCH.to_owned(),
    ]
}

/// Longest text that the service takes, in characters.
const LIMIT: usize = 256;

/// The host's name, or `baton-sdk` where it has none.
pub fn default_host_id() -> String {
    let [host, ..] = system();
    or(host, "baton-sdk")
}

/// The Hello of this process, for a task or for none (`""`); C1's client fills in the host id.
pub(super) fn hello(task_id: &str) -> BatonServiceHelloRequest {
    BatonServiceHelloRequest {
        task_id: task_id.to_owned(),
        build_info: Some(BuildInfo {
            // The compiler's version is not known at run time; the oldest that builds this is.
            lang_version: concat!("rust", env!("CARGO_PKG_RUST_VERSION")).to_owned(),
            package: env!("CARGO_PKG_NAME").to_owned(),
            package_version: env!("CARGO_PKG_VERSION").to_owned(),
        }),
        os_info: Some(os_info(&read("/etc/os-release"))),
        connector_metadata: Some(capabilities::metadata()),
        ..Default::default()
    }
}

/// The description of the system; `release` is the text of `/etc/os-release`.
fn os_info(release: &str) -> OsInfo {
    let [host, kernel, machine] = system();
    let field = |name: &str| {
        let mut lines = release.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let value = value.unwrap_or_default();
        value.trim_matches(['"', '\'']).to_owned()
    };
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let kernel_version = or(kernel, "unknown");
    let platform = or(field("ID"), os);
    let families = field("ID_LIKE");
    let family = families.split_whitespace().next().unwrap_or_default();
    OsInfo {
        hostname: or(host, "unknown"),
        os: os.to_owned(),
        platform_family: or(family.to_owned(), &platform),
        platform,
        platform_version: or(field("VERSION_ID"), &kernel_version),
        kernel_version,
        kernel_arch: or(machine, std::env::consts::ARCH),
        virtualization_system: virtualization().to_owned(),
    }
}

/// What this system runs in, as far as a look at well-known files tells.
fn virtualization() -> &'static str {
    if Path::new("/.dockerenv").exists() {
        return "docker";
    }
    if Path::new("/run/.containerenv").exists() {
        return "podman";
    }
    match read("/sys/class/dmi/id/sys_vendor").trim() {
        "QEMU" | "Amazon EC2" | "Google" | "DigitalOcean" => "kvm",
        "VMware, Inc." => "vmware",
        "Microsoft Corporation" => "hyperv",
        "Xen" => "xen",
        _ => "none",
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The text, cut to what the service takes, or the other one when it is empty.
fn or(text: String, otherwise: &str) -> String {
    let text: String = text.chars().take(LIMIT).collect();
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn fields(info: OsInfo) -> [String; 8] {
        let OsInfo {
            hostname,
            os,
            platform,
            platform_version,
            platform_family,
            kernel_version,
            kernel_arch,
            virtualization_system,
        } = info;
        [
            hostname,
            os,
            platform,
            platform_version,
            platform_family,
            kernel_version,
            kernel_arch,
            virtualization_system,
        ]
    }

    /// `src/c1/protocol.md`, Hello
    #[test]
    fn no_field_is_ever_empty() {
        for release in [
            "",
            "ID=\nVERSION_ID=\"\"",
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"",
        ] {
            for field in fields(os_info(release)) {
                assert!(!field.is_empty() && field.chars().count() <= LIMIT);
            }
        }
    }

    #[test]
    fn the_release_file_names_platform_family_and_version() {
        let info = os_info("NAME=x\nID=centos\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"9\"\n");
        assert_eq!(
            (
                &*info.platform,
                &*info.platform_family,
                &*info.platform_version
            ),
            ("centos", "rhel", "9")
        );
    }
}
