// Undo and redo keep whole copies of the rows, marked by what they mean.
import { ask } from "./asking.js";
import { draft, settle } from "./drafts.js";
import { keep } from "./keeping.js";
import { tidy } from "./moving.js";
import { byId, rows, say, words } from "./page.js";

const MOST = 200;
const past = [];
let at = -1;

export const isChanged = () => past[0]?.means !== past[at]?.means;
export const meaning = () => past[at].means;

export function remember() {
  settle();
  const means = draft();
  if (past[at]?.means === means) return;
  past.splice(at + 1);
  past.push({ html: rows.innerHTML, means, focus: document.activeElement?.id });
  if (past.length > MOST) past.shift();
  at = past.length - 1;
  ask();
  keep();
}

export function travel(step) {
  if (!past[at + step]) return say(step < 0 ? words.nothingToUndo : words.nothingToRedo);
  const focus = past[at].focus;
  at += step;
  rows.innerHTML = past[at].html;
  htmx.process(rows);
  tidy();
  (byId(focus) || byId(past[at].focus) || rows.querySelector("button, select, input"))?.focus();
  say(step < 0 ? words.undone : words.redone);
  ask();
  keep();
}

byId("undo").addEventListener("click", () => travel(-1));
byId("redo").addEventListener("click", () => travel(1));
