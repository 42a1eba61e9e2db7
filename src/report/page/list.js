// ---- What the matrix shows, as a table ----

const PAGE = 200;
// Most lines that a print has; a part of a longer list would only look whole.
const PRINTED = 2000;
let listed = 0;

// The pairs that are shown, each with what is held and what changed.
function* pairs() {
  for (const row of shown.rows) {
    let i = 0;
    for (const v of placesOf(row, shown.change)) {
      const held = row.cells[i++];
      if (shown.columnOf[v] >= 0 && isShown(row, v, held)) yield { row, v, held: combinations[held] };
    }
  }
}

// What the table says of a pair, line by line: what somebody can, by what, and in which words; then what
// was gained and lost, or that it is not known.
function linesOf({ row, v, held }) {
  const vault = vaults[v];
  const lines = (held?.ways ?? []).map(({ path, set }) => [words(set.can, vault), path.label, slugs(set, vault)]);
  if (!COMPARED) return lines;
  const change = row.changes.get(v);
  const changed = (change?.byPath ?? []).map(({ path, word, what }) => [change.text, path, `${word}: ${what}`]);
  const unknown = isCompared(row, vault) ? [] : [["change unknown: not compared", "", ""]];
  return [...lines, ...changed, ...unknown];
}

function listAnew() {
  listed = 0;
  byId("lines").tBodies[0].replaceChildren();
  list(PAGE);
  byId("list").open = anyFilter();
}

// Lists up to so many pairs more.
function list(count) {
  const body = document.createDocumentFragment();
  const upTo = listed + count;
  let n = 0;
  for (const pair of pairs()) {
    if (n++ < listed) continue;
    if (n > upTo) break;
    const [row, vault] = [pair.row, vaults[pair.v]];
    for (const [can, by, permissions] of linesOf(pair)) {
      const line = document.createElement("tr");
      const head = cell(line, row.name);
      if (row.email) head.title = row.email;
      cell(line, suffix(row).replace(" · ", "") || row.state, "Status");
      cell(line, vault.name + vault.behind, "Vault");
      cell(line, can, "Can");
      cell(line, by, "By");
      cell(line, permissions, "Permissions");
      body.append(line);
    }
  }
  listed = Math.min(upTo, shown.pairs);
  byId("lines").tBodies[0].append(body);
  const rest = shown.pairs - listed;
  byId("more").hidden = rest === 0;
  const known = knownWhole();
  const [what, did] = shown.change ? ["pair", "compared"] : ["access", "read"];
  const none = `No ${what} ${known ? "" : `that was ${did} `}matches the filters.`;
  const all = known || shown.change === "unknown" ? "Everything that is shown above."
    : "Everything that is known of what is shown above.";
  byId("lines-caption").textContent = shown.pairs === 0 ? none
    : `One line a path. ${rest === 0 ? all : `The first ${listed} of ${shown.pairs} pairs of user and vault.`}`;
}

// A cell of a line, its heading where it stands under none. Names keep their writing direction.
function cell(line, text, head, leads) {
  const box = document.createElement(head === undefined ? "th" : "td");
  if (head === undefined) box.scope = "row";
  else box.dataset.head = head;
  const isolated = document.createElement("bdi");
  isolated.textContent = text;
  const link = leads && document.createElement("a");
  if (link) {
    link.href = `#${leads}`;
    link.append(isolated);
  }
  box.append(link || isolated);
  line.append(box);
  return box;
}

// Each printed page says of which file it is.
function printMarks() {
  const [file, digest, sync] = [...document.querySelectorAll("#sign dd")].map((one) => one.textContent);
  const told = `${file}   sync ${sync}   SHA-256 ${digest}`.replace(/["\\]/g, "\\$&");
  document.documentElement.style.setProperty("--marks", `"${told}"`);
}

// A print has the list that was asked for by a filter, whole or not at all.
function beforePrint() {
  const prints = anyFilter() && shown.pairs <= PRINTED;
  document.body.classList.toggle("lists", prints);
  if (!prints) return;
  byId("list").open = true;
  list(PRINTED - listed);
}
