// The habits of the shell. Everything listens on the document, so that parts swapped in later behave alike.
(() => {
  const on = (event, selector, act) => document.addEventListener(event, (e) => {
    const found = e.target.closest?.(selector);
    if (found) act(found, e);
  });

  // Requests carry the token; a failed one says so.
  document.addEventListener("htmx:configRequest", (e) => {
    e.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  });
  const failed = () => {
    const toast = document.getElementById("toast-failed").content.firstElementChild.cloneNode(true);
    document.getElementById("toasts").append(toast);
    later(toast);
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);

  // One bar for everything that takes longer than a moment.
  let running = 0;
  const count = (change) => {
    running = Math.max(0, running + change);
    document.getElementById("loading")?.classList.toggle("loading", running > 0);
  };
  document.addEventListener("htmx:beforeRequest", () => count(1));
  document.addEventListener("htmx:afterRequest", () => count(-1));

  on("click", "[data-print]", () => window.print());

  // Toasts go by themselves, unless they tell of a failure or are being read.
  const later = (toast) => {
    if (toast.dataset.seen) return;
    toast.dataset.seen = "1";
    if (toast.getAttribute("role") !== "alert") {
      const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
      setTimeout(leave, 7000);
    }
  };
  const toasts = document.getElementById("toasts");
  if (toasts) {
    toasts.querySelectorAll("[data-toast]").forEach(later);
    new MutationObserver(() => toasts.querySelectorAll("[data-toast]").forEach(later)).observe(toasts, { childList: true });
  }
  on("click", "[data-close-toast]", (button) => button.closest(".toast").remove());

  // Dialogs, rows that open, selects that submit, fields that select themselves, text to copy.
  on("click", "[data-dialog]", (button) => document.querySelector(button.dataset.dialog)?.showModal());
  on("click", "[data-close-dialog]", (button) => button.closest("dialog").close());
  document.addEventListener("click", (e) => { if (e.target.matches?.("dialog.dialog")) e.target.close(); });
  document.addEventListener("close", (e) => { if (e.target.matches?.("dialog[data-gone-when-closed]")) e.target.remove(); }, true);
  on("click", "tr[data-href]", (row, e) => {
    if (e.target.closest("a, button, input, label, select") || String(getSelection())) return;
    if (e.ctrlKey || e.metaKey) open(row.dataset.href); else location.href = row.dataset.href;
  });
  for (const back of document.querySelectorAll("[data-back]")) back.hidden = history.length < 2;
  on("click", "[data-back]", () => history.back());
  on("change", "[data-submit]", (control) => control.form.requestSubmit());
  on("click", "[data-copy]", async (button) => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value);
    button.textContent = button.dataset.copied || button.textContent;
  });
  document.addEventListener("submit", (e) => {
    const button = e.target.querySelector("button[data-once]");
    if (button) setTimeout(() => { button.disabled = true; });
  });

  // Check boxes of a table: the bar above it says how many are selected.
  on("change", "[data-select-all]", (box) => {
    for (const other of box.closest("table").querySelectorAll("[data-select]")) other.checked = box.checked;
  });
  on("change", "[data-select], [data-select-all]", (box) => {
    const table = box.closest("table");
    const chosen = table.querySelectorAll("[data-select]:checked").length;
    const all = table.querySelector("[data-select-all]");
    if (all) { all.checked = chosen === table.querySelectorAll("[data-select]").length; all.indeterminate = chosen > 0 && !all.checked; }
    const bar = document.querySelector(table.dataset.selection);
    if (bar) { bar.hidden = chosen === 0; bar.querySelector("[data-chosen]").textContent = chosen; }
  });

  // Tabs that need no address: the chosen panel is shown, the others wait.
  on("click", "[data-tab]", (tab) => {
    for (const other of tab.closest("[role=tablist]").querySelectorAll("[data-tab]")) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", chosen);
      other.classList.toggle("active", chosen);
      document.getElementById(other.dataset.tab).hidden = !chosen;
    }
  });

  // On a narrow screen the tab that is open may lie outside the row of tabs.
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 48;

  // Escape leaves what is edited in place as it was.
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !e.defaultPrevented) e.target.closest?.("form")?.querySelector("[data-cancel]")?.click();
  });

  // A form in a dialog that comes back with problems stays open.
  document.addEventListener("htmx:afterSettle", () => {
    document.querySelectorAll("dialog[data-open-dialog]:not([open])").forEach((dialog) => dialog.showModal());
  });

  // After a swap the focus goes to what asks for it, and to the first problem.
  document.addEventListener("htmx:afterSettle", (e) => {
    const target = e.detail.elt?.querySelector?.("[data-focus], [aria-invalid=true]");
    if (target) { target.focus(); target.select?.(); }
  });
})();
