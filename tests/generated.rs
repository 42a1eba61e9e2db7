//! Keeps `src/baton/pb` equal to what `proto/` generates, without `protoc`.
//!
//! `BLESS=1 cargo test --test outside generated` writes the files anew.

use std::path::{Path, PathBuf};

const ROOTS: [&str; 6] = [
    "c1/connector/v2/annotation.proto",
    "c1/connector/v2/connector.proto",
    "c1/connector/v2/entitlement.proto",
    "c1/connector/v2/grant.proto",
    "c1/connector/v2/resource.proto",
    "c1/connectorapi/baton/v1/baton.proto",
];

/// What the product links: messages and the client.
fn product(into: &Path) {
    let mut config = tonic_prost_build::Config::new();
    config
        .btree_map(["."])
        .bytes([".c1.connectorapi.baton.v1.BatonServiceUploadAssetRequest.UploadData"])
        .enable_type_names()
        .type_name_domain(["."], "type.googleapis.com");
    builder()
        .build_server(false)
        .out_dir(into)
        .compile_fds_with_config(files(), config)
        .unwrap();
}

/// What only tests link: the server side, over the product's messages.
fn test_server(into: &Path) {
    let mut config = tonic_prost_build::Config::new();
    config.btree_map(["."]);
    builder()
        .build_client(false)
        .extern_path(".c1", "::baton_1password::baton::pb::c1")
        .extern_path(".google.rpc", "::baton_1password::baton::pb::google::rpc")
        .out_dir(into)
        .compile_fds_with_config(files(), config)
        .unwrap();
    std::fs::remove_file(into.join("google.rpc.rs")).ok();
}

fn builder() -> tonic_prost_build::Builder {
    tonic_prost_build::configure()
        .build_transport(false)
        .emit_rerun_if_changed(false)
}

fn files() -> prost_types::FileDescriptorSet {
    protox::compile(ROOTS, ["proto"]).expect("proto/ compiles")
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("mod.rs"))
        .collect();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(name).collect()
}

fn check(generate: fn(&Path), committed: &str) {
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    let committed = Path::new(committed);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(committed).unwrap();
        for file in rust_files(committed) {
            std::fs::remove_file(file).unwrap();
        }
        for file in rust_files(fresh.path()) {
            std::fs::copy(&file, committed.join(file.file_name().unwrap())).unwrap();
        }
    }
    let (ours, theirs) = (rust_files(committed), rust_files(fresh.path()));
    assert_eq!(names(&ours), names(&theirs), "set of generated files");
    assert!(!ours.is_empty());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!(
            std::fs::read(ours).unwrap() == std::fs::read(theirs).unwrap(),
            "{} is stale: run `BLESS=1 cargo test --test outside generated`",
            ours.display()
        );
    }
}

#[test]
fn committed_messages_are_what_proto_generates() {
    check(product, "src/baton/pb");
}

#[test]
fn committed_test_server_is_what_proto_generates() {
    check(test_server, "tests/support/pb");
}
