// The draft outlives the tab: kept in this browser until it is saved or thrown away. Each visit keeps its own, so that
// neither another tab nor a new beginning overwrites what is still on offer.
import { plain, read } from "./drafts.js";
import { isChanged, meaning, remember } from "./history.js";
import { byId, form, root, rows, words } from "./page.js";

const MOST = 5;
const key = `crmseg-draft-${words.owner}-${words.list}`;
const mine = crypto.getRandomValues(new Uint32Array(2)).join("-");
const offer = byId("draft-offer");
let saved = false;

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return [found ?? []].flat().filter((one) => one?.draft);
  } catch { return []; }
}

function store(entries) {
  try { entries.length ? localStorage.setItem(key, JSON.stringify(entries.slice(0, MOST))) : localStorage.removeItem(key); } catch { /* a browser may refuse */ }
}

const forget = (visit) => store(kept().filter((one) => one.visit !== visit));

export function keep() {
  if (saved || !isChanged()) return;
  const now = { visit: mine, draft: JSON.parse(meaning()), name: byId("id_name")?.value || "", version: words.version, at: Date.now() };
  store([now, ...kept().filter((one) => one.visit !== mine)]);
}

const meansTheSame = (one, other) => JSON.stringify([one.fields, one.children.map(plain)]) === JSON.stringify([other.fields, other.children.map(plain)]);

// The newest that says something else than the page; the next one when it is thrown away.
export function offerKept() {
  const shown = read(root());
  const found = kept().find((one) => one.visit !== mine && !meansTheSame(one.draft, shown));
  offer.hidden = !found;
  if (!found) return;
  const when = offer.querySelector("[data-when]");
  when.dateTime = new Date(found.at).toISOString();
  when.textContent = new Date(found.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  byId("draft-restore").onclick = async () => {
    if (found.name && byId("id_name") && !byId("id_name").value) byId("id_name").value = found.name;
    const version = form.elements.namedItem("version");
    // It began on that version: saving it says what was changed since.
    if (version && found.version !== "0") version.value = words.version = found.version;
    offer.hidden = true;
    await htmx.ajax("POST", form.dataset.rowsUrl, { source: rows, target: rows, swap: "innerHTML", values: { draft: JSON.stringify(found.draft) } });
    keep();
    if (kept().some((one) => one.visit === mine)) forget(found.visit); // it goes on as this visit's own
  };
  byId("draft-discard").onclick = () => { forget(found.visit); offerKept(); };
}

document.addEventListener("htmx:afterRequest", (e) => {
  if (!e.detail.xhr?.getResponseHeader("HX-Redirect") || !e.target.matches?.("[data-saves]")) return;
  saved = true;
  forget(mine);
});
window.addEventListener("beforeunload", () => { if (!saved) remember(); });
