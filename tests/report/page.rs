//! Takes the report's page apart.

use std::collections::BTreeMap;

use serde_json::Value;

/// One section of findings: its rows, and what is said instead of rows or beside them.
pub struct Table {
    pub rows: Vec<Vec<String>>,
    pub remark: String,
}

/// The sections by id.
pub fn tables(page: &str) -> BTreeMap<String, Table> {
    let (_, findings) = page.split_once("<div id=\"findings\"").unwrap();
    let sections = findings.split("<section aria-labelledby=\"").skip(1);
    sections
        .map(|section| {
            let (id, rest) = section.split_once('"').unwrap();
            let (rest, _) = rest.split_once("</section>").unwrap();
            let rows = rest.split("<tbody>").nth(1).unwrap_or_default();
            let rows = rows.split("<tr>").skip(1).map(cells).collect();
            let remark = rest.split("<p>").nth(1).unwrap_or_default();
            let remark = remark.split("</p>").next().unwrap_or_default().to_owned();
            (id.to_owned(), Table { rows, remark })
        })
        .collect()
}

fn cells(row: &str) -> Vec<String> {
    let cells = row.split("<bdi>").skip(1);
    cells
        .map(|cell| cell.split("</bdi>").next().unwrap().to_owned())
        .collect()
}

/// What the matrix is drawn from.
pub fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}
