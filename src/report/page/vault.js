// ---- A page for each vault: what its managers confirm ----

// The plain groups of permissions, each with what of it somebody holds.
const PLAIN = [
  ["Manage", { manages: CAN.manages }],
  ["Export and share", { exports: CAN.exports, shares: CAN.shares, prints: CAN.prints }],
  ["Edit", { edits: CAN.edits }],
  ["Read", { passwords: CAN.reads, "items only": CAN.lists }],
];

// The account and the sync, as the head of the whole has them.
const OF = [...document.querySelectorAll("header dd")].slice(0, 2).map((one) => one.textContent);

function showVault(id) {
  const v = id === null ? -1 : vaults.findIndex((vault) => vault.id === id && !vault.gone);
  const one = byId("one");
  byId("whole").hidden = v >= 0;
  one.hidden = v < 0;
  document.body.classList.toggle("one", v >= 0);
  one.replaceChildren(...(v < 0 ? [] : vaultPage(v)));
  if (v < 0) return;
  one.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function vaultPage(v) {
  const vault = vaults[v];
  const holders = (list) => list
    .map((row) => ({ row, held: between(row, v) }))
    .filter(({ held }) => held !== null);
  const people = holders(rows.slice(0, HERE.rows)).sort((a, b) => rank(b.held) - rank(a.held));
  return [
    turning(v),
    made("h2", vault.name),
    made("p", OF.join(", ")),
    made("p", `Reached by ${counted(people, true, vault)} and ${counted(people, false, vault)}. ` +
      `Items: ${vault.items}, last changed: ${vault.changed}. Filter: this vault, every path.`),
    made("h3", "Managers, who confirm this page"),
    ...managers(vault, people),
    made("h3", "Who reaches it"),
    ...reachedBy(vault, people),
    made("h3", "Groups with access"),
    ...throughGroups(vault, holders(groups)),
  ];
}

// Who holds more comes first.
function rank({ can }) {
  return PLAIN.reduce((most, [, bits], n) => {
    const held = Object.values(bits).some((bit) => can & bit);
    return held ? most + 2 ** (PLAIN.length - n) : most;
  }, 0);
}

// How many users or projects reach the vault, as far as that was read.
function counted(people, users, vault) {
  const n = people.filter(({ row }) => row.isUser === users).length;
  const unread = vault.unread & (users ? UNREAD.users : UNREAD.projects);
  const number = unread && n === 0 ? "?" : `${n}${unread ? "+" : ""}`;
  return `${number} ${users ? "user" : "project"}${number === "1" ? "" : "s"}`;
}

// The way to the vaults before and after this one, and back.
function turning(v) {
  const bar = document.createElement("nav");
  bar.setAttribute("aria-label", "Vaults");
  const link = (to, text) => {
    const one = made("a", text);
    if (to !== null) one.href = `#${to}`;
    bar.append(one);
  };
  const page = (n) => (n >= 0 && n < HERE.vaults ? new URLSearchParams({ review: vaults[n].id }) : null);
  link(page(v - 1), `← ${isolate(vaults[v - 1]?.name ?? "first vault")}`);
  link(new URLSearchParams({ vault: vaults[v].id }), "In the matrix");
  link("vaults", `All vaults (this is ${v + 1} of ${TOLD.vaults})`);
  link(page(v + 1), `${isolate(page(v + 1) ? vaults[v + 1].name : "last vault")} →`);
  return bar;
}

function managers(vault, people) {
  const untold = vault.untold & CAN.manages || vault.unread & UNREAD.users;
  const all = people.filter(({ row, held }) => row.isUser && held.can & CAN.manages);
  const list = document.createElement("ul");
  for (const { row } of all) {
    const state = row.status === "active" ? "" : `, ${row.state || "state unknown"}`;
    list.append(made("li", `${isolate(row.name)} ${row.email && `<${isolate(row.email)}>`}${state}`));
  }
  const none = untold ? "Unknown: the sync did not read who manages it." : "NONE: no user manages it.";
  const others = untold ? [made("p", "There may be others: the sync did not read all who manage it.")] : [];
  return all.length === 0 ? [made("p", none)] : [list, ...others];
}

function reachedBy(vault, people) {
  const lines = people.flatMap(({ row, held }) => held.ways.map((way) => [
    row.name, row.email, [kindText(row), row.state].filter(Boolean).join(", "),
    row.isUser ? row.signedIn || "?" : "", way.path.label, ...plainly(way.set.can, vault),
  ]));
  const heads = ["Who", "E-mail", "Kind", "Last sign-in", "By"];
  const unread = [];
  if (vault.unread & UNREAD.users) unread.push("users");
  if (vault.unread & UNREAD.projects) unread.push("projects");
  const more = lines.length && vault.unread & UNREAD.users
    ? " Those above may hold more, by paths that were not read." : "";
  return tableOf("One line a path, those with most rights first.", heads, lines, unread.length
    ? `Unknown: which other ${unread.join(" and ")} reach it; the sync did not read it.${more}` : "");
}

function throughGroups(vault, holders) {
  const lines = holders.map(({ row, held }) => [
    row.name, row.state, row.members, row.managers, ...plainly(held.can, vault),
  ]);
  return tableOf("Who is put into them reaches this vault.", ["Group", "State", "Members", "Managed by"], lines,
    vault.unread & UNREAD.users ? "Unknown: whether others reach it; the sync did not read all access." : "");
}

// What is held of each group of permissions; "?" where it was not read, "–" where it is not held.
function plainly(can, vault) {
  return PLAIN.map(([, bits]) => {
    const held = Object.keys(bits).filter((word) => can & bits[word]);
    const told = held.includes("passwords") ? ["passwords"] : held;
    const unread = Object.values(bits).some((bit) => vault.untold & bit & ~can);
    return `${told.join(", ")}${unread ? " ?" : ""}`.trim() || "–";
  });
}

function tableOf(caption, heads, lines, unread) {
  const after = unread ? [made("p", unread)] : [];
  if (lines.length === 0) return unread ? after : [made("p", "None.")];
  const table = document.createElement("table");
  table.append(made("caption", caption));
  const all = [...heads, ...PLAIN.map(([head]) => head)];
  const top = table.createTHead().insertRow();
  for (const head of all) top.append(Object.assign(made("th", head), { scope: "col" }));
  const body = table.createTBody();
  for (const texts of lines) {
    const line = body.insertRow();
    texts.forEach((text, n) => cell(line, text, n === 0 ? undefined : all[n]));
  }
  const wide = document.createElement("div");
  wide.className = "wide";
  wide.append(table);
  return [wide, ...after];
}

function made(tag, text) {
  const one = document.createElement(tag);
  one.textContent = text;
  return one;
}
