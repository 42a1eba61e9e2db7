// Draws the matrix, filters it by the form and the page's address, and lists what is shown.
// Names are only ever written as text. Nothing is fetched. page_data.js stands in front of this.
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  const matrix = byId("matrix");
  const canvas = byId("canvas");
  const pen = canvas.getContext("2d");

  // ---- What is shown of it ----

  const FILTERS = ["user", "kind", "vault", "group", "permission", "risk"];
  let shown = { rows: [], vaults: [], matches: null, cells: 0 };
  let columnOf = new Int32Array(vaults.length);
  let cursor = null;

  function filter() {
    const want = Object.fromEntries(FILTERS.map((key) => [key, form.elements[key].value]));
    const ofCells = want.group || want.permission || (want.risk && want.risk !== "suspended");
    const matches = combinations.map((one) => fits(one, want));
    const rowFits = search(rows, want.user);
    const vaultFits = search(vaults, want.vault);
    const vaultHits = new Uint32Array(vaults.length);
    let cells = 0;
    const shownRows = rows.filter((row, r) => {
      if (!rowFits[r] || (want.kind && row.kind !== want.kind)) return false;
      if (want.risk === "suspended" && row.status !== "suspended") return false;
      let hits = 0;
      for (let i = 0; i < row.cells.length; i++) {
        const vault = row.vaults[i];
        if (vaultFits[vault] && matches[row.cells[i]]) {
          hits++;
          vaultHits[vault]++;
        }
      }
      cells += hits;
      // Somebody who was asked for by name is shown to reach nothing.
      return hits > 0 || !(ofCells || (want.vault && !want.user));
    });
    const narrowed = ofCells || want.user || want.kind || want.risk;
    const shownVaults = [];
    columnOf.fill(-1);
    vaults.forEach((vault, v) => {
      const keep = vaultFits[v] && (vaultHits[v] > 0 || !narrowed || (want.vault && !ofCells));
      if (keep) columnOf[v] = shownVaults.push(vault) - 1;
    });
    shown = { rows: shownRows, vaults: shownVaults, matches, cells };
    cursor = null;
    byId("readout").textContent = "";
    byId("count").textContent =
      `Showing ${shownRows.length} of ${rows.length} ${WHO}, ` +
      `${shownVaults.length} of ${vaults.length} vaults; ` +
      `${cells} pairs with access${data.whole ? "." : " are known; there may be more."}`;
    matrix.scrollTo(0, 0);
    listed = 0;
    byId("lines").tBodies[0].replaceChildren();
    list(PAGE);
    byId("list").open = anyFilter();
    measure();
    layout();
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

  // ---- The list of what is shown ----

  const PAGE = 200;
  const PRINTED = 1000;
  let listed = 0;

  function* access() {
    for (const row of shown.rows) {
      for (let i = 0; i < row.cells.length; i++) {
        const combination = row.cells[i];
        if (columnOf[row.vaults[i]] >= 0 && shown.matches[combination]) {
          yield { row, vault: vaults[row.vaults[i]], combination: combinations[combination] };
        }
      }
    }
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
        const head = cell(line, "th", row.name);
        head.scope = "row";
        if (row.email) head.title = row.email;
        cell(line, "td", suffix(row).replace(" · ", "") || row.state);
        cell(line, "td", vault.name);
        cell(line, "td", words(way.set.can, vault));
        cell(line, "td", way.path.label);
        cell(line, "td", slugs(way.set, vault));
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

  function cell(line, tag, text) {
    const box = document.createElement(tag);
    const isolated = document.createElement("bdi");
    isolated.textContent = text;
    box.append(isolated);
    line.append(box);
    return box;
  }

  // ---- The picture ----

  const LABELS_FROM = 11;
  const FONT = "13px system-ui, sans-serif";
  let size = 16;
  let margin = { left: 0, top: 0 };
  let room = margin;
  let colours = {};

  // Room for the longest names, within reason.
  function measure() {
    pen.font = `italic ${FONT}`;
    const longest = (texts) => texts.reduce((most, text) => Math.max(most, pen.measureText(text).width), 40);
    room = {
      left: Math.min(longest(shown.rows.map((row) => row.name + suffix(row))) + 16, 280, matrix.clientWidth / 3),
      top: Math.min(longest(shown.vaults.map((vault) => vault.name)) + 16, 180),
    };
  }

  // The name gives way, so that what stands behind it is seen.
  function fitted(name, behind, width) {
    const fits = (text) => pen.measureText(text + behind).width <= width;
    if (fits(name)) return name + behind;
    const letters = [...name];
    let [least, most] = [0, letters.length];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (fits(`${letters.slice(0, middle).join("")}…`)) least = middle;
      else most = middle - 1;
    }
    return `${letters.slice(0, least).join("")}…${behind}`;
  }

  // Small accounts get large cells.
  function fitSize() {
    const fitting = Math.floor((matrix.clientWidth - 220) / Math.max(1, vaults.length));
    form.elements.size.value = Math.max(12, Math.min(24, fitting));
  }

  function layout() {
    size = Number(form.elements.size.value);
    const labels = size >= LABELS_FROM;
    margin = labels ? room : { left: 0, top: 0 };
    const [width, height] = [margin.left + shown.vaults.length * size, margin.top + shown.rows.length * size];
    const extent = byId("extent").style;
    extent.width = `${width}px`;
    extent.height = `${height}px`;
    // No taller than its content, with room for a scroll bar.
    matrix.style.maxHeight = `${height + 20}px`;
    draw();
  }

  function draw() {
    const [width, height] = [matrix.clientWidth, matrix.clientHeight];
    const sharp = window.devicePixelRatio || 1;
    canvas.width = width * sharp;
    canvas.height = height * sharp;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    colours = palette();
    pen.fillStyle = colours.paper;
    pen.fillRect(0, 0, width, height);
    const [x0, y0] = [margin.left - matrix.scrollLeft, margin.top - matrix.scrollTop];
    const first = Math.floor(matrix.scrollTop / size);
    const last = Math.min(shown.rows.length, Math.ceil((matrix.scrollTop + height) / size));
    clip(margin.left, margin.top, width, height, () => {
      const hatch = hatching(pen);
      for (let r = first; r < last; r++) drawRow(shown.rows[r], r, x0, y0 + r * size, width, hatch);
      drawCursor(x0, y0);
    });
    if (size >= LABELS_FROM) {
      drawRowLabels(first, last, y0, height);
      drawColumnLabels(x0, width);
    }
  }

  function drawRow(row, r, x0, y, width, hatch) {
    const end = Math.min(width, x0 + shown.vaults.length * size);
    if (size >= LABELS_FROM && r % 2 === 1) {
      pen.fillStyle = colours.band;
      pen.fillRect(margin.left, y, end - margin.left, size);
    }
    drawUnread(row, x0, y, width, hatch);
    for (let i = 0; i < row.cells.length; i++) {
      const column = columnOf[row.vaults[i]];
      const x = x0 + column * size;
      if (column >= 0 && x > margin.left - size && x < width && shown.matches[row.cells[i]]) {
        drawCell(pen, x, y, size, combinations[row.cells[i]].can);
      }
    }
  }

  // Hatches the cells of which nothing was read; neighbours in one go.
  function drawUnread(row, x0, y, width, hatch) {
    const last = Math.min(shown.vaults.length, Math.ceil((width - x0) / size));
    let from = Math.max(0, Math.floor((margin.left - x0) / size));
    for (let c = from; c <= last; c++) {
      if (c < last && isUnread(row, shown.vaults[c])) continue;
      if (c > from) {
        pen.fillStyle = hatch;
        pen.fillRect(x0 + from * size, y, (c - from) * size, size);
      }
      from = c + 1;
    }
  }

  function hatching(on) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const line = tile.getContext("2d");
    line.strokeStyle = colours.soft;
    line.moveTo(-1, 7);
    line.lineTo(7, -1);
    line.stroke();
    return on.createPattern(tile, "repeat");
  }

  // The taller, the more: lists, reads, edits, takes out. A frame with a dot manages.
  function drawCell(on, x, y, side, can) {
    const [level, colour] = can & TAKES ? [1, colours.takes]
      : can & CAN.edits ? [0.75, colours.edits]
      : can & CAN.reads ? [0.5, colours.reads]
      : can & CAN.lists ? [0.3, colours.lists]
      : [0.1, colours.soft];
    const manages = can & CAN.manages;
    if (side < 7) {
      on.fillStyle = manages ? colours.manages : colour;
      on.fillRect(x, y, Math.max(1, side - 0.5), Math.max(1, side - 0.5));
      return;
    }
    const box = side - 2;
    if (can & ~CAN.manages || !manages) {
      on.fillStyle = colour;
      on.fillRect(x + 1, y + 1 + box * (1 - level), box, box * level);
    }
    if (manages) {
      on.strokeStyle = colours.manages;
      on.lineWidth = 2;
      on.strokeRect(x + 2, y + 2, side - 4, side - 4);
      on.fillStyle = colours.paper;
      on.fillRect(x + side / 2 - side / 6 - 1, y + side / 2 - side / 6 - 1, side / 3 + 2, side / 3 + 2);
      on.fillStyle = colours.manages;
      on.fillRect(x + side / 2 - side / 6, y + side / 2 - side / 6, side / 3, side / 3);
    }
  }

  function drawRowLabels(first, last, y0, height) {
    clip(0, margin.top, margin.left - 6, height, () => {
      for (let r = first; r < last; r++) {
        const behind = suffix(shown.rows[r]);
        const wide = margin.left - 12;
        label(shown.rows[r].name, behind, wide, 6, y0 + (r + 0.5) * size, r === cursor?.row);
      }
    });
  }

  function drawColumnLabels(x0, width) {
    const first = Math.floor(matrix.scrollLeft / size);
    const last = Math.min(shown.vaults.length, Math.ceil((matrix.scrollLeft + width) / size));
    clip(margin.left, 0, width, margin.top - 6, () => {
      for (let c = first; c < last; c++) {
        pen.save();
        pen.translate(x0 + (c + 0.5) * size, margin.top - 6);
        pen.rotate(-Math.PI / 2);
        label(shown.vaults[c].name, "", margin.top - 6, 0, 0, c === cursor?.column);
        pen.restore();
      }
    });
  }

  function label(name, behind, wide, x, y, marked) {
    const quiet = behind !== "";
    pen.font = `${marked ? "700 " : ""}${quiet ? "italic " : ""}${FONT.replace("13", Math.min(13, size - 2))}`;
    pen.fillStyle = quiet && !marked ? colours.soft : colours.ink;
    pen.textBaseline = "middle";
    pen.fillText(fitted(name, behind, wide), x, y);
  }

  function drawCursor(x0, y0) {
    if (!cursor) return;
    pen.strokeStyle = colours.cursor;
    pen.lineWidth = 2;
    pen.strokeRect(x0 + cursor.column * size, y0 + cursor.row * size, size, size);
  }

  function clip(left, top, right, bottom, inside) {
    pen.save();
    pen.beginPath();
    pen.rect(left, top, right - left, bottom - top);
    pen.clip();
    inside();
    pen.restore();
  }

  function palette() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const plain = ["paper", "ink", "soft", "band", "cursor"].map((name) => [name, colour(name)]);
    const cells = ["lists", "reads", "edits", "takes", "manages"];
    return Object.fromEntries(plain.concat(cells.map((name) => [name, colour(`cell-${name}`)])));
  }

  function drawLegend() {
    const some = vaults.some((vault) => vault.unread & UNREAD.permissions);
    const entries = [
      [0, some ? "listed, permissions unknown" : "listed, no permission"],
      [CAN.lists, "lists items"],
      [CAN.reads, "reads passwords"],
      [CAN.edits, "edits"],
      [CAN.exports, "exports, shares or prints"],
      [CAN.manages, knows(CAN.reads) ? "manages only" : "manages"],
      [CAN.manages | CAN.reads, "manages and reads"],
    ];
    const samples = entries.map(([can, text]) => sample(text, (on) => drawCell(on, 0, 0, 18, can)));
    if (rows.some((row) => vaults.some((vault) => isUnread(row, vault)))) {
      samples.push(sample("not read: unknown", (on) => {
        on.fillStyle = hatching(on);
        on.fillRect(0, 0, 18, 18);
      }));
    }
    byId("legend").replaceChildren(...samples);
  }

  function sample(text, paint) {
    const item = document.createElement("li");
    const picture = document.createElement("canvas");
    picture.width = picture.height = 36;
    picture.style.width = picture.style.height = "18px";
    picture.setAttribute("aria-hidden", "true");
    const on = picture.getContext("2d");
    on.scale(2, 2);
    paint(on);
    item.append(picture, text);
    return item;
  }

  // ---- Moving about ----

  function move(row, column) {
    if (!shown.rows.length || !shown.vaults.length) return;
    const within = (n, list) => Math.max(0, Math.min(list.length - 1, n));
    cursor = { row: within(row, shown.rows), column: within(column, shown.vaults) };
    draw();
    read();
  }

  // Scrolls so that the cell under the cursor is seen.
  function follow() {
    if (!cursor) return;
    const [x, y] = [cursor.column * size, cursor.row * size];
    const [wide, high] = [matrix.clientWidth - margin.left, matrix.clientHeight - margin.top];
    const left = Math.min(x, Math.max(matrix.scrollLeft, x + size - wide));
    const top = Math.min(y, Math.max(matrix.scrollTop, y + size - high));
    matrix.scrollTo(left, top);
  }

  function read() {
    const row = shown.rows[cursor.row];
    const vault = shown.vaults[cursor.column];
    const at = row.vaults.findIndex((v) => vaults[v] === vault);
    const combination = at >= 0 && shown.matches[row.cells[at]] ? combinations[row.cells[at]] : null;
    const who = `${isolate(row.name)}${suffix(row)}`;
    const where = `${who} — ${isolate(vault.name)}: `;
    const ways = (combination?.ways ?? [])
      .map((way) => `\n${isolate(way.path.label)}: ${slugs(way.set, vault)}`);
    const more = isUnread(row, vault) ? "unknown: the sync did not read all access to this vault" : "";
    const none = more || `no access${anyFilter() ? " that fits the filters" : ""}`;
    byId("readout").textContent = combination === null
      ? `${where}${none}.`
      : `${where}${words(combination.can, vault)}${ways.join("")}${more && `\nMore is ${more}.`}`;
  }

  function anyFilter() {
    return FILTERS.some((key) => form.elements[key].value !== "");
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
    if (event.key === "Enter") return only();
    const step = STEPS[event.key];
    if (!step) return undefined;
    event.preventDefault();
    const [down, right] = cursor ? step(event) : [0, 0];
    move((cursor?.row ?? 0) + down, (cursor?.column ?? 0) + right);
    return follow();
  });
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    if (x < margin.left || y < margin.top) return null;
    const row = Math.floor((y - margin.top + matrix.scrollTop) / size);
    const column = Math.floor((x - margin.left + matrix.scrollLeft) / size);
    return row < shown.rows.length && column < shown.vaults.length ? { row, column } : null;
  };
  canvas.addEventListener("pointermove", (event) => {
    const cell = under(event);
    if (cell && (cell.row !== cursor?.row || cell.column !== cursor?.column)) move(cell.row, cell.column);
  });
  canvas.addEventListener("click", (event) => {
    if (under(event)) only();
  });

  // Shows the row under the cursor alone.
  function only() {
    const row = cursor && shown.rows[cursor.row];
    if (row) location.hash = new URLSearchParams({ user: row.id }).toString();
  }

  // ---- The form and the page's address ----

  const RISKS = {
    manages: CAN.manages, exports: CAN.exports, shares: CAN.shares,
    "manages-only": CAN.manages | CAN.reads,
  };
  const permissionOf = new Map(data.permissions.map(([slug], p) => [slug, p]));

  function fillForm() {
    const option = (select, value, text) => {
      const one = document.createElement("option");
      one.value = value;
      one.textContent = text;
      form.elements[select].append(one);
    };
    const groups = new Map(paths.filter((path) => path.group).map((path) => [path.group, path.label]));
    const byLabel = [...groups].sort(([, a], [, b]) => a.localeCompare(b));
    byLabel.forEach(([id, text]) => option("group", id, text));
    const kinds = new Map(rows.map((row) => [row.kind, kindText(row)]));
    kinds.forEach((text, kind) => option("kind", kind, text));
    const held = new Set(sets.flatMap((set) => set.permissions));
    for (const [risk, can] of Object.entries(RISKS)) {
      const unread = !knows(can) && form.elements.risk.querySelector(`[value=${risk}]`);
      if (unread) unread.textContent += " (not all read)";
    }
    data.permissions.forEach(([slug], p) => held.has(p) && option("permission", slug, slug || "(unknown)"));
  }

  // An address without filters, such as that of a heading, leaves them as they are.
  function readAddress() {
    const hash = location.hash.slice(1);
    if (hash !== "" && !hash.includes("=")) return;
    const wanted = new URLSearchParams(hash);
    for (const key of FILTERS) form.elements[key].value = wanted.get(key) ?? "";
    filter();
  }

  function writeAddress() {
    const set = FILTERS.filter((key) => form.elements[key].value !== "");
    const query = new URLSearchParams(set.map((key) => [key, form.elements[key].value]));
    history.replaceState(null, "", `#${query}`);
    filter();
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "size") layout();
    else writeAddress();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(writeAddress));
  byId("more").addEventListener("click", () => list(PAGE));
  matrix.addEventListener("scroll", draw, { passive: true });
  window.addEventListener("hashchange", () => {
    readAddress();
    if (location.hash.includes("=")) byId("access").scrollIntoView();
  });
  window.addEventListener("beforeprint", () => {
    byId("list").open = true;
    if (listed < Math.min(PRINTED, shown.cells)) list(PRINTED - listed);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    draw();
    drawLegend();
  });
  new ResizeObserver(layout).observe(matrix);

  fillForm();
  colours = palette();
  drawLegend();
  fitSize();
  readAddress();
})();
