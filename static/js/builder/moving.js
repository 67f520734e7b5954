// Rows and groups come, go and change places.
import { settle } from "./drafts.js";
import { remember } from "./history.js";
import { openPicker } from "./picking.js";
import { byId, childrenOf, fieldOf, focusOn, inWhere, nodeOf, root, rows, say, words } from "./page.js";

const NAMING = ["id", "for", "name", "aria-controls", "aria-describedby"];

function make(kind) {
  const copy = byId(`blank-${kind}`).content.firstElementChild.cloneNode(true);
  rename(copy);
  return copy;
}

function rename(copy) {
  const names = new Map();
  for (const node of [copy, ...copy.querySelectorAll("[data-node]")]) names.set(node.id, `n${crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 16)}`);
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    for (const attribute of element.attributes) {
      if (!NAMING.includes(attribute.name)) continue;
      const [old, rest] = attribute.value.split(/(?=-)(.*)/s);
      if (names.has(old)) attribute.value = names.get(old) + (rest ?? "");
    }
  }
}

// Groups are coloured by their depth.
export function tidy() {
  for (const group of rows.querySelectorAll("[data-node=group]")) {
    let depth = 0;
    for (let up = group.parentElement; up !== rows; up = up.parentElement) if (up.dataset.node === "group") depth++;
    group.dataset.hue = depth % 6;
  }
}

export function place(node, parent, next) {
  parent.insertBefore(node, next);
  htmx.process(node);
  tidy();
}

// A row that nobody filled in is used before another one is added.
function emptyOf(kind, parent) {
  return [...parent.children].find((node) => {
    if (node.dataset.node !== kind) return false;
    if (kind === "condition") return !fieldOf(node, "what").value;
    if (kind === "where") return !fieldOf(node, "name").value && !fieldOf(node, "value")?.value;
    return kind === "step" && !fieldOf(node, "name").value && !childrenOf(node).children.length;
  });
}

export function add(kind, parent, next) {
  let node = emptyOf(kind, parent);
  if (!node) {
    node = make(kind);
    place(node, parent, next);
  }
  const chooser = node.querySelector(":scope > .b-line > .b-what") || node.querySelector(".b-row .b-what");
  (chooser || node.querySelector("[data-field=name]") || node.querySelector("button")).focus();
  remember();
  if (chooser) openPicker(chooser);
}

// What belongs below a row of this kind.
export function addBelow(node) {
  const inside = childrenOf(node);
  if (node.dataset.node === "group") add(inWhere(node) ? "where" : "condition", inside, inside.firstChild);
  else add(node.dataset.node === "raw" ? "condition" : node.dataset.node, node.parentElement, node.nextElementSibling);
}

const question = byId("remove-group");
let asked = null;
question.addEventListener("click", (e) => {
  if (!e.target.closest("[data-remove-group]")) return;
  question.close();
  if (asked) remove(asked, true);
});

export function remove(node, sure = false) {
  if (node === root()) return;
  const inside = node.dataset.node === "group" ? [...node.querySelectorAll("[data-field=what], [data-field=json], .b-where [data-field=name]")].filter((c) => c.value) : [];
  if (inside.length && !sure) {
    asked = node;
    question.showModal();
    return;
  }
  const near = node.nextElementSibling || node.previousElementSibling || nodeOf(node.parentElement);
  node.remove();
  tidy();
  focusOn(near);
  remember();
  say(words.removed);
}

export function duplicate(node) {
  settle();
  const copy = node.cloneNode(true);
  rename(copy);
  place(copy, node.parentElement, node.nextElementSibling);
  focusOn(copy);
  remember();
}

const mayLeave = (parent) => parent !== root() && parent.dataset.node === "group";

export function move(node, step) {
  const parent = nodeOf(node.parentElement);
  const next = step < 0 ? node.previousElementSibling : node.nextElementSibling;
  if (next) next[step < 0 ? "before" : "after"](node);
  else if (mayLeave(parent)) parent[step < 0 ? "before" : "after"](node);
  else return;
  moved(node, parent);
}

export function nest(node) {
  if (node.dataset.node === "step") return;
  const parent = nodeOf(node.parentElement);
  const beside = node.previousElementSibling;
  if (beside?.dataset.node === "group") childrenOf(beside).append(node);
  else {
    const group = make(inWhere(node) ? "where-group" : "group");
    childrenOf(group).replaceChildren();
    node.before(group);
    childrenOf(group).append(node);
    htmx.process(group);
  }
  moved(node, parent);
}

export function unnest(node) {
  const parent = nodeOf(node.parentElement);
  if (!mayLeave(parent)) return;
  parent.after(node);
  moved(node, parent);
}

function moved(node, left) {
  if (mayLeave(left) && !childrenOf(left).children.length) left.remove();
  tidy();
  focusOn(node);
  remember();
  say(words.moved);
}

export function switchOff(node) {
  const off = fieldOf(node, "off");
  if (!off) return;
  off.value = off.value ? "" : "1";
  node.classList.toggle("b-off", Boolean(off.value));
  remember();
}

export function name(node) {
  const label = fieldOf(node, "label");
  if (!label) return;
  label.hidden = false;
  label.focus();
}

export function showMore(node) {
  const more = node.querySelector(":scope > [data-more]");
  more.hidden = false;
  more.querySelector("input, select").focus();
}
