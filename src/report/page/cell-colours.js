// ---- How a cell gets its colour, and what the legend says of it ----

// Named in page.css; filled in when the page is drawn.
let colours = {};

function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const plain = ["paper", "ink", "soft", "band", "cursor", "gained", "lost"].map((name) => [name, colour(name)]);
  const cells = ["lists", "reads", "edits", "takes", "manages"];
  return Object.fromEntries(plain.concat(cells.map((name) => [name, colour(`cell-${name}`)])));
}

// The taller, the more: lists, reads, edits, takes out. A frame with a dot manages.
function drawCell(on, x, y, across, side, can) {
  const [level, colour] = can & TAKES ? [1, colours.takes]
    : can & CAN.edits ? [0.75, colours.edits]
    : can & CAN.reads ? [0.5, colours.reads]
    : can & CAN.lists ? [0.3, colours.lists]
    : [0.1, colours.soft];
  const manages = can & CAN.manages;
  if (side < 7) {
    on.fillStyle = manages ? colours.manages : colour;
    on.fillRect(x, y, Math.max(1, across - 0.5), Math.max(1, side - 0.5));
    return;
  }
  const box = side - 2;
  if (can & ~CAN.manages || !manages) {
    on.fillStyle = colour;
    on.fillRect(x + 1, y + 1 + box * (1 - level), across - 2, box * level);
  }
  if (manages) {
    const [dot, left, top] = [side / 3, x + across / 2 - side / 6, y + side / 3];
    on.strokeStyle = colours.manages;
    on.lineWidth = 2;
    on.strokeRect(x + 2, y + 2, across - 4, side - 4);
    on.fillStyle = colours.paper;
    on.fillRect(left - 1, top - 1, dot + 2, dot + 2);
    on.fillStyle = colours.manages;
    on.fillRect(left, top, dot, dot);
  }
}

// A mark in the corner: what it says does not hang on its colour.
function drawChange(on, x, y, across, side, is) {
  const lost = is === CHANGE.lost;
  on.fillStyle = is === CHANGE.path ? colours.ink : lost ? colours.lost : colours.gained;
  if (side < LABELS_FROM) return on.fillRect(x, y, across, side);
  const box = Math.round(side * 0.55);
  on.fillRect(x + across - box, y, box, box);
  on.font = `700 ${box}px system-ui, sans-serif`;
  on.fillStyle = colours.paper;
  on.textAlign = "center";
  on.textBaseline = "middle";
  const mark = is === CHANGE.path ? "~" : is === CHANGE.gained ? "+" : lost ? "−" : "±";
  on.fillText(mark, x + across - box / 2, y + box / 2);
  on.textAlign = "start";
  return undefined;
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
  const samples = entries.map(([can, text]) => sample(text, (on) => drawCell(on, 0, 0, 18, 18, can)));
  if (COMPARED) {
    const { gained, lost, path } = CHANGE;
    const marks = [[gained, "gained"], [lost, "lost"], [gained | lost, "gained and lost"], [path, "same, by other paths"]];
    samples.push(...marks.map(([is, text]) => sample(text, (on) => drawChange(on, 0, 0, 18, 18, is))));
  }
  if (rows.some((row) => vaults.some((vault) => isHatched(row, vault)))) {
    samples.push(sample(COMPARED ? "not read, or not compared: unknown" : "not read: unknown", (on) => {
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
