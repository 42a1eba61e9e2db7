//! Made-up tenants of any size, as canned answers of `op`. The same seed gives the same tenant.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// How large a tenant is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub users: usize,
    pub groups: usize,
    /// Users in each group.
    pub members: usize,
    pub vaults: usize,
    /// Users with access of their own to each vault.
    pub vault_users: usize,
    /// Groups with access to each vault.
    pub vault_groups: usize,
}

/// In the order in which answers list them.
const PERMISSIONS: [&str; 12] = [
    "view_items",
    "create_items",
    "edit_items",
    "archive_items",
    "delete_items",
    "view_and_copy_passwords",
    "view_item_history",
    "import_items",
    "export_items",
    "copy_and_share_items",
    "print_items",
    "manage_vault",
];

/// SplitMix64: small, and good enough to spread people over vaults.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// `count` different numbers below `limit`.
    fn some(&mut self, count: usize, limit: usize) -> Vec<usize> {
        let mut chosen = Vec::with_capacity(count);
        while chosen.len() < count.min(limit) {
            let one = self.below(limit);
            if !chosen.contains(&one) {
                chosen.push(one);
            }
        }
        chosen
    }

    /// 26 characters as 1Password's ids have them.
    fn id(&mut self, alphabet: &[u8; 32]) -> String {
        let character = |_| char::from(alphabet[self.below(32)]);
        (0..26).map(character).collect()
    }

    /// Rather more than half of the permissions.
    fn permissions(&mut self) -> String {
        let held = PERMISSIONS.into_iter().filter(|_| self.below(1000) < 538);
        held.map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(",")
    }
}

/// Writes the tenant's answers into `folder`; returns how many calls of `op` a sync needs.
pub fn write(folder: &Path, size: &Size, seed: u64) -> usize {
    let mut random = Random(seed);
    let upper = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let lower = b"abcdefghijklmnopqrstuvwxyz234567";
    let users: Vec<String> = (0..size.users)
        .map(|i| {
            let id = random.id(upper);
            format!(
                "\"id\": \"{id}\", \"name\": \"Person Number {i}\", \
                 \"email\": \"person.{i}@bench.example\", \"type\": \"MEMBER\", \"state\": \"ACTIVE\""
            )
        })
        .collect();
    let groups: Vec<(String, String)> = (0..size.groups)
        .map(|i| {
            let id = random.id(lower);
            let row = format!(
                "\"id\": \"{id}\", \"name\": \"Group {i}\", \"description\": \"\", \
                 \"state\": \"ACTIVE\", \"created_at\": \"2025-07-15T20:33:43Z\""
            );
            (id, row)
        })
        .collect();
    let file = |name: &str, rows: &mut dyn Iterator<Item = String>| {
        let mut file = BufWriter::new(File::create(folder.join(name)).unwrap());
        let rows: Vec<String> = rows.map(|row| format!("{{{row}}}")).collect();
        write!(file, "[\n{}\n]\n", rows.join(",\n")).unwrap();
    };
    file("user_list.json", &mut users.iter().cloned());
    file(
        "group_list.json",
        &mut groups.iter().map(|(_, row)| row.clone()),
    );
    let account = r#"{"id": "BENCHACCOUNT0000000000000A", "name": "Bench", "type": "BUSINESS"}"#;
    std::fs::write(folder.join("account_get.json"), account).unwrap();
    for none in [
        "connect_server_list",
        "connect_token_list",
        "vault_list_--permission=manage_vault",
    ] {
        file(&format!("{none}.json"), &mut std::iter::empty());
    }
    for (id, _) in &groups {
        let members = random.some(size.members, size.users);
        let role = |i: usize| if i == 0 { "MANAGER" } else { "MEMBER" };
        let rows = members.iter().enumerate();
        let mut rows = rows.map(|(i, &user)| format!("{}, \"role\": \"{}\"", users[user], role(i)));
        file(&format!("group_user_list_{id}.json"), &mut rows);
    }
    let vaults: Vec<String> = (0..size.vaults).map(|_| random.id(lower)).collect();
    for id in &vaults {
        let direct = random.some(size.vault_users, size.users);
        let rows: Vec<String> = direct
            .into_iter()
            .map(|user| {
                format!(
                    "{}, \"permissions\": [{}]",
                    users[user],
                    random.permissions()
                )
            })
            .collect();
        file(&format!("vault_user_list_{id}.json"), &mut rows.into_iter());
        let through = random.some(size.vault_groups, size.groups);
        let rows: Vec<String> = through
            .into_iter()
            .map(|group| {
                format!(
                    "{}, \"permissions\": [{}]",
                    groups[group].1,
                    random.permissions()
                )
            })
            .collect();
        file(
            &format!("vault_group_list_{id}.json"),
            &mut rows.into_iter(),
        );
    }
    let mut rows = vaults.iter().enumerate().map(|(i, id)| {
        format!("\"id\": \"{id}\", \"name\": \"Vault {i}\", \"content_version\": {i}")
    });
    file("vault_list.json", &mut rows);
    7 + size.groups + 2 * size.vaults
}
