// The message as a tree of buttons: selects by keyboard what the canvas selects by mouse; and what is done with it.
import { body, byId, editor, say, tagOf } from "./page.js";

const SHOWN = new Set(["mj-section", "mj-wrapper", "mj-group", "mj-column", "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-raw", "mj-hero"]);
const DEEPEST = new Set(["mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-raw"]);

const wordsOf = (component) => {
  const text = DEEPEST.has(tagOf(component)) ? component.getInnerHTML().replace(/<[^>]*>/g, " ").trim() : "";
  return text ? `${say(tagOf(component))}: ${text.slice(0, 40)}` : say(tagOf(component));
};

const branch = (component) => {
  const list = document.createElement("ul");
  for (const child of component.components().models) {
    if (!SHOWN.has(tagOf(child))) continue;
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-ghost-secondary";
    button.textContent = wordsOf(child);
    button.dataset.component = child.getId();
    button.setAttribute("aria-pressed", child === editor.getSelected());
    button.addEventListener("click", () => { editor.select(child); editor.Canvas.scrollTo(child, { behavior: "auto", block: "center" }); });
    item.append(button);
    if (!DEEPEST.has(tagOf(child))) item.append(branch(child));
    list.append(item);
  }
  return list;
};

let due;
const draw = () => {
  clearTimeout(due);
  due = setTimeout(() => {
    const focused = document.activeElement?.dataset?.component;
    byId("design-structure").replaceChildren(branch(body()));
    if (focused) byId("design-structure").querySelector(`[data-component="${CSS.escape(focused)}"]`)?.focus();
  }, 60);
};
editor.on("component:add component:remove component:selected component:deselected component:update:content rte:disable structure", draw);
editor.onReady(draw);

const move = (component, step) => {
  const parent = component.parent(), to = component.index() + step;
  if (to < 0 || to >= parent.components().length) return;
  component.move(parent, { at: step > 0 ? to + 1 : to });
  editor.select(component);
  draw();
};
const ACTS = {
  up: (one) => move(one, -1),
  down: (one) => move(one, 1),
  copy: (one) => editor.select(one.parent().append(one.clone(), { at: one.index() + 1 })[0]),
  remove: (one) => { const parent = one.parent(); one.remove(); editor.select(tagOf(parent) === "mj-body" ? undefined : parent); },
};
byId("design-acts").addEventListener("click", (e) => {
  const act = e.target.closest("[data-act]")?.dataset.act, selected = editor.getSelected();
  if (act && selected) ACTS[act](selected);
});
