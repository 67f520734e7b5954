// The visual editor of messages.
import { byId, editor, say } from "./page.js";
import "./blocks.js";
import { insert } from "./properties.js";
import "./structure.js";
import { check } from "./saving.js";
import { liquid } from "../liquid.js";

byId("design-undo").addEventListener("click", () => editor.UndoManager.undo());
byId("design-redo").addEventListener("click", () => editor.UndoManager.redo());
byId("design-phone").addEventListener("click", (e) => {
  const phone = e.currentTarget.getAttribute("aria-pressed") !== "true";
  e.currentTarget.setAttribute("aria-pressed", phone);
  editor.setDevice(phone ? "Mobile" : "Desktop");
});
byId("value-insert").addEventListener("click", () => {
  const option = byId("value-path").selectedOptions[0];
  byId("insert-value").close();
  insert(liquid(option.value, byId("value-default").value, "always" in option.dataset));
});
editor.onReady(() => {
  editor.Canvas.getFrameEl().title = say("mj-body");
  editor.UndoManager.clear();
  check();
  byId("design").dataset.ready = "1";
});
