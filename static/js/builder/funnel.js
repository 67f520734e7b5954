// Beside each row: how many it alone keeps, and how many remain after it. Told by the server, placed here. A number
// opens the people behind it.
import { draft } from "./drafts.js";
import { asText, text as json } from "./json.js";
import { byId, form, rows, words } from "./page.js";

const details = byId("details");

function people(text, at, after = "") {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "b-people", textContent: text });
  button.dataset.people = at;
  button.dataset.after = after;
  return button;
}

// Who is counted is shown beside the builder, which stays as it is.
form.addEventListener("click", (e) => {
  const button = e.target.closest("[data-people]");
  if (!button) return;
  const asked = Object.assign(document.createElement("form"), { method: "post", action: words.peopleUrl, target: "_blank" });
  const given = { csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, at: button.dataset.people };
  if (button.dataset.after) given.after = "1";
  if (asText()) given.definition = json.value; else given.draft = draft();
  for (const [name, value] of Object.entries(given)) asked.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(asked);
  asked.submit();
  asked.remove();
});

export function place() {
  rows.classList.remove("b-outdated");
  for (const old of rows.querySelectorAll(".b-kept")) old.remove();
  const list = details.querySelector("[data-funnel]");
  for (const item of list?.children ?? []) {
    const line = byId(item.dataset.kept)?.querySelector(":scope > .b-line");
    if (!line) continue;
    const kept = document.createElement("span");
    kept.className = "b-kept";
    const bar = Object.assign(document.createElement("progress"), { max: Math.max(1, list.dataset.funnel), value: item.dataset.after });
    bar.setAttribute("aria-hidden", "true");
    const [alone, after] = item.textContent.trim().split(" · ");
    kept.append(bar, people(alone, item.dataset.at));
    if (after) kept.append(" · ", people(after, item.dataset.at, "1"));
    line.insertBefore(kept, line.querySelector(":scope > .b-tools"));
  }
}

// A row that was drawn anew has no number of its own yet.
rows.addEventListener("htmx:afterSettle", () => { if (!rows.classList.contains("b-outdated")) place(); });
