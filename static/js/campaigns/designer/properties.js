// What can be said of the part that is selected: plain, labelled controls for the attributes that matter.
import { byId, editor, form, say, tagOf } from "./page.js";

const ALIGN = ["left", "center", "right"];
const PROPERTIES = {
  "mj-text": ["content", "align", "color", "font-size", "line-height", "padding"],
  "mj-button": ["content", "href", "background-color", "color", "border-radius", "font-size", "align", "padding"],
  "mj-image": ["src", "alt", "href", "width", "align", "padding"],
  "mj-divider": ["border-color", "border-width", "padding"],
  "mj-spacer": ["height"],
  "mj-raw": ["raw"],
  "mj-section": ["background-color", "padding"],
  "mj-wrapper": ["background-color", "padding"],
  "mj-column": ["background-color", "width", "padding"],
  "mj-body": ["background-color", "width"],
};
const isColour = (name) => name.endsWith("color");
const isContent = (name) => name === "content" || name === "raw";

const drawn = (value) => (value === form.dataset.placeholder ? "" : value);
const valueOf = (component, name) => (isContent(name) ? component.getInnerHTML() : drawn(component.getAttributes()[name] || ""));

const set = (component, name, value) => {
  if (isContent(name)) component.components(value);
  else if (value) component.addAttributes({ [name]: value });
  else component.removeAttributes([name]);
  editor.trigger("structure");
  editor.trigger("changed-here");
};

const control = (component, name) => {
  const value = valueOf(component, name);
  let made;
  if (name === "align") {
    made = document.createElement("select");
    made.className = "form-select";
    made.append(...["", ...ALIGN].map((one) => new Option(one ? say(one) : "–", one, false, one === value)));
  } else {
    made = document.createElement(isContent(name) ? "textarea" : "input");
    made.className = "form-control";
    if (isContent(name)) made.rows = 6;
    made.value = value;
  }
  made.id = `design-${name}`;
  made.addEventListener("change", () => set(component, name, made.value.trim()));
  return made;
};

const picker = (component, name, beside) => {
  const made = document.createElement("input");
  made.type = "color";
  made.className = "form-control form-control-color";
  made.setAttribute("aria-label", say(name));
  made.value = /^#[0-9a-f]{6}$/i.test(beside.value) ? beside.value : "#ffffff";
  made.addEventListener("change", () => { beside.value = made.value; set(component, name, made.value); });
  return made;
};

const chooser = () => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-sm design-choose";
  made.dataset.dialog = "#insert-picture";
  made.textContent = say("choose");
  return made;
};
byId("insert-picture").addEventListener("click", (e) => {
  const picture = e.target.closest("[data-picture]"), component = editor.getSelected();
  if (!picture || tagOf(component) !== "mj-image") return;
  byId("insert-picture").close();
  component.addAttributes({ src: picture.dataset.picture, ...(byId("picture-alt").value ? { alt: byId("picture-alt").value } : {}) });
  component.set("src", picture.dataset.picture);
  editor.trigger("changed-here");
  shown = null;
  draw();
});
document.addEventListener("choose-picture", () => byId("insert-picture").showModal());

let shown;
const draw = () => {
  const component = editor.getSelected(), place = byId("design-properties"), tag = tagOf(component);
  const names = PROPERTIES[tag] || [];
  if (component === shown && place.contains(document.activeElement)) return;
  shown = component;
  byId("design-acts").hidden = !component || tag === "mj-body";
  byId("design-value").hidden = !names.some(isContent);
  byId("design-selected").textContent = component ? say(tag) : byId("design-selected").dataset.none;
  place.replaceChildren(...names.map((name) => {
    const field = document.createElement("div"), label = document.createElement("label"), made = control(component, name);
    field.className = "field";
    label.className = "form-label";
    label.htmlFor = made.id;
    label.textContent = say(name);
    const line = document.createElement("div");
    line.className = isColour(name) ? "design-colour" : "";
    line.append(made);
    if (isColour(name)) line.append(picker(component, name, made));
    if (name === "src") line.append(chooser());
    field.append(label, line);
    return field;
  }));
};
byId("design-selected").dataset.none = byId("design-selected").textContent;
editor.on("component:selected component:deselected rte:disable", draw);

// A value goes into the text where the cursor last was.
let at = null;
byId("design-properties").addEventListener("focusout", (e) => { if (e.target.matches("textarea")) at = e.target; });
export const insert = (text) => {
  const area = at?.isConnected ? at : byId("design-content") || byId("design-raw");
  if (!area) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("change"));
  area.focus();
};
