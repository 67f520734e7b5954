// Rows as drafts: what the server reads, and what tells one state of the page from another.
import { childrenOf, root, rows } from "./page.js";

// Every control with data-field belongs to the nearest node.
export function read(node) {
  const fields = {};
  for (const control of node.querySelectorAll(":scope > [data-fields] [data-field]")) {
    if ((control.type === "radio" || control.type === "checkbox") && !control.checked) continue;
    if (control.value !== "" || "exact" in control.dataset) (fields[control.dataset.field] ??= []).push(control.value);
  }
  const inside = childrenOf(node);
  return { id: node.id, kind: node.dataset.node, fields, children: inside ? [...inside.children].map(read) : [] };
}

export const draft = () => JSON.stringify(read(root()));

// Without the ids, which differ each time the page is drawn.
export const plain = (node) => ({ kind: node.kind, fields: node.fields, children: node.children.map(plain) });

// What is typed lives in properties; a copy of the page's HTML only knows attributes.
export function settle() {
  for (const control of rows.querySelectorAll("input, select, textarea")) {
    if (control.type === "checkbox" || control.type === "radio") control.toggleAttribute("checked", control.checked);
    else if (control.tagName === "SELECT") for (const option of control.options) option.toggleAttribute("selected", option.selected);
    else if (control.tagName === "TEXTAREA") { if (control.textContent !== control.value) control.textContent = control.value; }
    else if (!("adder" in control.dataset) && control.getAttribute("value") !== control.value) control.setAttribute("value", control.value);
  }
}
