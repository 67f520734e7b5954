// The parts of the builder's page, and the few things that every other module asks of them.
export const form = document.getElementById("builder");
export const rows = document.getElementById("rows");
export const preview = document.getElementById("preview");
export const words = form.dataset;

const status = document.getElementById("builder-status");
export const byId = (id) => document.getElementById(id);
export const say = (text) => { status.textContent = text; };
export const root = () => rows.firstElementChild;
export const nodeOf = (element) => element?.closest?.("[data-node]");
export const childrenOf = (node) => node.querySelector(":scope > [data-children]");
export const inWhere = (node) => node.dataset.node === "where" || node.dataset.place === "where";
export const typed = (element) => element.matches("textarea, input:not([type=radio]):not([type=checkbox])");

// The control of a field of this very node, not of one inside it.
export const fieldOf = (node, name) => node.querySelector(`:scope > [data-fields] [data-field="${name}"]`);
export const focusOn = (node) => (node.querySelector(":scope > .b-line > .b-what") || node.querySelector(".b-line input:not([type=hidden], [hidden]), .b-line select, .b-line button"))?.focus();
