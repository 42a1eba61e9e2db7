// ---- Moving about, and what a cell means ----

let cursor = null;
const readout = byId("readout");

function move(row, column) {
  if (!shown.rows.length || !shown.vaults.length) return;
  const within = (n, list) => Math.max(0, Math.min(list.length - 1, n));
  cursor = { row: within(row, shown.rows), column: within(column, shown.vaults) };
  draw();
  readout.textContent = explanation();
}

// After the filters changed, nothing is under the cursor.
function forget() {
  cursor = null;
  readout.textContent = "";
  readout.classList.remove("beside");
  matrix.scrollTo(0, 0);
}

// Scrolls so that the cell under the cursor is seen, and explains it there.
function follow() {
  if (!cursor) return;
  const [x, y] = [cursor.column * wide, cursor.row * size];
  const [across, high] = [matrix.clientWidth - margin.left, matrix.clientHeight - margin.top];
  const left = Math.min(x, Math.max(matrix.scrollLeft, x + wide - across));
  const top = Math.min(y, Math.max(matrix.scrollTop, y + size - high));
  matrix.scrollTo(left, top);
  const box = canvas.getBoundingClientRect();
  explainAt(box.left + margin.left + x + wide - left, box.top + margin.top + y + size - top);
}

// Beside the point, to its right and below where there is room, and never off the screen.
function explainAt(x, y) {
  readout.classList.add("beside");
  const [width, height] = [readout.offsetWidth, readout.offsetHeight];
  const { clientWidth, clientHeight } = document.documentElement;
  const beside = (at, length, end) => (at + 12 + length < end ? at + 12 : Math.max(4, at - 12 - length));
  readout.style.left = `${Math.min(beside(x, width, clientWidth), Math.max(4, clientWidth - width - 4))}px`;
  readout.style.top = `${Math.min(beside(y, height, clientHeight), Math.max(4, clientHeight - height - 4))}px`;
}

function explanation() {
  const row = shown.rows[cursor.row];
  const vault = shown.vaults[cursor.column];
  const v = vaults.indexOf(vault);
  const held = between(row, v);
  const combination = held && isShown(row, v, heldAt(row, v)) ? held : null;
  const who = `${isolate(row.name)}${suffix(row)}`;
  const where = `${who} — ${isolate(vault.name)}${vault.behind}: `;
  const ways = (combination?.ways ?? [])
    .map((way) => `\n${isolate(way.path.label)}: ${slugs(way.set, vault)}`);
  const more = isUnread(row, vault) ? "unknown: the sync did not read all access to this vault" : "";
  const none = more || `no access${anyFilter() ? " that fits the filters" : ""}`;
  const now = combination === null
    ? `${where}${none}.`
    : `${where}${words(combination.can, vault)}${ways.join("")}${more && `\nMore is ${more}.`}`;
  return `${now}${COMPARED ? sinceThen(row, v, held) : ""}`;
}

// What the older file has otherwise. Who lost a path may still have access by another.
function sinceThen(row, v, held) {
  if (!isCompared(row, vaults[v])) return "\nChange: unknown, one of the two files does not tell.";
  const change = row.changes.get(v);
  const partly = data.changes.partly ? " Not all permissions were compared." : "";
  if (!change) return `\nChange: none.${partly}`;
  const remains = change.is & CHANGE.lost && held ? " Access remains." : "";
  const lines = change.byPath.map(({ path, sign, what }) => `${sign} ${isolate(path)}: ${what}`);
  return `\n${[`${change.text}.${remains}${partly}`, ...lines].join("\n")}`;
}

const STEPS = {
  ArrowUp: () => [-1, 0],
  ArrowDown: () => [1, 0],
  ArrowLeft: () => [0, -1],
  ArrowRight: () => [0, 1],
  PageUp: () => [-Math.floor((matrix.clientHeight - margin.top) / size), 0],
  PageDown: () => [Math.floor((matrix.clientHeight - margin.top) / size), 0],
  Home: (event) => [event.ctrlKey ? -Infinity : 0, -Infinity],
  End: (event) => [event.ctrlKey ? Infinity : 0, Infinity],
};

matrix.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return readout.classList.remove("beside");
  if (event.key === "Enter") return cursor && isolateAt(event.shiftKey ? { ...cursor, row: -1 } : cursor);
  const step = STEPS[event.key];
  if (!step) return undefined;
  event.preventDefault();
  const [down, right] = cursor ? step(event) : [0, 0];
  move((cursor?.row ?? 0) + down, (cursor?.column ?? 0) + right);
  return follow();
});

// The row and column at a point, -1 on the names; nothing where nothing is drawn.
function under(event) {
  const box = canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const row = y < margin.top ? -1 : Math.floor((y - margin.top + matrix.scrollTop) / size);
  const column = x < margin.left ? -1 : Math.floor((x - margin.left + matrix.scrollLeft) / wide);
  const outside = row >= shown.rows.length || column >= shown.vaults.length || (row < 0 && column < 0);
  return outside ? null : { row, column };
}

function point(event) {
  const at = under(event);
  if (!at || at.row < 0 || at.column < 0) return readout.classList.remove("beside");
  if (at.row !== cursor?.row || at.column !== cursor?.column) move(at.row, at.column);
  return explainAt(event.clientX, event.clientY);
}

// Shows one row alone; or one vault, where a vault's name is.
function isolateAt({ row, column }) {
  const only = row < 0 ? { vault: shown.vaults[column].id } : { user: shown.rows[row].id };
  location.hash = new URLSearchParams(only).toString();
}

canvas.addEventListener("pointermove", point);
canvas.addEventListener("pointerleave", () => readout.classList.remove("beside"));
// A finger has nothing to point with: its first touch explains a cell.
let touched = null;
canvas.addEventListener("click", (event) => {
  const at = under(event);
  if (!at) return;
  const again = touched && touched.row === at.row && touched.column === at.column;
  touched = at;
  if (event.pointerType === "touch" && !again && at.row >= 0 && at.column >= 0) point(event);
  else isolateAt(at);
});
matrix.addEventListener("blur", () => readout.classList.remove("beside"));
matrix.addEventListener("scroll", draw, { passive: true });
