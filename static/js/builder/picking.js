// The chooser of what a condition asks: one for all rows, searched by typing.
import { settle } from "./drafts.js";
import { beside } from "./menus.js";
import { byId, nodeOf } from "./page.js";
import { keepOld, refreshPicked } from "./redrawing.js";

const picker = byId("picker");
const search = byId("picker-search");
const options = [...picker.querySelectorAll("[role=option]")];
const other = byId("picker-other");
let pickFor = null;

const visible = () => [...picker.querySelectorAll("[role=option]:not([hidden])")].filter((option) => !option.parentElement.hidden);

export function openPicker(button) {
  pickFor = nodeOf(button);
  search.value = "";
  filter();
  beside(picker, button);
  const chosen = options.find((option) => option.dataset.value === byId(`${pickFor.id}-what-value`).value);
  light(chosen || visible()[0]);
  search.focus();
}

function filter() {
  const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const ofColleagues = pickFor.closest("[data-about=colleagues]");
  for (const option of options) {
    const name = option.dataset.find ??= `${option.textContent} ${option.dataset.value} ${option.parentElement.getAttribute("aria-label")}`.toLowerCase();
    option.hidden = !wanted.every((word) => name.includes(word)) || (ofColleagues && option.dataset.value === "colleagues:");
  }
  for (const group of picker.querySelectorAll("[role=group]")) group.hidden = ![...group.querySelectorAll("[role=option]")].some((option) => !option.hidden);
  const named = search.value.trim();
  const known = options.some((option) => option.dataset.value === `event:${named}`);
  other.hidden = other.parentElement.hidden = !named || known;
  other.dataset.value = `event:${named}`;
  other.querySelector("[data-named]").textContent = named;
}

function light(option) {
  for (const lit of picker.querySelectorAll("[aria-selected=true]")) lit.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) search.setAttribute("aria-activedescendant", option.id); else search.removeAttribute("aria-activedescendant");
}

function pick(option) {
  picker.hidePopover();
  const node = pickFor;
  if (!option || !node?.isConnected) return;
  settle();
  keepOld(node);
  byId(`${node.id}-what-value`).value = option.dataset.value;
  node.querySelector("[data-what-label]").textContent = option.dataset.label || option.textContent.trim();
  byId(`${node.id}-what`).focus();
  refreshPicked(node);
}

// What begins like the words is meant before what only holds them.
function nearest() {
  const wanted = search.value.trim().toLowerCase();
  const shown = visible();
  return shown.find((option) => (option.dataset.label || "").toLowerCase().startsWith(wanted)) || shown[0];
}

search.addEventListener("input", () => { filter(); light(nearest()); });
search.addEventListener("keydown", (e) => {
  const shown = visible();
  const here = shown.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    e.preventDefault();
    light(shown[(here + (e.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length]);
  } else if (e.key === "Enter") {
    e.preventDefault();
    e.stopPropagation();
    pick(shown[here] || shown[0]);
  } else if (e.key === "Escape") {
    e.preventDefault(); // a search field would only empty itself
    picker.hidePopover();
    byId(`${pickFor.id}-what`)?.focus();
  }
});
picker.addEventListener("click", (e) => { const option = e.target.closest("[role=option]"); if (option) pick(option); });
