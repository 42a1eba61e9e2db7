// ---- What the page listens to, and its start ----

form.addEventListener("input", (event) => {
  if (event.target.name === "size") layout();
  else writeAddress();
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(writeAddress));
byId("more").addEventListener("click", () => list(PAGE));
document.querySelectorAll("[data-rest]").forEach((button) => {
  button.addEventListener("click", () => showRest(button));
});
document.querySelectorAll("table[data-of]").forEach(makeSortable);
window.addEventListener("hashchange", () => {
  readAddress();
  const hash = decodeURIComponent(location.hash.slice(1));
  if (byId("whole").hidden) return;
  (hash.includes("=") ? byId("access") : byId(hash))?.scrollIntoView();
});
window.addEventListener("beforeprint", beforePrint);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  draw();
  drawLegend();
});
new ResizeObserver(() => {
  measure();
  layout();
}).observe(matrix);

printMarks();
fillForm();
colours = palette();
drawLegend();
fitSize();
if (!readAddress()) filter();
