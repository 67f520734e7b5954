// A copy of what is not saved yet, in this browser: a closed tab or a lost connection loses nothing.
import { byId, form, isWritten } from "./page.js";

const key = form.dataset.kept;
const OURS = new Set(["csrfmiddlewaretoken", "seen", "campaign", "language", "shown", "keep"]);
const controls = () => [...form.elements].filter((one) => isWritten(one) && !OURS.has(one.name));
const isBox = (one) => one.type === "checkbox" || one.type === "radio";
const snapshot = () => controls().filter((one) => !isBox(one) || one.checked).map((one) => [one.name, one.value]);

export const keep = () => {
  try { localStorage.setItem(key, JSON.stringify({ when: Date.now(), words: snapshot() })); } catch { /* full or refused: the server has it in a moment */ }
};
export const forget = () => { try { localStorage.removeItem(key); } catch { /* as above */ } };

const kept = () => { try { return JSON.parse(localStorage.getItem(key) || "null"); } catch { return null; } };

const bringBack = ({ words }) => {
  const has = new Set(words.map(([name, value]) => `${name}=${value}`));
  for (const one of controls()) {
    if (isBox(one)) one.checked = has.has(`${one.name}=${one.value}`);
    else one.value = words.find(([name]) => name === one.name)?.[1] ?? one.value;
  }
};

export const offerKept = (save) => {
  const found = kept(), offer = byId("draft-offer");
  if (!found || JSON.stringify(found.words) === JSON.stringify(snapshot())) { forget(); return; }
  offer.querySelector("[data-when]").textContent = new Date(found.when).toLocaleString(document.documentElement.lang);
  offer.hidden = false;
  byId("draft-restore").addEventListener("click", () => { bringBack(found); offer.hidden = true; keep(); save(); form.querySelector("#id_subject, textarea")?.focus(); });
  byId("draft-discard").addEventListener("click", () => { forget(); offer.hidden = true; });
};
