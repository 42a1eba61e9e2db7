//! What a written file looks like to zstd, SQLite and prost, without our reader.

use std::collections::BTreeSet;
use std::fs;

use baton_1password::baton::pb::v2;
use baton_1password::c1z::schema::TABLES;
use baton_1password::c1z::{SyncRun, SyncType};
use prost::Message;

use super::support::*;

/// `src/c1z/format.md`, Checklist 1, 2, 3: the first page is known last, and what is large has
/// frames of its own.
#[test]
fn the_envelope_is_magic_and_checked_frames() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    for (users, is_large) in [(0, false), (20_000, false), (66_000, true)] {
        sync(&path, full(0), users).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes[..5], [0x43, 0x31, 0x5A, 0x46, 0x00]);
        let mut rest = &bytes[5..];
        zstd::decode_all(rest).unwrap();
        let mut frames = Vec::new();
        while !rest.is_empty() {
            let size = zstd::zstd_safe::find_frame_compressed_size(rest).unwrap();
            let (frame, next) = rest.split_at(size);
            frames.push(frame);
            rest = next;
        }
        assert_eq!(frames[0][..4], 0x184D_2A50_u32.to_le_bytes(), "skippable");
        assert_eq!(
            zstd::decode_all(frames[1]).unwrap().len(),
            16_384,
            "one page"
        );
        assert_eq!(frames.len() > 3, is_large, "{users}: {}", frames.len());
        for frame in &frames[1..] {
            assert_eq!(frame[4] & 0b100, 0b100, "a checksum");
            assert_eq!(frame[4] & 0b011, 0, "no dictionary");
            let mut flipped = frame.to_vec();
            *flipped.last_mut().unwrap() ^= 1;
            assert!(
                zstd::decode_all(flipped.as_slice()).is_err(),
                "the checksum is checked"
            );
        }
        for frame in &frames[2..] {
            let window = 1_u64 << (10 + (frame[5] >> 3));
            assert!(window <= 16 << 20, "window {window}");
        }
        fs::remove_file(&path).unwrap();
    }
}

/// `src/c1z/format.md`, Checklist 4
#[test]
fn the_database_is_sound_utf8_without_a_log_or_free_pages() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 3_000).unwrap();
    let connection = database(&folder, &path);
    for (pragma, expected) in [
        ("integrity_check", "ok"),
        ("encoding", "UTF-8"),
        ("journal_mode", "delete"),
        ("freelist_count", "0"),
        ("auto_vacuum", "0"),
        ("user_version", "0"),
        ("application_id", "0"),
    ] {
        assert_eq!(
            rows(&connection, &format!("PRAGMA {pragma}")),
            [expected],
            "{pragma}"
        );
    }
}

/// `src/c1z/format.md`, Checklist 5
#[test]
fn seven_tables_with_the_columns_of_the_contract() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 1).unwrap();
    let connection = database(&folder, &path);
    let found = rows(
        &connection,
        "select t.name, c.name, lower(c.type), c.\"notnull\", c.dflt_value, c.pk
         from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'
         order by t.rowid, c.cid",
    );
    let expected = "\
v1_resource_types id:integer:pk external_id:text:! data:blob:! sync_id:text:! discovered_at:datetime:!
v1_resources id:integer:pk resource_type_id:text:! external_id:text:! parent_resource_type_id:text parent_resource_id:text data:blob:! sync_id:text:! discovered_at:datetime:!
v1_entitlements id:integer:pk resource_type_id:text:! resource_id:text:! external_id:text:! data:blob:! sync_id:text:! discovered_at:datetime:!
v1_sync_runs id:integer:pk sync_id:text:! started_at:datetime:! ended_at:datetime sync_token:text:! sync_type:text:!:'full' parent_sync_id:text:!:'' linked_sync_id:text:!:'' supports_diff:integer:!:0 grants_backfilled:integer:!:0 stats:text ingest_invariant_generation:text:!:'' ingest_invariant_coverage:text:!:'' ingest_invariant_mode:text:!:''
v1_grants id:integer:pk resource_type_id:text:! resource_id:text:! entitlement_id:text:! principal_resource_type_id:text:! principal_resource_id:text:! external_id:text:! expansion:blob needs_expansion:integer:!:0 data:blob:! sync_id:text:! discovered_at:datetime:!
v1_assets id:integer:pk external_id:text:! content_type:text:! data:blob:! sync_id:text:! discovered_at:datetime:!
v1_connector_sessions id:integer:pk sync_id:text:! key:text:! value:blob:!";
    let mut lines: Vec<String> = Vec::new();
    for line in expected.lines() {
        let mut words = line.split(' ');
        let table = words.next().unwrap();
        for word in words {
            let mut parts = word.split(':');
            let (name, declared) = (parts.next().unwrap(), parts.next().unwrap());
            let rest: Vec<&str> = parts.collect();
            let key = i32::from(rest == ["pk"]);
            let not_null = i32::from(rest.first() == Some(&"!"));
            let default = rest.get(1).unwrap_or(&"-");
            lines.push(format!(
                "{table}|{name}|{declared}|{not_null}|{default}|{key}"
            ));
        }
    }
    assert_eq!(found, lines);

    let described: Vec<String> = TABLES
        .iter()
        .flat_map(|table| {
            table
                .columns
                .iter()
                .map(move |c| format!("{}|{}", table.name, c.name))
        })
        .collect();
    let names = |line: &String| line.split('|').take(2).collect::<Vec<_>>().join("|");
    assert_eq!(found.iter().map(names).collect::<Vec<_>>(), described);
}

/// `src/c1z/format.md`, Checklist 6: the two swapped names on v1_resources included
#[test]
fn sixteen_indexes_with_the_names_of_the_contract() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 10).unwrap();
    let connection = database(&folder, &path);
    let found: BTreeSet<String> = rows(
        &connection,
        "select t.name, i.name, i.\"unique\", i.partial,
           (select group_concat(name, ',') from (select name from pragma_index_info(i.name) order by seqno))
         from sqlite_schema t, pragma_index_list(t.name) i where t.type = 'table'",
    )
    .into_iter()
    .collect();
    let expected = "\
v1_resource_types|idx_resource_types_external_sync_v1|1|0|external_id,sync_id
v1_resources|idx_resources_resource_type_id_v1|0|0|resource_type_id
v1_resources|idx_resources_external_sync_v1|0|0|parent_resource_type_id,parent_resource_id
v1_resources|idx_resources_parent_resource_id_v1|1|0|external_id,sync_id
v1_entitlements|idx_entitlements_resource_id_v1|0|0|resource_type_id,resource_id
v1_entitlements|idx_entitlements_external_sync_v1|1|0|external_id,sync_id
v1_sync_runs|idx_sync_runs_sync_id_v1|1|0|sync_id
v1_grants|idx_grants_resource_type_id_resource_id_v1|0|0|resource_type_id,resource_id
v1_grants|idx_grants_principal_id_v1|0|0|principal_resource_type_id,principal_resource_id
v1_grants|idx_grants_entitlement_id_principal_id_v1|0|0|entitlement_id,principal_resource_type_id,principal_resource_id
v1_grants|idx_grants_external_sync_v1|1|0|external_id,sync_id
v1_grants|idx_grants_entitlement_sync_grant_v1|0|0|entitlement_id,sync_id,id
v1_grants|idx_grants_sync_expansion_v1|0|1|sync_id
v1_grants|idx_grants_sync_needs_expansion_v1|0|1|sync_id
v1_assets|idx_assets_external_sync_v1|1|0|external_id,sync_id
v1_connector_sessions|idx_session_store_sync_key_v1|1|0|sync_id,key";
    assert_eq!(found, expected.lines().map(str::to_owned).collect());
    let predicates = rows(
        &connection,
        "select substr(sql, instr(sql, 'WHERE')) from sqlite_schema where sql like '%INDEX%WHERE%' order by name",
    );
    assert_eq!(
        predicates,
        ["WHERE expansion is not null", "WHERE needs_expansion = 1"]
    );
}

/// `src/c1z/format.md`, Checklist 8, 19, 20, 21
#[test]
fn the_sync_run_is_complete() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let new = sync_at("2026-11-23T22:11:23.120+05:30", 7, SyncType::Full);
    let written = sync(&path, new, 4).unwrap();
    let connection = database(&folder, &path);
    let run = rows(&connection, "select * from v1_sync_runs");
    let stats = concat!(
        r#"{"resource_types":4,"resources":7,"entitlements":2,"grants":5,"#,
        r#""resources_by_resource_type":{"account":1,"group":1,"user":4,"vault":1},"#,
        r#""entitlements_by_resource_type":{"group":1,"vault":1},"#,
        r#""grants_by_resource_type":{"vault":5}}"#,
    );
    let id = &written.sync_id;
    let time = "2026-11-23 16:41:23.12";
    assert_eq!(
        run,
        [format!(
            "1|{id}|{time}|{time}|{{\"version\":1}}|full|||1|1|{stats}|||"
        )]
    );
    assert_eq!(id.len(), 27);
    assert!(
        id.starts_with("3MW"),
        "the first characters are the time: {id}"
    );
    assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));

    for table in [
        "v1_resource_types",
        "v1_resources",
        "v1_entitlements",
        "v1_grants",
    ] {
        let sql = format!("select distinct sync_id, discovered_at from {table}");
        assert_eq!(rows(&connection, &sql), [format!("{id}|{time}")], "{table}");
        let sql = format!("select min(id), max(id) = count(*) from {table}");
        assert_eq!(rows(&connection, &sql), ["1|1"], "{table}");
    }
    assert_eq!(written.stats.grants, 5);
    assert_eq!(written.bytes, fs::metadata(&path).unwrap().len());
}

/// `src/c1z/format.md`, Checklist 21: supports_diff is 1 for expanded syncs only
#[test]
fn other_kinds_of_syncs_say_so() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let first = sync(&path, full(0), 1).unwrap().sync_id;
    sync(&path, new_sync(SyncType::ResourcesOnly, 1), 1).unwrap();
    sync(&path, new_sync(SyncType::Partial, 2), 1).unwrap();
    let connection = database(&folder, &path);
    let sql = "select id, sync_type, parent_sync_id, supports_diff from v1_sync_runs order by id";
    let expected = [
        "1|full||1".to_owned(),
        "2|resources_only||0".to_owned(),
        format!("3|partial|{first}|0"),
    ];
    assert_eq!(rows(&connection, sql), expected);
}

/// `src/c1z/format.md`, Checklist 15, 16, 17, 18
#[test]
fn records_agree_with_their_columns_and_have_one_encoding() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 50).unwrap();
    let connection = database(&folder, &path);
    let read = |sql: &str| -> Vec<(String, Vec<u8>)> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    fn same<M: Message + Default>(data: &[u8]) -> M {
        let message = M::decode(data).unwrap();
        assert_eq!(message.encode_to_vec(), data);
        message
    }
    for (external_id, data) in read("select external_id, data from v1_resource_types") {
        assert_eq!(same::<v2::ResourceType>(&data).id, external_id);
    }
    for (external_id, data) in read("select external_id, data from v1_resources") {
        let id = same::<v2::Resource>(&data).id.unwrap();
        assert_eq!(format!("{}:{}", id.resource_type, id.resource), external_id);
    }
    for (external_id, data) in read("select external_id, data from v1_entitlements") {
        assert_eq!(same::<v2::Entitlement>(&data).id, external_id);
    }
    let grants = read("select external_id, data from v1_grants");
    assert_eq!(grants.len(), 51);
    for (external_id, data) in grants {
        let grant = same::<v2::Grant>(&data);
        assert_eq!(grant.id, external_id);
        assert!(!grant.entitlement.unwrap().id.is_empty());
        assert!(grant.principal.unwrap().id.is_some());
        let expandable = |any: &prost_types::Any| any.type_url.ends_with("GrantExpandable");
        assert!(!grant.annotations.iter().any(expandable));
    }
    let expandable = rows(
        &connection,
        "select principal_resource_id, hex(expansion), needs_expansion from v1_grants
         where expansion is not null or needs_expansion <> 0",
    );
    let bytes = v2::GrantExpandable {
        entitlement_ids: vec!["group:G1:member".to_owned()],
        shallow: true,
        resource_type_ids: vec!["user".to_owned()],
    };
    let hex: String = bytes
        .encode_to_vec()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    assert_eq!(expandable, [format!("G1|{hex}|1")]);
    let roots = rows(
        &connection,
        "select external_id from v1_resources where parent_resource_id is null and parent_resource_type_id is null",
    );
    assert_eq!(roots, ["account:A1"]);
}

#[test]
fn the_same_sync_makes_the_same_bytes() {
    let folder = Folder::new();
    let (one, two) = (folder.file("one.c1z"), folder.file("two.c1z"));
    sync(&one, full(0), 2_000).unwrap();
    sync(&two, full(0), 2_000).unwrap();
    assert!(fs::read(one).unwrap() == fs::read(two).unwrap());
}

/// `src/c1z/format.md`, Checklist 20, in UTC whatever the zone of the machine. This runs itself
/// again with TZ set, because the environment of a running program must not change.
#[test]
fn times_are_utc_in_every_zone() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "c1z::format::writes_now_into_the_file_named_by_the_environment",
            "--ignored",
        ])
        .env("TZ", "Asia/Kathmandu")
        .env("C1Z_TEST_FILE", &path)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
    let now = jiff::Timestamp::now().as_second();
    let connection = database(&folder, &path);
    let times = "select started_at from v1_sync_runs union select ended_at from v1_sync_runs
        union select discovered_at from v1_grants union select discovered_at from v1_resources";
    for time in rows(&connection, times) {
        let moment: jiff::Timestamp = format!("{}Z", time.replace(' ', "T")).parse().unwrap();
        assert!((now - 60..=now).contains(&moment.as_second()), "{time}");
    }
}

#[test]
#[ignore = "the other half of times_are_utc_in_every_zone"]
fn writes_now_into_the_file_named_by_the_environment() {
    let path = std::env::var_os("C1Z_TEST_FILE").unwrap();
    sync(path.as_ref(), SyncRun::new(SyncType::Full).unwrap(), 1).unwrap();
}
