// What can be added: dragged into the canvas, or put after what is selected with a press.
import { body, byId, editor, first, form, say, tagOf } from "./page.js";
import { marked } from "./source.js";

const column = (inside = "") => `<mj-column>${inside}</mj-column>`;
const section = (count) => `<mj-section background-color="#ffffff">${column(`<mj-text>${say("text")}</mj-text>`).repeat(count)}</mj-section>`;
const named = (count) => say("columns").replace("%(number)s", count);
const BLOCKS = [
  ["mj-text", say("mj-text"), "file-text", `<mj-text>${say("text")}</mj-text>`],
  ["mj-image", say("mj-image"), "photo", `<mj-image src="${form.dataset.placeholder}"></mj-image>`],
  ["mj-button", say("mj-button"), "click", `<mj-button href="https://">${say("label")}</mj-button>`],
  ["mj-divider", say("mj-divider"), "minus", '<mj-divider border-color="#d5dae1" border-width="1px"></mj-divider>'],
  ["mj-spacer", say("mj-spacer"), "arrow-down", '<mj-spacer height="24px"></mj-spacer>'],
  ["mj-section", say("mj-section"), "layout-list", section(1)],
  ["two", named(2), "columns", section(2)],
  ["three", named(3), "columns", section(3)],
];
const ROWS = new Set(["mj-section", "mj-wrapper", "mj-raw", "mj-hero"]);

const upTo = (component, test) => { let at = component; while (at && !test(at)) at = at.parent(); return at; };
const rowOf = (component) => upTo(component, (one) => tagOf(one.parent?.()) === "mj-body");

// Where a press puts it: after what is selected, or at the end.
const put = (content) => {
  const selected = editor.getSelected(), isRow = /^<mj-(section|raw)/.test(content);
  let added;
  if (isRow) {
    const row = rowOf(selected);
    added = body().append(content, row ? { at: row.index() + 1 } : {});
  } else {
    const inside = upTo(selected, (one) => tagOf(one) === "mj-column");
    const row = rowOf(selected) || body().components().filter((one) => ROWS.has(tagOf(one))).at(-1);
    const target = inside || (row && first(row, "mj-column")) || body().append(`<mj-section>${column()}</mj-section>`)[0].components().models[0];
    const after = inside && selected !== inside ? upTo(selected, (one) => one.parent() === inside) : null;
    added = target.append(content, after ? { at: after.index() + 1 } : {});
  }
  editor.select(added[0]);
  editor.Canvas.scrollTo(added[0], { behavior: "auto", block: "center" });
};

// Blocks that many messages share stand as they are written: what they show is theirs.
for (const name of JSON.parse(form.dataset.blocks)) BLOCKS.push([`shared-${name}`, name, "puzzle", marked(`{% block "${name}" %}`)]);

for (const [id, label, icon, content] of BLOCKS) {
  const block = editor.Blocks.add(id, { label, content, select: true });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn design-block";
  button.draggable = true;
  button.dataset.block = id;
  const drawing = document.getElementById("design-icons").content.querySelector(`[data-icon=${icon}]`).firstElementChild.cloneNode(true);
  button.append(drawing, label);
  button.addEventListener("click", () => put(content));
  button.addEventListener("dragstart", (e) => { e.dataTransfer.setData("text", content); editor.Blocks.startDrag(block, e); });
  button.addEventListener("dragend", () => editor.Blocks.endDrag(false));
  byId("design-blocks").append(button);
}
