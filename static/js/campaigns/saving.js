// Saves what is written a moment after each change. Only one request at a time, and none while a conflict waits for an
// answer; what could not be saved stays in this browser (keeping.js).
import { byId, form, isWritten } from "./page.js";
import { forget, keep } from "./keeping.js";

let timer, saving = false, again = false, unsaved = false;

const hasConflict = () => byId("conflict").children.length > 0;

export const save = async (values = {}) => {
  clearTimeout(timer);
  if (saving) { again = true; return; }
  if (hasConflict() && !values.keep) return;
  saving = true;
  unsaved = false;
  byId("saved").lastChild.textContent = form.dataset.saving;
  try {
    await htmx.ajax("POST", form.dataset.saveUrl, { source: form, target: "#saved", swap: "outerHTML", values });
  } finally {
    saving = false;
    if (again) { again = false; await save(); }
  }
};

export const settle = async () => { if (unsaved || saving) await save(); };

const touched = (wait) => (e) => {
  if (!isWritten(e.target)) return;
  unsaved = true;
  keep();
  clearTimeout(timer);
  timer = setTimeout(save, wait);
};
form.addEventListener("input", touched(1200));
form.addEventListener("change", touched(300));

document.addEventListener("htmx:afterRequest", (e) => {
  if (e.detail.requestConfig?.path !== form.dataset.saveUrl) return;
  if (e.detail.successful) byId("conflict").replaceChildren();
  else if (e.detail.xhr.status !== 409) { unsaved = true; byId("saved").lastChild.textContent = form.dataset.unsaved; }
});

// What is not usable yet is told beside the page and at its control.
document.addEventListener("saved", () => {
  const wrong = [...document.querySelectorAll("#problems [data-wrong]")].map((link) => link.dataset.wrong);
  byId("unsaved-card").hidden = wrong.length === 0;
  for (const control of form.querySelectorAll("[data-marked]")) { control.removeAttribute("aria-invalid"); control.classList.remove("is-invalid"); delete control.dataset.marked; }
  for (const id of wrong) {
    const control = byId(id);
    if (control?.matches("input, textarea, select")) { control.setAttribute("aria-invalid", "true"); control.classList.add("is-invalid"); control.dataset.marked = "1"; }
  }
  if (!unsaved && !wrong.length) forget();
});

// “Keep mine” answers the conflict here; other buttons that send the form lead away and save as they go.
form.addEventListener("submit", (e) => {
  if (e.submitter?.name !== "keep") return;
  e.preventDefault();
  save({ keep: e.submitter.value });
});
document.addEventListener("click", async (e) => {
  const link = e.target.closest?.("a[data-leaves]");
  if (!link || e.ctrlKey || e.metaKey || !(unsaved || saving)) return;
  e.preventDefault();
  await save();
  location.href = link.href;
  if (link.hash && link.pathname === location.pathname && link.search === location.search) location.reload();
});

// A definition that is taken away is a change like any other.
form.addEventListener("click", (e) => {
  const row = e.target.closest("[data-remove-definition]")?.closest("[data-definition]");
  if (!row) return;
  const place = byId("audience");
  row.remove();
  place.querySelector("a.btn")?.focus();
  place.querySelector("[name=name]").dispatchEvent(new Event("change", { bubbles: true }));
});
