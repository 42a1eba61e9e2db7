"use strict";
// Who reaches which vault: filters, draws and lists it, and has a page for each vault. Names are only
// ever written as text. Nothing is fetched.

// ---- What the page holds, unpacked, and its words for it ----

const data = JSON.parse(document.getElementById("data").textContent);

const CAN = { manages: 1, reads: 2, lists: 4, edits: 8, exports: 16, shares: 32, prints: 64 };
const TAKES = CAN.exports | CAN.shares | CAN.prints;
const rows = data.rows.map(unpackRow);
function unpackRow([name, id, email, status, state, kind, signedIn]) {
  return {
    name, id, email, status, state, kind, signedIn,
    isUser: kind !== "project",
    find: `${name}\n${email}`.toLowerCase(),
  };
}
// What was not read of a vault: not knowing is never shown as "no access".
const UNREAD = { users: 1, projects: 2, permissions: 4 };
// `untold` are the abilities of which it is not known who else has them.
const vaults = data.vaults.map(([name, id, unread, untold, items, changed]) => ({
  name, id, unread, untold, items, changed, behind: "", brief: "", find: name.toLowerCase(),
}));
const groups = data.groups.map(([name, id, state, members, managers]) => ({
  name, id, state, members, managers,
}));
// A file without projects does not tell whether there are none.
const PROJECTS = rows.some((row) => !row.isUser);
const WHO = PROJECTS ? "users and projects" : "users";
const paths = data.paths.map(([label, group]) => ({ label, group }));
const sets = data.sets.map((permissions) => ({
  permissions,
  can: permissions.reduce((can, p) => can | data.permissions[p][1], 0),
}));
// A combination is all paths between a row and a vault, with what each gives.
const combinations = data.combinations.map((flat) => {
  const ways = [];
  for (let i = 0; i < flat.length; i += 2) {
    ways.push({ path: paths[flat[i]], set: sets[flat[i + 1]] });
  }
  // Permission 0 is being listed on the vault, which is no right of its own.
  const rights = ways.flatMap((way) => way.set.permissions).filter((p) => p !== 0);
  return {
    ways,
    can: ways.reduce((can, way) => can | way.set.can, 0),
    permissions: new Set(ways.flatMap((way) => way.set.permissions)),
    several: new Set(rights).size < rights.length,
  };
});
unpack(data.cells, [...rows, ...groups], (row, places, cells) => {
  row.vaults = places;
  row.cells = cells;
});

// What changed since the older file. Who and what is only in that one comes after all others.
const COMPARED = data.changes !== null;
const HERE = { rows: rows.length, vaults: vaults.length };
// The same as figures: "8+" is at least 8, where not all were read.
const TOLD = {
  rows: `${HERE.rows}${data.lists.users && (data.lists.projects || !PROJECTS) ? "" : "+"}`,
  vaults: `${HERE.vaults}${data.lists.vaults ? "" : "+"}`,
};
const OLDER = "only in the older file";
const CHANGE = { gained: 1, lost: 2, path: 4 };
if (COMPARED) addChanges(data.changes);

function addChanges({ rows: oldRows, vaults: oldVaults, combinations: packed, cells: places, uncompared }) {
  rows.push(...oldRows.map(unpackRow).map((row) => ({
    ...row, state: OLDER, gone: true, vaults: new Uint32Array(), cells: new Uint32Array(),
  })));
  vaults.push(...oldVaults.map(([name, id, unread]) => ({
    name, id, unread, untold: 0, behind: ` · ${OLDER}`, brief: " · older file", gone: true, find: name.toLowerCase(),
  })));
  vaults.forEach((vault, v) => { vault.uncompared = uncompared[v]; });
  const kinds = packed.map(([[gained, lost], ways]) => ({
    is: (gained && CHANGE.gained) | (lost && CHANGE.lost) || CHANGE.path,
    text: [gained && `Gained: ${gained}`, lost && `Lost: ${lost}`,
      !gained && !lost && "The same as before, by other paths"].filter(Boolean).join(". "),
    byPath: ways.map(([path, word, what]) => ({ path, sign: word === "gained" ? "+" : "−", word, what })),
  }));
  unpack(places, rows, (row, of, found) => {
    row.changes = new Map(Array.from(of, (v, n) => [v, kinds[found[n]]]));
  });
}

// Seven bits a byte, the lowest first: a count, then gap and combination for each cell.
function unpack(base64, list, take) {
  const packed = atob(base64);
  let at = 0;
  const number = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = packed.charCodeAt(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  for (const row of list) {
    const count = number();
    const [places, cells] = [new Uint32Array(count), new Uint32Array(count)];
    for (let i = 0, vault = 0; i < count; i++, vault++) {
      vault += number();
      places[i] = vault;
      cells[i] = number();
    }
    take(row, places, cells);
  }
}

function words(can, vault) {
  const known = Object.keys(CAN).filter((word) => can & CAN[word]);
  const told = known.filter((word) => word !== "lists" || !(can & CAN.reads)).join(", ");
  if (vault.unread & UNREAD.permissions) return told ? `${told}, perhaps more` : "unknown";
  return told || "nothing";
}

function slugs(set, vault) {
  const rights = set.permissions.filter((p) => p !== 0);
  const told = rights.map((p) => data.permissions[p][0] || "(unknown)").join(", ");
  if (vault.unread & UNREAD.permissions) return told ? `${told}, others unknown` : "listed, permissions unknown";
  return told || "only listed";
}

// Whether enough was read to say of everybody that they cannot do this.
function knows(can) {
  return (data.denials & can) === can;
}

// Whether an empty cell means that the sync did not read who is there.
function isUnread(row, vault) {
  return (vault.unread & (row.isUser ? UNREAD.users : UNREAD.projects)) !== 0;
}

// The place of the combination between a row or group and a vault, if there is any.
function heldAt(row, v) {
  const at = row.vaults.indexOf(v);
  return at < 0 ? undefined : row.cells[at];
}

function between(row, v) {
  return combinations[heldAt(row, v)] ?? null;
}

// Whether both files tell what somebody has to do with a vault.
function isCompared(row, vault) {
  return !COMPARED || (vault.uncompared & (row.isUser ? UNREAD.users : UNREAD.projects)) === 0;
}

// The places of all vaults with which a row has something to do: those it reaches, as its cells are, then
// those where a change was; and where a change is asked for that is not known, those.
function placesOf(row, change) {
  if (!COMPARED) return row.vaults;
  const places = new Set(row.vaults);
  row.changes.forEach((_, v) => places.add(v));
  if (change === "unknown") vaults.forEach((vault, v) => isCompared(row, vault) || places.add(v));
  return places;
}

// The kind in words.
function kindText(row) {
  return row.kind.replace("_", " ");
}

// What stands behind a name: the kind of whoever is no member, the state of whoever is not active.
function suffix(row) {
  const kind = row.kind === "member" || row.kind === "unknown" ? "" : ` · ${kindText(row)}`;
  return row.gone || (row.isUser && row.status !== "active" && row.state) ? `${kind} · ${row.state}` : kind;
}

// Keeps a name's writing direction to itself.
function isolate(text) {
  return `\u2068${text}\u2069`;
}
