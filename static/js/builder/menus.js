// The menu of a row: one for all, placed beside the button that opened it.
import { copy, paste } from "./copying.js";
import { add, duplicate, move, name, nest, remove, showMore, switchOff, unnest } from "./moving.js";
import { byId, childrenOf, fieldOf, nodeOf, root } from "./page.js";

const menu = byId("row-menu");
let menuFor = null;

export const acts = {
  more: showMore,
  "where-group": (node) => add("where-group", childrenOf(node), null),
  "where-item": (node) => add("item", childrenOf(node), null),
  duplicate,
  copy,
  paste: (node) => paste(node),
  up: (node) => move(node, -1),
  down: (node) => move(node, 1),
  nest,
  unnest,
  off: switchOff,
  name,
  remove,
};

const asksOfEvent = (node) => node.dataset.place === "where" || node.dataset.node === "step" || fieldOf(node, "what")?.value.startsWith("event:");
const applies = {
  more: (node) => node.querySelector(":scope > [data-more][hidden]"),
  "where-group": asksOfEvent,
  "where-item": asksOfEvent,
  nest: (node) => node.dataset.node !== "step",
  unnest: (node) => nodeOf(node.parentElement) !== root() && nodeOf(node.parentElement).dataset.node === "group",
  off: (node) => fieldOf(node, "off"),
  name: (node) => fieldOf(node, "label"),
};

export function openMenu(button) {
  menuFor = nodeOf(button);
  for (const item of menu.querySelectorAll("[data-act]")) item.hidden = !(applies[item.dataset.act]?.(menuFor) ?? true);
  beside(menu, button);
  menu.querySelector("[data-act]:not([hidden])").focus();
}

export function beside(panel, button) {
  panel.showPopover();
  const box = button.getBoundingClientRect();
  const width = panel.offsetWidth, height = panel.offsetHeight;
  panel.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  panel.style.top = box.bottom + height + 8 > innerHeight && box.top > height + 8 ? `${box.top - height - 4}px` : `${Math.min(box.bottom + 4, Math.max(8, innerHeight - height - 8))}px`;
}

menu.addEventListener("click", (e) => {
  const item = e.target.closest("[data-act]");
  if (!item) return;
  menu.hidePopover();
  acts[item.dataset.act](menuFor);
});

menu.addEventListener("keydown", (e) => {
  const items = [...menu.querySelectorAll("[data-act]:not([hidden])")];
  const here = items.indexOf(document.activeElement);
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    e.preventDefault();
    items[(here + (e.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus();
  }
  if (e.key === "Escape") byId(`${menuFor.id}-menu`)?.focus();
});
