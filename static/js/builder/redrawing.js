// A row is drawn anew by the server when its property or its operator changes; until then it stays as it was.
// What was typed into it meanwhile is not overwritten: the row is asked for once more, with that in it.
import { read } from "./drafts.js";
import { remember } from "./history.js";
import { showJson } from "./json.js";
import { tidy } from "./moving.js";
import { byId, preview, rows, say, words } from "./page.js";

const FIRST = "select[data-field=op], select[data-field=how], select[data-field=who], select[data-field=channel], .b-step [data-field=name], [data-field=value], [data-adder]";
const before = new Map();
export const sent = new Map();
let picked = null;

// Keeps the row as it is, to put it back when the server is away.
export function keepOld(node) {
  if (!before.has(node.id)) before.set(node.id, node.outerHTML);
}

export function refresh(node) {
  htmx.process(node); // a row that has just been drawn hears nothing before htmx has settled it
  node.classList.add("b-waiting");
  htmx.trigger(node, "refresh");
}

export function refreshPicked(node) {
  picked = node.id;
  refresh(node);
}

function putBack(node) {
  const old = before.get(node.id);
  before.delete(node.id);
  node.classList.remove("b-waiting");
  if (old) { node.outerHTML = old; htmx.process(byId(node.id)); }
  say(words.failed);
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (e) => {
    if (e.target === preview) preview.classList.add("b-failed");
    if (e.target.matches?.("[data-node]")) putBack(e.target);
  });
}

document.addEventListener("htmx:beforeSwap", (e) => {
  const node = e.detail.elt;
  if (!node.matches("[data-node]") || e.detail.isError) return;
  if (!node.isConnected) { e.detail.shouldSwap = false; return; } // its group was drawn anew or is gone
  if (JSON.stringify(read(node)) === sent.get(node.id)) return;
  e.detail.shouldSwap = false;
  setTimeout(() => { if (node.isConnected) refresh(node); });
});

rows.addEventListener("htmx:afterSettle", (e) => {
  if (e.detail.target === rows) {
    showJson(false);
    tidy();
    remember();
    return;
  }
  const node = e.target.closest("[data-node]");
  if (!node) return;
  tidy();
  before.delete(node.id);
  if (picked === node.id) {
    picked = null;
    node.querySelector(FIRST)?.focus();
  }
  remember();
});
