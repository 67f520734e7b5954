// The draft outlives the tab: kept in this browser until it is saved or thrown away.
import { plain, read } from "./drafts.js";
import { isChanged, meaning, remember } from "./history.js";
import { byId, form, root, rows, words } from "./page.js";

const key = `crmseg-draft-${words.owner}-${words.list}`;
const offer = byId("draft-offer");
let saved = false;

function store(value) {
  try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* a browser may refuse */ }
}

export function keep() {
  if (saved || !isChanged()) return;
  store(JSON.stringify({ draft: JSON.parse(meaning()), name: byId("id_name")?.value || "", version: words.version, at: Date.now() }));
}

const meansTheSame = (one, other) => JSON.stringify([one.fields, one.children.map(plain)]) === JSON.stringify([other.fields, other.children.map(plain)]);

export function offerKept() {
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(key)); } catch { kept = null; }
  if (!kept?.draft || meansTheSame(kept.draft, read(root()))) return;
  offer.hidden = false;
  offer.querySelector("[data-when]").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  byId("draft-restore").onclick = () => {
    if (kept.name && byId("id_name") && !byId("id_name").value) byId("id_name").value = kept.name;
    htmx.ajax("POST", form.dataset.rowsUrl, { source: rows, target: rows, swap: "innerHTML", values: { draft: JSON.stringify(kept.draft) } });
    offer.hidden = true;
  };
  byId("draft-discard").onclick = () => { store(null); offer.hidden = true; };
}

document.addEventListener("htmx:afterRequest", (e) => {
  if (!e.detail.xhr?.getResponseHeader("HX-Redirect") || !e.target.matches?.("[data-saves]")) return;
  saved = true;
  store(null);
});
window.addEventListener("beforeunload", () => { if (!saved) remember(); });
