// ---- The picture ----

const matrix = byId("matrix");
const canvas = byId("canvas");
const pen = canvas.getContext("2d");
const LABELS_FROM = 11;
// Columns so wide have their names lying, and words beside the picture of a cell.
const WORDS_FROM = 84;
const WIDEST = 190;
// So many letters of a vault's name stay, whatever stands behind it.
const KEPT = 6;
const FONT = "13px system-ui, sans-serif";
const SMALL = "11px system-ui, sans-serif";
// A row's height, and a column's width: few columns share the width that there is.
let size = 16;
let wide = 16;
let margin = { left: 0, top: 0 };
let room = margin;

// Room for the longest names, within reason; a narrow screen keeps some for the cells.
function measure() {
  pen.font = `italic ${FONT}`;
  const longest = (texts) => texts.reduce((most, text) => Math.max(most, pen.measureText(text).width), 40);
  room = {
    left: Math.min(longest(shown.rows.map((row) => row.name + suffix(row))) + 16, 280, matrix.clientWidth / 2),
    top: Math.min(longest(shown.vaults.map((vault) => vault.name + vault.brief)) + 16, 180),
  };
}

// The name gives way, so that what stands behind it is seen, until so few letters are left.
function fitted(name, behind, width, kept = 0) {
  const fits = (text) => pen.measureText(text + behind).width <= width;
  if (fits(name)) return name + behind;
  const letters = [...name];
  let [least, most] = [0, letters.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(`${letters.slice(0, middle).join("")}…`)) least = middle;
    else most = middle - 1;
  }
  if (least < kept) {
    const start = letters.length > kept ? `${letters.slice(0, kept).join("")}…` : name;
    return fitted(start + behind, "", width);
  }
  return `${letters.slice(0, least).join("")}…${behind}`;
}

// Small accounts get large cells.
function fitSize() {
  const fitting = Math.floor((document.documentElement.clientWidth - 268) / Math.max(1, vaults.length));
  form.elements.size.value = Math.max(12, Math.min(24, fitting));
}

function layout() {
  size = Number(form.elements.size.value);
  const labels = size >= LABELS_FROM;
  const left = labels ? room.left : 0;
  const share = Math.floor((matrix.clientWidth - left - 2) / Math.max(1, shown.vaults.length));
  wide = Math.max(size, Math.min(share, WIDEST));
  margin = labels ? { left, top: lying() ? 30 : room.top } : { left: 0, top: 0 };
  const [width, height] = [margin.left + shown.vaults.length * wide, margin.top + shown.rows.length * size];
  const extent = byId("extent").style;
  extent.width = `${width}px`;
  extent.height = `${height}px`;
  // No taller than its content, with room for a scroll bar.
  matrix.style.maxHeight = `${height + 20}px`;
  draw();
}

function lying() {
  return wide >= WORDS_FROM && size >= LABELS_FROM;
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
  const end = Math.min(width, x0 + shown.vaults.length * wide);
  if (size >= LABELS_FROM && r % 2 === 1) {
    pen.fillStyle = colours.band;
    pen.fillRect(margin.left, y, end - margin.left, size);
  }
  drawUnread(row, x0, y, width, hatch);
  for (let i = 0; i < row.cells.length; i++) {
    const column = shown.columnOf[row.vaults[i]];
    const x = x0 + column * wide;
    if (column >= 0 && x > margin.left - wide && x < width && isShown(row, row.vaults[i], row.cells[i])) {
      const { can } = combinations[row.cells[i]];
      drawCell(pen, x, y, lying() ? size : wide, size, can);
      if (lying()) drawWords(words(can, vaults[row.vaults[i]]), x + size + 4, y + size / 2, wide - size - 8);
    }
  }
  for (const [v, change] of row.changes ?? []) {
    const x = x0 + shown.columnOf[v] * wide;
    const seen = shown.columnOf[v] >= 0 && x > margin.left - wide && x < width;
    if (seen && isShown(row, v, heldAt(row, v))) drawChange(pen, x, y, lying() ? size : wide, size, change.is);
  }
}

// Hatches the cells of which nothing was read, or not by both files; neighbours in one go.
function drawUnread(row, x0, y, width, hatch) {
  const last = Math.min(shown.vaults.length, Math.ceil((width - x0) / wide));
  let from = Math.max(0, Math.floor((margin.left - x0) / wide));
  for (let c = from; c <= last; c++) {
    if (c < last && isHatched(row, shown.vaults[c])) continue;
    if (c > from) {
      pen.fillStyle = hatch;
      pen.fillRect(x0 + from * wide, y, (c - from) * wide, size);
    }
    from = c + 1;
  }
}

function isHatched(row, vault) {
  return isUnread(row, vault) || !isCompared(row, vault);
}

function drawWords(text, x, y, across) {
  pen.font = SMALL;
  pen.fillStyle = colours.soft;
  pen.textBaseline = "middle";
  pen.fillText(fitted(text, "", across), x, y);
}

function drawRowLabels(first, last, y0, height) {
  clip(0, margin.top, margin.left - 6, height, () => {
    for (let r = first; r < last; r++) {
      const behind = suffix(shown.rows[r]);
      label(shown.rows[r].name, behind, margin.left - 12, 6, y0 + (r + 0.5) * size, r === cursor?.row);
    }
  });
}

function drawColumnLabels(x0, width) {
  const first = Math.floor(matrix.scrollLeft / wide);
  const last = Math.min(shown.vaults.length, Math.ceil((matrix.scrollLeft + width) / wide));
  clip(margin.left, 0, width, margin.top - 6, () => {
    for (let c = first; c < last; c++) {
      const { name, brief: behind } = shown.vaults[c];
      pen.save();
      if (lying()) {
        label(name, behind, wide - 6, x0 + c * wide + 1, margin.top / 2, c === cursor?.column, KEPT);
      } else {
        pen.translate(x0 + (c + 0.5) * wide, margin.top - 6);
        pen.rotate(-Math.PI / 2);
        label(name, behind, margin.top - 6, 0, 0, c === cursor?.column, KEPT);
      }
      pen.restore();
    }
  });
}

function label(name, behind, across, x, y, marked, kept) {
  const quiet = behind !== "";
  pen.font = `${marked ? "700 " : ""}${quiet ? "italic " : ""}${FONT.replace("13", Math.min(13, size - 1))}`;
  pen.fillStyle = quiet && !marked ? colours.soft : colours.ink;
  pen.textBaseline = "middle";
  pen.fillText(fitted(name, behind, across, kept), x, y);
}

function drawCursor(x0, y0) {
  if (!cursor) return;
  pen.strokeStyle = colours.cursor;
  pen.lineWidth = 2;
  pen.strokeRect(x0 + cursor.column * wide, y0 + cursor.row * size, wide, size);
}

function clip(left, top, right, bottom, inside) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, bottom - top);
  pen.clip();
  inside();
  pen.restore();
}
