// The preview: asked for when the page opens and after each save, on a desktop or a phone, in light or dark.
import { byId, form } from "./page.js";

const button = byId("show-preview");
const frame = () => byId("message-preview");

const arrange = () => {
  const chosen = (name) => form.querySelector(`[name=${name}]:checked`)?.value;
  frame().classList.toggle("frame-phone", chosen("preview_device") === "phone");
  frame().classList.toggle("frame-dark", chosen("preview_colours") === "dark");
};
const show = () => form.requestSubmit(button);

if (button) {
  // A new frame each time, so that the browser's way back does not lead through old previews.
  form.addEventListener("submit", (e) => {
    if (e.submitter === button) frame().replaceWith(frame().cloneNode());
  });
  form.addEventListener("change", (e) => {
    if (e.target.matches("[data-frame]")) arrange();
    if (e.target.matches("[data-frame], [data-shows]")) show();
  });
  document.addEventListener("saved", show);
  byId("preview-as").addEventListener("keydown", (e) => { if (e.key === "Enter") { e.preventDefault(); show(); } });
  arrange();
  show();
}
