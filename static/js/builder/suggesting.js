// Values known so far, offered while typing; any other value may be typed.
import { remember } from "./history.js";
import { byId, childrenOf, fieldOf, nodeOf, rows } from "./page.js";

let lookup;
const listOf = (input) => byId(input.getAttribute("aria-controls"));

export function close(input) {
  const list = listOf(input);
  if (!list || list.hidden) return false;
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  return true;
}

// The event, and the list in it, whose properties a control names: said by the rows around it.
function eventAround(input) {
  const items = [];
  let node = nodeOf(input);
  if (node.dataset.about === "item" && input.dataset.field === "name") node = nodeOf(node.parentElement);
  for (; node; node = nodeOf(node.parentElement)) {
    if (node.dataset.about === "item") items.unshift(fieldOf(node, "name").value);
    if (node.dataset.node === "step") return { event: fieldOf(node, "name").value, items };
    if (node.dataset.node !== "condition") continue;
    const [source, name] = fieldOf(node, "what").value.split(/:(.*)/s);
    if (source === "event") return { event: name, items };
    const first = source === "sequence" && childrenOf(node)?.firstElementChild;
    return first ? { event: fieldOf(first, "name").value, items } : null;
  }
  return null;
}

function addressOf(input) {
  const url = new URL(input.dataset.search, location.href);
  url.searchParams.set("q", input.value);
  if (!url.searchParams.has("keys") && !url.searchParams.has("property")) return url;
  const around = eventAround(input);
  if (!around) return url;
  url.searchParams.set("event", around.event);
  for (const item of around.items) url.searchParams.append("item", item);
  const node = nodeOf(input);
  if (node.dataset.node === "where" && url.searchParams.has("property")) url.searchParams.set("property", fieldOf(node, "name").value);
  return url;
}

export async function suggest(input) {
  lookup?.abort();
  lookup = new AbortController();
  try {
    const answer = await fetch(addressOf(input), { signal: lookup.signal, headers: { Accept: "application/json" } });
    if (!answer.ok || document.activeElement !== input) return;
    offer(input, (await answer.json()).values);
  } catch { close(input); } // typing goes on without suggestions
}

function offer(input, values) {
  const list = listOf(input);
  const taken = new Set([...input.closest("[data-suggest]").querySelectorAll("[type=hidden][data-field]")].map((c) => c.value));
  const offered = values.filter(({ value }) => !taken.has(value) && value !== input.value);
  list.replaceChildren(...offered.map(({ value, count, fills, label }, index) => {
    const option = document.createElement("span");
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.id = `${list.id}-${index}`;
    option.dataset.value = value;
    if (fills) option.dataset.fills = JSON.stringify(fills);
    option.dataset.label = label ?? value;
    option.append(Object.assign(document.createElement("span"), { textContent: label ?? value }));
    if (count != null) option.append(Object.assign(document.createElement("small"), { textContent: Number(count).toLocaleString(document.documentElement.lang) }));
    return option;
  }));
  list.hidden = !offered.length;
  input.setAttribute("aria-expanded", String(!list.hidden));
}

export function takeOption(option) {
  const input = option.closest("[data-suggest]").querySelector("[data-search]");
  if (option.dataset.fills) fill(input, JSON.parse(option.dataset.fills));
  else take(input, option.dataset.value, option.dataset.label);
}

// A known place says its coordinates.
function fill(input, values) {
  close(input);
  const node = nodeOf(input);
  for (const [name, value] of Object.entries(values)) fieldOf(node, name).value = value;
  input.value = "";
  remember();
}

// What people call one value is shown in its place.
export function take(input, value, label) {
  close(input);
  if (!("adder" in input.dataset)) {
    input.value = value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return;
  }
  const box = input.closest("[data-chips]");
  for (const one of value.split(/[\n\t;]/).map((part) => part.trim()).filter(Boolean)) {
    if ([...box.querySelectorAll("[type=hidden][data-field]")].some((c) => c.value === one)) continue;
    const chip = byId("blank-chip").content.firstElementChild.cloneNode(true);
    chip.querySelector("input").dataset.field = input.dataset.adder;
    chip.querySelector("input").value = one;
    const said = one === value && label ? label : one;
    chip.querySelector("span").textContent = said;
    const away = chip.querySelector("button");
    away.setAttribute("aria-label", away.getAttribute("aria-label").replace("…", said));
    input.before(chip);
  }
  input.value = "";
  remember();
}

export function walkSuggestions(input, step) {
  const list = listOf(input);
  if (!list || list.hidden) return false;
  const shown = [...list.children];
  const here = shown.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (here >= 0) shown[here].setAttribute("aria-selected", "false");
  const next = shown[(here + (step > 0 ? 1 : shown.length + (here < 0 ? 0 : -1))) % shown.length];
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", next.id);
  return true;
}

// The suggestion that the arrows chose.
export function litOf(input) {
  const list = input.dataset.search && listOf(input);
  return list && !list.hidden ? list.querySelector("[aria-selected=true]") : null;
}

rows.addEventListener("focusin", (e) => { if (e.target.dataset?.search) suggest(e.target); });
rows.addEventListener("focusout", (e) => {
  const input = e.target;
  if (!input.dataset?.search) return;
  setTimeout(() => {
    close(input);
    if ("adder" in input.dataset && input.value.trim() && input.isConnected) take(input, input.value);
  }, 150);
});
rows.addEventListener("mousedown", (e) => {
  const option = e.target.closest(".b-found [role=option]");
  if (!option) return;
  e.preventDefault(); // the field keeps the focus
  takeOption(option);
});
rows.addEventListener("paste", (e) => {
  const pasted = e.clipboardData.getData("text");
  if (!("adder" in (e.target.dataset || {})) || !/[\n\t;]/.test(pasted)) return;
  e.preventDefault();
  take(e.target, pasted);
});
