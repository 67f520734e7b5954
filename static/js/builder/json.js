// The definition as JSON, for those who prefer it: the same reader, the same problems.
import { ask } from "./asking.js";
import { draft } from "./drafts.js";
import { byId, form, rows, say, words } from "./page.js";

export const text = byId("definition-json");
const panel = byId("json-panel");
const toggle = byId("json-toggle");

export const asText = () => !panel.hidden;

export function showJson(shown) {
  rows.hidden = shown;
  panel.hidden = !shown;
  toggle.setAttribute("aria-pressed", String(shown));
}

toggle.addEventListener("click", async () => {
  if (asText()) {
    htmx.ajax("POST", form.dataset.rowsUrl, { source: rows, target: rows, swap: "innerHTML", values: { definition: text.value } });
    return;
  }
  try {
    const token = document.querySelector("meta[name=csrf-token]").content;
    const answer = await fetch(form.dataset.jsonUrl, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams({ draft: draft() }) });
    if (!answer.ok) throw new Error(answer.status);
    text.value = (await answer.json()).text;
    showJson(true);
    text.focus();
  } catch { say(words.failed); }
});
text.addEventListener("input", () => ask());
