// The search of the shell: "/" or Ctrl-K goes there, arrows choose, Enter opens, Escape leaves. The focus stays in the
// field, which names the chosen result; without this file the form opens the page of the search.
(() => {
  const field = document.getElementById("top-search");
  const results = document.getElementById("search-results");
  if (!field || !results) return;
  const status = document.getElementById("search-status");
  const options = () => [...results.querySelectorAll("[role=option]")];
  const chosen = () => results.querySelector("[aria-selected=true]");

  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  };
  const show = (open) => {
    results.hidden = !open;
    field.setAttribute("aria-expanded", String(open && options().length > 0));
    if (!open) { choose(null); status.textContent = ""; }
  };
  const step = (by) => {
    const all = options();
    if (!all.length) return;
    show(true);
    const at = all.indexOf(chosen());
    choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  };
  const ask = () => htmx.trigger(field, "ask");

  document.addEventListener("keydown", (e) => {
    const writing = e.target.closest?.("input, textarea, select, [contenteditable]");
    const slash = e.key === "/" && !writing && !e.ctrlKey && !e.metaKey && !e.altKey;
    if (((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") || slash) {
      if (document.querySelector("dialog[open]")) return;
      e.preventDefault();
      field.focus();
      field.select();
    }
  });
  field.addEventListener("focus", () => {
    if (results.childElementCount) show(true); else ask();
  });
  field.addEventListener("keydown", (e) => {
    if (e.isComposing) return;
    if (e.key === "ArrowDown") { e.preventDefault(); step(1); }
    if (e.key === "ArrowUp") { e.preventDefault(); step(-1); }
    if (e.key === "Enter" && chosen() && !results.hidden) {
      e.preventDefault();
      if (e.ctrlKey || e.metaKey) open(chosen().href); else location.href = chosen().href;
    }
    if (e.key === "Escape") {
      e.preventDefault();
      if (results.hidden) field.blur(); else show(false);
    }
  });
  // The first result of what was written is chosen at once, so that Enter opens it.
  document.addEventListener("htmx:afterSwap", (e) => {
    if (e.target !== results) return;
    const inside = document.activeElement === field;
    show(inside);
    choose(inside && field.value.trim().length > 1 ? options()[0] : null);
    if (inside) status.textContent = results.querySelector("[role=listbox]") ? `${options().length} ${status.dataset.found}` : results.textContent.trim();
  });
  document.addEventListener("focusin", (e) => { if (!e.target.closest(".top-search")) show(false); });
  document.addEventListener("click", (e) => { if (!e.target.closest(".top-search")) show(false); });
  results.addEventListener("mousedown", (e) => e.preventDefault());
})();
