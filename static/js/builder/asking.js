// The count, the sample, the sentence and the problems come from one request, half a breath after the last change.
import { draft, read } from "./drafts.js";
import { asText, text } from "./json.js";
import { byId, form, preview, rows } from "./page.js";
import { sent } from "./redrawing.js";
import { place } from "./funnel.js";

const details = byId("details");
// One page has one question at a time: the server gives up the one before.
byId("page-token").value = crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 16);

let asking;
export function ask() {
  preview.classList.add("b-stale");
  rows.classList.add("b-outdated");
  clearTimeout(asking);
  asking = setTimeout(() => htmx.trigger(preview, "ask"), 300);
}

form.addEventListener("htmx:configRequest", (e) => {
  const source = e.target;
  if (source.matches("[data-node]")) {
    e.detail.parameters = new FormData();
    e.detail.parameters.set("row", JSON.stringify(read(source)));
    sent.set(source.id, e.detail.parameters.get("row"));
  } else if (source.matches("[data-whole]")) {
    const whole = new FormData();
    for (const control of form.querySelectorAll("input[name], textarea[name]")) {
      if (!rows.contains(control) && (control.type !== "checkbox" || control.checked)) whole.set(control.name, control.value);
    }
    if (asText()) whole.set("definition", text.value); else whole.set("draft", draft());
    e.detail.parameters = whole;
  }
});

document.addEventListener("htmx:afterSwap", (e) => {
  if (e.detail.target === details) return place();
  if (e.detail.target !== preview) return;
  preview.classList.remove("b-stale", "b-failed");
  showProblems();
  if (preview.querySelector(".b-count")) htmx.trigger(details, "counted");
  else { details.replaceChildren(); place(); }
});

// Which controls a JSON Pointer may mean, the most exact first; of a row without any of them, its value.
const CONTROLS = [
  [/\/(window|in)\b/, ["window-n", "window-from", "window"]],
  [/\/within\b/, ["within-n", "within"]],
  [/\/zone$/, ["zone_name", "zone"]],
  [/\/currency$/, ["currency"]],
  [/\/(at_least|colleagues)\b/, ["k", "who-n"]],
  [/\/of$/, ["of", "parts", "name"]],
  [/\/(event|any_item)$/, ["name"]],
  [/\/value\/(1|to)\b/, ["value_to", "to"]],
  [/\/value\/(from|km|lon)\b/, ["from", "km", "lon"]],
  [/\/bucket\/1$/, ["high"]],
  [/\/(topic|same|salt|label|occurrence)$/, ["topic", "same", "salt", "label", "nth"]],
];
const ELSE = ["value", "name", "op", "what"];

function controlFor(row, pointer) {
  const named = CONTROLS.find(([pattern]) => pattern.test(pointer))?.[1] ?? [];
  for (const name of [...named, ...ELSE]) {
    const control = byId(`${row}-${name}`);
    if (control) return control;
  }
  return null;
}

function showProblems() {
  for (const place of rows.querySelectorAll(".b-problems:not(:empty)")) place.replaceChildren();
  for (const marked of rows.querySelectorAll("[aria-invalid]")) { marked.removeAttribute("aria-invalid"); marked.removeAttribute("aria-describedby"); }
  for (const item of preview.querySelectorAll("[data-row]")) {
    const place = byId(`${item.dataset.row}-problems`);
    if (!place) continue;
    const line = place.appendChild(document.createElement("p"));
    line.className = item.dataset.tone === "warning" ? "b-warning" : "problem";
    line.textContent = item.textContent.trim();
    if (item.dataset.tone === "warning") continue;
    const control = controlFor(item.dataset.row, item.dataset.pointer);
    control?.closest("[data-more]")?.removeAttribute("hidden");
    control?.setAttribute("aria-invalid", "true");
    control?.setAttribute("aria-describedby", place.id);
  }
}
