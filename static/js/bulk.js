// Which contacts are chosen, over all pages of one table; "all that match" is the table's address, not a list of ids.
(() => {
  const place = `chosen:${location.pathname}`;
  const most = 20000;
  const bar = () => document.getElementById("bulk-bar");
  const boxes = () => [...document.querySelectorAll("[data-selection='#bulk-bar'] [data-select]")];
  const number = (value) => new Intl.NumberFormat(document.documentElement.lang).format(value);
  let kept = { query: null, ids: [], all: false };
  try { kept = JSON.parse(sessionStorage.getItem(place)) || kept; } catch { /* what was kept is no use */ }
  const ids = new Set(kept.ids);
  let { query, all } = kept;

  const keep = () => {
    try { sessionStorage.setItem(place, JSON.stringify({ query, all, ids: [...ids].slice(0, most) })); } catch { /* full */ }
  };
  const clear = () => { ids.clear(); all = false; };

  // The bar and the boxes say what is chosen, whatever was swapped in.
  const show = () => {
    const found = bar();
    if (!found) return;
    if (found.dataset.query !== query) { clear(); query = found.dataset.query; }
    const total = Number(found.dataset.total);
    const shown = boxes();
    for (const box of shown) {
      box.checked = all || ids.has(box.value);
      box.closest("tr")?.classList.toggle("chosen", box.checked);
    }
    const whole = document.querySelector("[data-selection='#bulk-bar'] [data-select-all]");
    const here = shown.filter((box) => box.checked).length;
    if (whole) { whole.checked = shown.length > 0 && here === shown.length; whole.indeterminate = here > 0 && here < shown.length; }
    const count = all ? total : ids.size;
    const said = all ? found.dataset.all : (count === 1 ? found.dataset.one : found.dataset.many).replace(/\d+/, number(count));
    const text = found.querySelector("[data-chosen]");
    if (text.textContent !== said) text.textContent = said;
    found.hidden = count === 0;
    found.querySelector("[data-bulk-all]").hidden = all || total <= ids.size;
    const form = found.querySelector("#bulk-form");
    form.elements.ids.value = all ? "" : [...ids].join(",");
    form.elements.query.value = query;
    form.elements.all.value = all ? "1" : "";
    keep();
  };

  document.addEventListener("change", (e) => {
    if (!e.target.matches?.("[data-selection='#bulk-bar'] :is([data-select], [data-select-all])")) return;
    // Taking one away from "all that match" leaves those of this page: fewer than meant, never more.
    if (all) { all = false; ids.clear(); }
    for (const box of boxes()) { if (box.checked) ids.add(box.value); else ids.delete(box.value); }
    show();
  });
  let from = null;
  document.addEventListener("click", (e) => {
    if (e.target.closest?.("[data-bulk-all]")) { all = true; show(); bar().querySelector("[data-bulk-none]").focus(); return; }
    if (e.target.closest?.("[data-bulk-none]")) {
      clear(); show();
      document.querySelector("[data-selection='#bulk-bar'] [data-select-all]")?.focus();
      return;
    }
    // Shift takes all rows between.
    const box = e.target.closest?.("[data-selection='#bulk-bar'] [data-select]");
    if (!box) return;
    const shown = boxes();
    if (e.shiftKey && from && shown.includes(from)) {
      const [first, last] = [shown.indexOf(from), shown.indexOf(box)].sort((a, b) => a - b);
      for (const between of shown.slice(first, last + 1)) between.checked = box.checked;
    }
    from = box;
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.defaultPrevented || bar()?.hidden !== false || document.querySelector("dialog[open], .dropdown-menu.show")) return;
    if (e.target.matches?.("input:not([type=checkbox]), select, textarea")) return;
    clear(); show();
  });
  // The work was started: nothing is left to choose for it.
  document.addEventListener("work-started", () => {
    document.querySelector("#bulk-dialog dialog[open]")?.close();
    clear(); show();
  });
  // What ended may have changed the rows: they are read again, unless somebody is about to act on them.
  document.addEventListener("work-ended", () => {
    const part = document.querySelector("[data-selection='#bulk-bar']")?.closest("[id$=-table]");
    if (!part || document.querySelector("dialog[open]")) return;
    htmx.ajax("GET", location.pathname + location.search, { target: `#${part.id}`, select: `#${part.id}`, swap: "outerHTML" });
  });
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("htmx:historyRestore", show);
  show();
})();
