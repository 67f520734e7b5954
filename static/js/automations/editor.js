// The editor of automations: keys, moving with the mouse, and nothing typed that gets lost.
// The server draws everything anew after each change; what is here only asks it.
const byId = (id) => document.getElementById(id);
const shell = byId("editor-shell");
const boxes = () => [...shell.querySelectorAll(".j-picture a.j-open, .j-picture .j-plus")];
const stepOf = (element) => element?.closest?.(".j-picture [data-box]")?.dataset.box;

function act(name, step, slot = "") {
  const form = byId("act-form");
  form.elements.act.value = name;
  form.elements.step.value = step;
  form.elements.slot.value = slot;
  form.requestSubmit();
}

// What was typed beside the picture is saved before anything else is done; then that is done.
let dirty = false;
let next = "";
shell.addEventListener("input", (e) => { if (e.target.closest("#panel-form")) dirty = true; });
shell.addEventListener("change", (e) => {
  if (!e.target.closest("#panel-form")) return;
  dirty = true;
  if (e.target.matches("[data-redraws]")) { next = e.target.id; e.target.form.requestSubmit(); }
});
const then = (id) => {
  const element = byId(id);
  if (!element) return;
  if (element.matches("a, button")) element.click(); else element.focus();
};
document.addEventListener("click", (e) => {
  const wanted = dirty && e.target.closest?.("#editor a[id], #editor a[data-leaves], #editor button[id]");
  if (!wanted || wanted.closest("#panel-form #panel-save") || wanted.matches("[data-close-dialog]")) return;
  const form = byId("panel-form");
  if (!form || !form.checkValidity?.()) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  next = wanted.id;
  form.requestSubmit();
}, true);
document.addEventListener("htmx:afterSettle", () => {
  byId("panel-form")?.querySelector(":scope[data-first] :is(input:not([type=hidden]), select, textarea, a.btn)")?.focus();
  byId("panel-form")?.removeAttribute("data-first");
  if (!byId("panel-form") || !next) return;
  const id = next;
  next = "";
  setTimeout(() => then(id));
});
document.addEventListener("htmx:afterRequest", (e) => {
  if (e.detail.successful && e.detail.elt?.closest?.("#editor, #editor-shell")) dirty = false;
  if (!e.detail.successful) next = "";
});
addEventListener("beforeunload", (e) => { if (dirty) e.preventDefault(); });

// Keys.
document.addEventListener("keydown", (e) => {
  const writes = e.target.matches?.("input, textarea, select, [contenteditable]");
  const key = e.key.toLowerCase();
  if ((e.ctrlKey || e.metaKey) && key === "s") { e.preventDefault(); byId("panel-form")?.requestSubmit(); return; }
  if (writes || document.querySelector("dialog[open]")) return;
  if ((e.ctrlKey || e.metaKey) && (key === "z" || key === "y")) {
    e.preventDefault();
    const button = byId(key === "y" || e.shiftKey ? "redo" : "undo");
    if (!button.disabled) button.click();
    return;
  }
  const step = stepOf(e.target);
  if (step && e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
    e.preventDefault();
    act(e.key === "ArrowUp" ? "up" : "down", step);
  } else if (step && e.key === "Delete") {
    e.preventDefault();
    const ways = byId(`box-${step}`).parentElement.querySelector(".j-ways .j-box");
    if (!ways) act("remove", step);
    else if (byId("remove-step") && byId(`step-${step}`)?.getAttribute("aria-current")) byId("remove-step").showModal();
    else { next = "act-remove"; byId(`step-${step}`).click(); }
  } else if (!e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown") && e.target.closest?.(".j-picture")) {
    const all = boxes();
    const at = all.indexOf(e.target);
    const to = at < 0 ? null : all[at + (e.key === "ArrowUp" ? -1 : 1)];
    if (to) { e.preventDefault(); to.focus(); }
  }
});

// The mouse: a box is dragged onto a plus.
let dragged = "";
document.addEventListener("dragstart", (e) => {
  dragged = stepOf(e.target) || "";
  if (!dragged) return;
  e.dataTransfer.effectAllowed = "move";
  e.dataTransfer.setData("text/plain", dragged);
  shell.classList.add("j-dragging");
});
document.addEventListener("dragend", () => { shell.classList.remove("j-dragging"); dragged = ""; });
const slotAt = (e) => dragged && e.target.closest?.(".j-slot");
document.addEventListener("dragover", (e) => {
  const slot = slotAt(e);
  if (!slot) return;
  e.preventDefault();
  slot.classList.add("j-over");
});
document.addEventListener("dragleave", (e) => slotAt(e)?.classList.remove("j-over"));
document.addEventListener("drop", (e) => {
  const slot = slotAt(e);
  if (!slot) return;
  e.preventDefault();
  act("move", dragged, slot.dataset.slot);
});
