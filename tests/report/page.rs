//! Takes the report's page apart.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// One section of findings: its rows, and what is said instead of rows or beside them.
pub struct Table {
    pub rows: Vec<Vec<String>>,
    pub remark: String,
}

/// The sections by id, with the rows that the page shows at a click.
pub fn tables(page: &str) -> BTreeMap<String, Table> {
    let more = &data(page)["rest"];
    let (_, findings) = page.split_once("<div id=\"findings\"").unwrap();
    let sections = findings.split("<section aria-labelledby=\"").skip(1);
    sections
        .map(|section| {
            let (id, rest) = section.split_once('"').unwrap();
            let (rest, _) = rest.split_once("</section>").unwrap();
            let rows = rest.split("<tbody>").nth(1).unwrap_or_default();
            let rows = rows.split("<tr>").skip(1).map(cells);
            let rows = rows.chain(more[id].as_array().into_iter().flatten().map(row));
            let remark = rest.split("<p>").nth(1).unwrap_or_default();
            let remark = remark.split("</p>").next().unwrap_or_default().to_owned();
            let table = Table {
                rows: rows.collect(),
                remark,
            };
            (id.to_owned(), table)
        })
        .collect()
}

/// The cells of a row: each a text, or a text and where that leads.
fn row(row: &Value) -> Vec<String> {
    let text = |cell: &Value| cell.as_str().or(cell[0].as_str()).unwrap().to_owned();
    row.as_array().unwrap().iter().map(text).collect()
}

fn cells(row: &str) -> Vec<String> {
    let cells = row.split("<bdi>").skip(1);
    cells
        .map(|cell| cell.split("</bdi>").next().unwrap().to_owned())
        .collect()
}

/// The figures at the head of the page, by name.
pub fn cards(page: &str) -> BTreeMap<String, String> {
    let cards = page.split("<strong>").skip(1);
    let parts = cards.map(|card| {
        let (number, rest) = card.split_once("</strong> ").unwrap();
        let name = rest.split("</a>").next().unwrap();
        (name.to_owned(), number.to_owned())
    });
    parts.collect()
}

/// What the matrix is drawn from.
pub fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

/// Principal type and id, vault, permission, path type and id, as the matrix has them.
pub fn lines(page: &str) -> BTreeSet<(String, String, String, String, String, String)> {
    let data = data(page);
    let list = |key: &str| data[key].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let kind = |row: &Value| {
        if row[5] == "project" {
            "project"
        } else {
            "user"
        }
    };
    let rows = list("rows").map(|row| (kind(row), text(&row[1])));
    let groups = list("groups").map(|group| ("group", text(&group[1])));
    let packed = STANDARD.decode(data["cells"].as_str().unwrap()).unwrap();
    let mut bytes = packed.into_iter();
    let mut next = || {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = usize::from(bytes.next().unwrap());
            value |= (byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    };
    let mut lines = BTreeSet::new();
    for (kind, id) in rows.chain(groups) {
        let mut vault = 0;
        for _ in 0..next() {
            vault += next();
            let ways = data["combinations"][next()].as_array().unwrap();
            for way in ways.chunks(2) {
                let path = &data["paths"][number(&way[0])];
                let by = match path[1] != "" {
                    true => "group".to_owned(),
                    false => text(&path[0]),
                };
                for slug in data["sets"][number(&way[1])].as_array().unwrap() {
                    lines.insert((
                        kind.to_owned(),
                        id.clone(),
                        text(&data["vaults"][vault][1]),
                        text(&data["permissions"][number(slug)][0]),
                        by.clone(),
                        text(&path[1]),
                    ));
                }
            }
            vault += 1;
        }
    }
    lines
}
