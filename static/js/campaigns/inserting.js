// Puts values, blocks and pictures where the cursor last was.
import { liquid } from "./liquid.js";
import { byId, form, isText } from "./page.js";

let last = null;
form.addEventListener("focusin", (e) => { if (isText(e.target)) last = e.target; });

const shown = (control) => control && control.offsetParent !== null;
const target = () => (shown(last) ? last : [...form.querySelectorAll("textarea")].find(shown) || byId("id_subject"));

export const insert = (text, control = target()) => {
  if (!control) return;
  const { selectionStart: from, selectionEnd: to } = control;
  control.setRangeText(text, from ?? control.value.length, to ?? control.value.length, "end");
  control.focus();
  control.dispatchEvent(new Event("input", { bubbles: true }));
};

byId("value-insert")?.addEventListener("click", () => {
  const option = byId("value-path").selectedOptions[0];
  byId("insert-value").close();
  insert(liquid(option.value, byId("value-default").value, "always" in option.dataset));
  byId("value-default").value = "";
});

byId("block-insert")?.addEventListener("click", () => {
  byId("insert-block").close();
  insert(`{% block "${byId("block-name").value}" %}`);
});

// As the language of the text it goes into says it.
const attribute = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
byId("insert-picture")?.addEventListener("click", (e) => {
  const picture = e.target.closest("[data-picture]");
  if (!picture) return;
  byId("insert-picture").close();
  const said = `src="${attribute(picture.dataset.picture)}" alt="${attribute(byId("picture-alt").value)}"`;
  insert(target()?.id === "id_body_mjml" ? `<mj-image ${said}></mj-image>` : target()?.id === "id_body_html" ? `<img ${said}>` : picture.dataset.picture);
  byId("picture-alt").value = "";
});
