// The writing page's form, and what its other modules ask of it.
export const form = document.getElementById("campaign-form");
export const byId = (id) => document.getElementById(id);

// Controls that only look: they are no part of the campaign.
const LOOKS = new Set(["as", "address", "find_list", "preview_language", "preview_part", "preview_device", "preview_colours"]);
export const isWritten = (control) => Boolean(control.name) && control.form === form && !LOOKS.has(control.name) && !control.name.startsWith("arm-");

// Every text control of the message, for inserting; the one used last is where things go.
export const isText = (control) => control.matches?.("textarea, #id_subject");

// A place inside a tab that is not open opens it.
const reveal = () => {
  const place = location.hash.startsWith("#id_") && byId(location.hash.slice(1));
  const panel = place?.closest?.("[role=tabpanel][hidden]");
  if (panel) document.querySelector(`[data-tab="${panel.id}"]`)?.click();
  place?.focus?.();
};
addEventListener("hashchange", reveal);
document.addEventListener("click", (e) => { if (e.target.closest?.("a[href^='#id_']")) setTimeout(reveal); });
reveal();
