// Saves the design a moment after each change, and before the page is left.
import { byId, editor, form, mjml, original, say } from "./page.js";

const state = byId("design-state");
const token = document.querySelector("meta[name=csrf-token]").content;
let timer, dirty = false, running = null, loses = false;

// What the editor understood, against what was there: parts that it would drop are never saved over.
const parts = (text) => (text.match(/<mj-[a-z-]+|{%[^%]*%}/g) || []).reduce((found, one) => found.set(one, (found.get(one) || 0) + 1), new Map());
export const check = () => {
  const now = parts(mjml());
  const lost = [...parts(original)].filter(([part, count]) => (now.get(part) || 0) < count).map(([part]) => part);
  loses = lost.length > 0;
  if (!loses) return;
  const notice = byId("design-lost");
  notice.querySelector("p").textContent = `${say("lost")} ${lost.join(" ")}`;
  notice.hidden = false;
};

const post = async (keep) => {
  dirty = false;
  state.textContent = say("saving");
  const data = new FormData(form);
  data.set("body_mjml", mjml());
  if (keep) data.set("keep", keep);
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-CSRFToken": token, Accept: "application/json" } });
    const told = await answer.json();
    byId("design-conflict").hidden = !told.conflict;
    if (told.conflict) { byId("design-keep").value = told.seen; dirty = true; state.textContent = ""; return; }
    if (told.seen) form.elements.seen.value = told.seen;
    state.textContent = told.problems?.length ? told.problems.join(" ") : `${say("saved")} ${new Date().toLocaleTimeString(document.documentElement.lang)}`;
  } catch {
    dirty = true;
    state.textContent = say("failed");
  }
};

export const save = async (keep) => {
  clearTimeout(timer);
  if (running) await running;
  if (loses || (!byId("design-conflict").hidden && !keep)) return;
  running = post(keep);
  await running;
  running = null;
};

const touched = () => {
  dirty = true;
  clearTimeout(timer);
  timer = setTimeout(save, 1500);
};
editor.on("update changed-here", touched);

byId("design-keep").addEventListener("click", (e) => save(e.currentTarget.value));
byId("design-done").addEventListener("click", async (e) => {
  if (!dirty && !running) return;
  e.preventDefault();
  editor.stopCommand("core:component-select");
  await save();
  location.href = e.currentTarget?.href || byId("design-done").href;
});
addEventListener("beforeunload", (e) => { if (dirty && !loses) e.preventDefault(); });
