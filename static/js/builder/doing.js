// What people do with the rows: clicks, changes, typing, keys.
import { remember, travel } from "./history.js";
import { asText } from "./json.js";
import { acts, openMenu } from "./menus.js";
import { add, addBelow, nest, remove, unnest } from "./moving.js";
import { openPicker } from "./picking.js";
import { byId, childrenOf, fieldOf, nodeOf, root, rows, typed } from "./page.js";
import { keepOld, refresh } from "./redrawing.js";
import { close, litOf, suggest, take, takeOption, walkSuggestions } from "./suggesting.js";

const deeds = {
  add: (node, button) => add(button.dataset.blank, childrenOf(node), null),
  remove: (node) => remove(node),
  menu: (_node, button) => openMenu(button),
  pick: (_node, button) => openPicker(button),
  flip: compareWith,
  unchip: (_node, button) => {
    const input = button.closest("[data-chips]").querySelector("[data-adder]");
    button.closest(".b-chip").remove();
    input.focus();
    remember();
  },
};

// With another attribute, or with a value again.
function compareWith(node) {
  keepOld(node);
  const against = fieldOf(node, "against");
  if (against) against.remove();
  else {
    const field = Object.assign(document.createElement("input"), { type: "hidden", value: "1" });
    field.dataset.field = "against";
    node.querySelector(":scope > [data-fields]").append(field);
  }
  refresh(node);
}

rows.addEventListener("click", (e) => {
  const button = e.target.closest("[data-do]");
  if (button) deeds[button.dataset.do](nodeOf(button), button);
  else if (e.target.matches("[data-chips]")) e.target.querySelector("[data-adder]").focus();
});

// A list that is searched by typing changes with each letter: the row waits until the typing is over.
let pressed = 0, choosing = null;
rows.addEventListener("keydown", () => { pressed = Date.now(); }, true);
rows.addEventListener("focusout", (e) => {
  if (!choosing || !("refresh" in e.target.dataset)) return;
  clearTimeout(choosing);
  choosing = null;
  refresh(nodeOf(e.target));
});
rows.addEventListener("change", (e) => {
  const control = e.target;
  if ("adder" in control.dataset || "fills" in control.dataset) return;
  if ("refresh" in control.dataset) {
    const node = nodeOf(control);
    keepOld(node); // its attributes still say what was chosen before
    clearTimeout(choosing);
    choosing = setTimeout(() => { choosing = null; refresh(node); }, control.tagName === "SELECT" && Date.now() - pressed < 100 ? 500 : 0);
  } else remember();
});

let typing;
rows.addEventListener("input", (e) => {
  if (e.target.dataset.search) suggest(e.target);
  if (!e.target.dataset.field || e.target.matches("select, [type=radio], [type=checkbox]")) return;
  clearTimeout(typing);
  typing = setTimeout(remember, 400);
});

function pressEnter(control, node) {
  const lit = litOf(control);
  if (lit) takeOption(lit);
  else if ("adder" in control.dataset && control.value.trim()) take(control, control.value);
  else {
    remember();
    addBelow(node);
  }
}

const MOVES = { ArrowUp: acts.up, ArrowDown: acts.down, ArrowRight: nest, ArrowLeft: unnest };
rows.addEventListener("keydown", (e) => {
  const control = e.target, node = nodeOf(control);
  if (!node) return;
  if (control.dataset.search && (e.key === "ArrowDown" || e.key === "ArrowUp") && !e.altKey) {
    if (walkSuggestions(control, e.key === "ArrowDown" ? 1 : -1)) e.preventDefault();
  } else if (e.key === "Escape" && control.dataset.search && close(control)) {
    e.preventDefault();
  } else if (e.key === "Enter" && typed(control) && control.tagName !== "TEXTAREA") {
    e.preventDefault();
    pressEnter(control, node);
  } else if (e.key === "Backspace" && "adder" in control.dataset && !control.value) {
    control.closest("[data-chips]").querySelector(".b-chip:last-of-type")?.remove();
    remember();
  } else if (e.key === "Delete" && node !== root() && (!typed(control) || control.value === "")) {
    e.preventDefault();
    remove(node);
  } else if (e.altKey && node !== root() && MOVES[e.key]) {
    e.preventDefault();
    MOVES[e.key](node);
  } else if ((e.ctrlKey || e.metaKey) && e.key === "d" && node !== root()) {
    e.preventDefault(); // a browser would bookmark the page
    acts.duplicate(node);
  }
});

document.addEventListener("keydown", (e) => {
  if (e.key === "?" && !typed(e.target) && !document.querySelector("dialog[open]")) byId("keys-dialog").showModal();
  if (!(e.ctrlKey || e.metaKey)) return;
  if (e.key === "s") {
    e.preventDefault();
    byId("save")?.click();
  }
  const key = e.key.toLowerCase();
  if ((key !== "z" && key !== "y") || asText()) return;
  const control = document.activeElement;
  const elsewhere = control && !rows.contains(control) && typed(control);
  const unsettled = control && rows.contains(control) && typed(control) && control.value !== (control.getAttribute("value") ?? "");
  if (elsewhere || unsettled) return; // the field undoes its own typing first
  e.preventDefault();
  travel(e.shiftKey || key === "y" ? 1 : -1);
});
