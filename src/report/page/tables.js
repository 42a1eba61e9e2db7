// ---- The tables: their rest, and their order ----

// Rows beyond the first few come into the document when somebody asks for them.
function addRest(table) {
  const heads = [...table.tHead.rows[0].cells];
  for (const cells of data.rest[table.dataset.of] ?? []) {
    const line = document.createElement("tr");
    cells.forEach((one, n) => {
      const [text, leads] = Array.isArray(one) ? one : [one];
      const head = n === 0 ? undefined : heads[n].textContent;
      const box = cell(line, text, head, leads);
      box.className = heads[n].className;
    });
    table.tBodies[0].append(line);
  }
  delete data.rest[table.dataset.of];
}

function showRest(button) {
  const table = document.querySelector(`[data-of="${button.dataset.rest}"]`);
  addRest(table);
  table.classList.remove("short");
  button.parentElement.remove();
  table.tabIndex = -1;
  table.focus();
}

// "3+" counts as 3, and what is not known as less than nothing.
function number(text) {
  const value = parseInt(text, 10);
  return Number.isNaN(value) ? -Infinity : value;
}

// Numbers the largest first, texts by the alphabet; the other way round when asked again.
function sort(head) {
  const table = head.closest("table");
  addRest(table);
  const numeric = head.classList.contains("number");
  const falls = head.ariaSort === null ? numeric : head.ariaSort === "ascending";
  for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
  head.ariaSort = falls ? "descending" : "ascending";
  const texts = new Intl.Collator(undefined, { numeric: true });
  const order = numeric
    ? (a, b) => (a === b ? 0 : number(a) - number(b))
    : (a, b) => (a === "") - (b === "") || texts.compare(a, b);
  const keyed = [...table.tBodies[0].rows].map((row) => [row.cells[head.cellIndex].textContent, row]);
  keyed.sort(([a], [b]) => (falls ? order(b, a) : order(a, b)));
  table.tBodies[0].append(...keyed.map(([, row]) => row));
}

function makeSortable(table) {
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(head));
  }
}
