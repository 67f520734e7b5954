// The queue by keyboard: j and k walk, Enter explains, o opens the contact, c takes the lead, x selects, a assigns.
const rows = () => [...document.querySelectorAll("[data-leads] tr[data-lead]")];
const current = () => document.activeElement?.closest?.("tr[data-lead]");

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

const acts = {
  j: () => walk(1),
  k: () => walk(-1),
  x: (row) => row?.querySelector("[data-select]")?.click(),
  o: (row) => { if (row) location.href = row.dataset.contactUrl; },
  c: (row) => row?.querySelector("[data-take] button")?.click(),
  a: () => document.querySelector("#leads-bar:not([hidden]) select")?.focus(),
  "/": () => document.getElementById("leads-q")?.focus(),
  "?": () => document.getElementById("leads-keys")?.showModal(),
  Enter: (row, e) => { if (row && e.target === row) location.href = row.dataset.href; },
};

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input:not([type=checkbox]), select, textarea, dialog[open], [contenteditable]")) return;
  const act = acts[e.key];
  if (!act || (e.key === "Enter" && !e.target.matches("tr[data-lead]"))) return;
  e.preventDefault();
  act(current(), e);
});
