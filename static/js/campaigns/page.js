// The writing page's form, and what its other modules ask of it.
export const form = document.getElementById("campaign-form");
export const byId = (id) => document.getElementById(id);

// Controls that only look: they are no part of the campaign.
const LOOKS = new Set(["as", "address", "find_list", "preview_language", "preview_part", "preview_device", "preview_colours"]);
export const isWritten = (control) => Boolean(control.name) && control.form === form && !LOOKS.has(control.name);

// Every text control of the message, for inserting; the one used last is where things go.
export const isText = (control) => control.matches?.("textarea, #id_subject");
