// Beside each row: how many it alone keeps, and how many remain after it. Told by the server, placed here.
import { byId, rows } from "./page.js";

const details = byId("details");

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
    kept.append(bar, item.textContent.trim());
    line.insertBefore(kept, line.querySelector(":scope > .b-tools"));
  }
}

// A row that was drawn anew has no number of its own yet.
rows.addEventListener("htmx:afterSettle", () => { if (!rows.classList.contains("b-outdated")) place(); });
