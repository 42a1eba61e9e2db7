// ---- Which part of it is shown: the form, and the page's address ----

const byId = (id) => document.getElementById(id);
const form = byId("filters");
const FILTERS = ["user", "kind", "vault", "group", "permission", "risk", "change"];
const permissionOf = new Map(data.permissions.map(([slug], p) => [slug, p]));
// The one row or vault that an address names by its id; the box shows its name.
const named = { user: null, vault: null };
let shown = { rows: [], vaults: [], columnOf: [], matches: [], pairs: 0, cells: 0, ofCells: false, change: "" };

function wanted() {
  return Object.fromEntries(FILTERS.map((key) => {
    const text = form.elements[key].value;
    return [key, named[key]?.name === text ? named[key].id : text];
  }));
}

function anyFilter() {
  return FILTERS.some((key) => form.elements[key].value !== "");
}

// The rows and vaults that fit, how many pairs have something to show, and to how many of these access is.
function select(want) {
  const ofCells = Boolean(want.group || want.permission || (want.risk && want.risk !== "suspended"));
  const matches = combinations.map((one) => fits(one, want));
  const changed = (row, v) => !want.change || isChanged(row, v, want.change);
  const rowFits = search(rows, want.user);
  const vaultFits = search(vaults, want.vault);
  const vaultHits = new Uint32Array(vaults.length);
  let [pairs, cells] = [0, 0];
  const shownRows = rows.filter((row, r) => {
    if (!rowFits[r] || (want.kind && row.kind !== want.kind)) return false;
    if (want.risk === "suspended" && row.status !== "suspended") return false;
    let hits = 0;
    let i = 0;
    for (const v of placesOf(row, want.change)) {
      const held = row.cells[i++];
      // What was lost, or is not known to be there, stands where no access is.
      const fit = held === undefined ? !ofCells : matches[held];
      if (!vaultFits[v] || !fit || !changed(row, v)) continue;
      hits++;
      vaultHits[v]++;
      if (held !== undefined) cells++;
    }
    pairs += hits;
    // Somebody who was asked for by name is shown to reach nothing.
    return hits > 0 || !(ofCells || want.change || (want.vault && !want.user));
  });
  const narrowed = ofCells || want.user || want.kind || want.risk || want.change;
  const shownVaults = [];
  const columnOf = new Int32Array(vaults.length).fill(-1);
  vaults.forEach((vault, v) => {
    const keep = vaultFits[v] && (vaultHits[v] > 0 || !narrowed || (want.vault && !ofCells));
    if (keep) columnOf[v] = shownVaults.push(vault) - 1;
  });
  return { rows: shownRows, vaults: shownVaults, columnOf, matches, pairs, cells, ofCells, change: want.change };
}

// Whether the filters leave what is between a row and a vault; `held` is its combination, if there is any.
function isShown(row, v, held) {
  const matches = held === undefined ? !shown.ofCells : shown.matches[held];
  return matches && (!shown.change || isChanged(row, v, shown.change));
}

function isChanged(row, v, change) {
  if (change === "unknown") return !isCompared(row, vaults[v]);
  return ((row.changes?.get(v)?.is ?? 0) & CHANGE[change]) !== 0;
}

function fits(combination, want) {
  if (want.group && !combination.ways.some((way) => way.path.group === want.group)) return false;
  if (want.permission && !combination.permissions.has(permissionOf.get(want.permission))) {
    return false;
  }
  switch (want.risk) {
    case "manages": return (combination.can & CAN.manages) !== 0;
    case "manages-only":
      return knows(CAN.reads) && (combination.can & (CAN.manages | CAN.reads)) === CAN.manages;
    case "exports": return (combination.can & CAN.exports) !== 0;
    case "shares": return (combination.can & CAN.shares) !== 0;
    case "several": return combination.several;
    default: return true;
  }
}

// An id finds its owner alone; any other text finds all whose name or e-mail has it.
function search(list, text) {
  const exact = list.some((one) => one.id === text);
  const part = text.trim().toLowerCase();
  return list.map((one) => (exact ? one.id === text : one.find.includes(part)));
}

function filter() {
  shown = select(wanted());
  forget();
  const here = (list) => list.filter((one) => !one.gone).length;
  const gone = shown.rows.length + shown.vaults.length - here(shown.rows) - here(shown.vaults);
  byId("count").textContent =
    `Showing ${here(shown.rows)} of ${TOLD.rows} ${WHO}, ` +
    `${here(shown.vaults)} of ${TOLD.vaults} vaults; ` +
    countedPairs() +
    (gone ? ` And ${gone} that are only in the older file.` : "");
  byId("filtered").textContent = `Filter: ${FILTERS.filter(isSet).map(told).join(", ") || "none"}.`;
  byId("open").hidden = shown.vaults.length !== 1 || shown.vaults[0].gone;
  if (shown.vaults.length === 1) leadTo(byId("open").firstChild, shown.vaults[0]);
  tellNothing();
  listAnew();
  measure();
  layout();
}

// What happened to the pairs that a change leaves.
const CHANGED = {
  gained: "that gained something", lost: "that lost something", path: "that reach the same by other paths",
  unknown: "that were not compared",
};

// Whether what is shown is all that there is.
function knownWhole() {
  return data.whole && (data.changes?.whole ?? !shown.change);
}

// Those without access count where a change is asked for. What was not read, or not compared, may be more.
function countedPairs() {
  const { pairs, cells, change } = shown;
  if (!change) return `${cells} pairs with access${data.whole ? "." : " are known; there may be more."}`;
  const more = change === "unknown" || data.changes?.whole ? "" : "; not all was compared, there may be more";
  return `${pairs} pairs ${CHANGED[change] ?? "that match"}, ${cells} of them with ${data.whole ? "" : "known "}access${more}.`;
}

function isSet(key) {
  return form.elements[key].value !== "";
}

// A filter in words, as the form has it.
function told(key) {
  const field = form.elements[key];
  const value = field.selectedOptions ? field.selectedOptions[0].textContent : field.value;
  return `${field.labels[0].firstChild.textContent.trim().toLowerCase()} ${isolate(value)}`;
}

function leadTo(link, vault) {
  link.href = `#${new URLSearchParams({ review: vault.id })}`;
  link.textContent = `Open the page of ${isolate(vault.name)}`;
}

// When nothing matches: which filter to drop, and what that would show.
function tellNothing() {
  const box = byId("nothing");
  box.replaceChildren();
  if (!anyFilter() || (shown.rows.length && shown.vaults.length)) return;
  const want = wanted();
  const without = FILTERS.filter(isSet).map((key) => [key, select({ ...want, [key]: "" })]);
  const useful = without.filter(([, rest]) => rest.rows.length && rest.vaults.length && without.length > 1);
  const read = knownWhole() ? "" : ` that was ${want.change ? "compared" : "read"}`;
  box.append(useful.length === 0
    ? `Nothing${read} matches ${without.length > 1 ? "any two of the filters; show all" : "the filter"}.`
    : `Nothing${read} matches all filters. Drop one:`);
  for (const [key, { pairs }] of useful) {
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = `${told(key)} (then ${pairs} pairs)`;
    drop.addEventListener("click", () => {
      form.elements[key].value = "";
      writeAddress();
    });
    box.append(" ", drop);
  }
}

function fillForm() {
  form.elements.change.parentElement.hidden = !COMPARED;
  const ways = new Map(groups.map((group) => [group.id, `group ${group.name}`]));
  paths.forEach((path) => path.group && ways.set(path.group, path.label));
  const byLabel = [...ways].sort(([, a], [, b]) => a.localeCompare(b));
  byLabel.forEach(([id, text]) => option("group", id, text));
  const kinds = new Map(rows.map((row) => [row.kind, kindText(row)]));
  kinds.forEach((text, kind) => option("kind", kind, text));
  const held = new Set(sets.flatMap((set) => set.permissions));
  const risks = {
    manages: CAN.manages, exports: CAN.exports, shares: CAN.shares,
    "manages-only": CAN.manages | CAN.reads,
  };
  for (const [risk, can] of Object.entries(risks)) {
    const unread = !knows(can) && form.elements.risk.querySelector(`[value=${risk}]`);
    if (unread) unread.textContent += " (not all read)";
  }
  data.permissions.forEach(([slug], p) => held.has(p) && option("permission", slug, slug || "(unknown)"));
}

function option(select, value, text) {
  const one = document.createElement("option");
  one.value = value;
  one.textContent = text;
  form.elements[select].append(one);
}

// Filters by the address. One without filters, such as that of a heading, leaves them as they are.
function readAddress() {
  const hash = location.hash.slice(1);
  const asked = new URLSearchParams(hash);
  showVault(asked.get("review"));
  if (asked.has("review") || (hash !== "" && !hash.includes("="))) return false;
  for (const key of FILTERS) {
    const value = asked.get(key) ?? "";
    if (key in named) {
      named[key] = (key === "user" ? rows : vaults).find((one) => one.id === value) ?? null;
    }
    const field = form.elements[key];
    field.value = named[key]?.name ?? value;
    // What no choice offers matches nothing, and must not show everything.
    if (field.selectedIndex === -1) {
      option(key, value, value);
      field.value = value;
    }
  }
  filter();
  return true;
}

function writeAddress() {
  const want = wanted();
  const query = new URLSearchParams(FILTERS.filter(isSet).map((key) => [key, want[key]]));
  history.replaceState(null, "", `#${query}`);
  filter();
}
