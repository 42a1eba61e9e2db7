// ---- What the matrix shows, as a table ----

const PAGE = 200;
// Most lines that a print has; a part of a longer list would only look whole.
const PRINTED = 2000;
let listed = 0;

function* access() {
  for (const row of shown.rows) {
    for (let i = 0; i < row.cells.length; i++) {
      const combination = row.cells[i];
      const v = row.vaults[i];
      if (shown.columnOf[v] >= 0 && isShown(row, v, combination)) {
        yield { row, vault: vaults[v], combination: combinations[combination] };
      }
    }
  }
}

function listAnew() {
  listed = 0;
  byId("lines").tBodies[0].replaceChildren();
  list(PAGE);
  byId("list").open = anyFilter();
}

// Lists up to so many accesses more; each path of an access has its own line.
function list(count) {
  const body = document.createDocumentFragment();
  const upTo = listed + count;
  let n = 0;
  for (const { row, vault, combination } of access()) {
    if (n++ < listed) continue;
    if (n > upTo) break;
    combination.ways.forEach((way) => {
      const line = document.createElement("tr");
      const head = cell(line, row.name);
      if (row.email) head.title = row.email;
      cell(line, suffix(row).replace(" · ", "") || row.state, "Status");
      cell(line, vault.name, "Vault");
      cell(line, words(way.set.can, vault), "Can");
      cell(line, way.path.label, "By");
      cell(line, slugs(way.set, vault), "Permissions");
      body.append(line);
    });
  }
  listed = Math.min(upTo, shown.cells);
  byId("lines").tBodies[0].append(body);
  const rest = shown.cells - listed;
  byId("more").hidden = rest === 0;
  byId("lines-caption").textContent = shown.cells === 0
    ? `No access ${data.whole ? "" : "that was read "}matches the filters.`
    : `One line a path. ${rest === 0 ? "Everything that is shown above." : `The first ${listed} of ${shown.cells} pairs of user and vault.`}`;
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
  const prints = anyFilter() && shown.cells <= PRINTED;
  document.body.classList.toggle("lists", prints);
  if (!prints) return;
  byId("list").open = true;
  list(PRINTED - listed);
}
