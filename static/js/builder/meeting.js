// Somebody else saved this list meanwhile: hers is kept over theirs, or theirs taken, and undo brings hers back.
import { draft } from "./drafts.js";
import { form, rows, words } from "./page.js";

const version = form.elements.namedItem("version");

function seen(number) {
  version.value = words.version = number;
}

form.addEventListener("click", (e) => {
  const mine = e.target.closest("[data-keep-mine]"), theirs = e.target.closest("[data-take-theirs]");
  const dialog = (mine || theirs)?.closest("dialog");
  if (!dialog) return;
  const definition = dialog.querySelector("[data-theirs]").value;
  dialog.close();
  if (mine) {
    seen(mine.dataset.keepMine);
    form.requestSubmit();
    return;
  }
  const before = draft();
  htmx.ajax("POST", words.rowsUrl, { source: rows, target: rows, swap: "innerHTML", values: { definition } }).then(() => {
    if (draft() !== before) seen(theirs.dataset.takeTheirs); // drawn: from here on theirs is what she edits
  });
});
