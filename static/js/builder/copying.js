// Rows and groups are copied within the page, to another tab, and from other lists. What is copied is a draft; the
// server draws it wherever it is put.
import { read } from "./drafts.js";
import { remember } from "./history.js";
import { asText } from "./json.js";
import { place } from "./moving.js";
import { byId, childrenOf, fieldOf, focusOn, inWhere, nodeOf, root, rows, say, typed, words } from "./page.js";

const key = "crmseg-copied";
const fresh = () => `n${crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 16)}`;
const renamed = (draft) => ({ ...draft, id: fresh(), children: draft.children.map(renamed) });

// What may stand beside what: conditions and groups, what is asked of an event, steps.
function levelOf(node) {
  if (node.dataset.node === "step") return "step";
  return inWhere(node) ? "where" : "condition";
}

export function copy(node) {
  const copied = JSON.stringify({ copied: read(node), level: levelOf(node) });
  try { localStorage.setItem(key, copied); } catch { /* a browser may refuse: the clipboard may not */ }
  say(words.copied);
  return copied;
}

function copied(text) {
  for (const said of [text, (() => { try { return localStorage.getItem(key); } catch { return ""; } })()]) {
    try {
      const found = JSON.parse(said);
      if (found?.copied?.kind) return found;
    } catch { /* not ours */ }
  }
  return null;
}

// Where it fits: below the row at hand, else inside it, else at the end of all.
function placeFor(level, node) {
  for (let near = node; near && near !== root(); near = nodeOf(near.parentElement)) {
    if (levelOf(near) === level) return [near.parentElement, near.nextElementSibling];
    const asks = near.dataset.node === "step" || fieldOf(near, "what")?.value.startsWith("event:");
    if (level === "where" && asks) return [childrenOf(near), null];
    if (level === "step" && fieldOf(near, "what")?.value === "sequence:") return [childrenOf(near), null];
  }
  return level === "condition" ? [childrenOf(root()), null] : null;
}

async function fetched(body, url) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams(body) });
  if (!answer.ok) throw new Error(answer.status);
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  return made.content.querySelector("[data-node]");
}

async function insert(asking, [parent, next]) {
  try {
    const made = await asking;
    if (!parent.isConnected) return;
    place(made, parent, next?.isConnected ? next : null);
    focusOn(made);
    remember();
    say(words.pasted);
  } catch { say(words.failed); }
}

export function paste(node, text = "") {
  const found = copied(text);
  const where = found && placeFor(found.level, node);
  if (!where) return say(found ? words.misplaced : words.nothingToPaste);
  return insert(fetched({ row: JSON.stringify(renamed(found.copied)), inside: found.level === "where" ? "where" : "" }, words.rowUrl), where);
}

const free = (e) => !asText() && rows.contains(document.activeElement) && !typed(document.activeElement) && e.clipboardData;
document.addEventListener("copy", (e) => {
  const node = nodeOf(document.activeElement);
  if (!free(e) || !node || node === root() || String(getSelection())) return;
  e.clipboardData.setData("text/plain", copy(node));
  e.preventDefault();
});
document.addEventListener("paste", (e) => {
  if (!free(e) || !copied(e.clipboardData.getData("text/plain"))) return;
  e.preventDefault();
  paste(nodeOf(document.activeElement), e.clipboardData.getData("text/plain"));
});

// A branch of another list: its tree is in the dialog, the chosen node comes as rows.
const dialog = byId("branch-dialog");
byId("branch-open").addEventListener("click", () => dialog.showModal());
dialog.addEventListener("click", (e) => {
  if (!e.target.closest("[data-insert-branch]")) return;
  const chosen = dialog.querySelector("[name=pointer]:checked");
  if (!chosen) return;
  const list = dialog.querySelector("[name=branch_list]").value;
  dialog.close();
  insert(fetched({ list, pointer: chosen.value }, words.branchUrl), [childrenOf(root()), null]);
});
