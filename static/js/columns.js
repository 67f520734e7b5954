// Columns of a table: an edge is dragged or pushed by the arrow keys, a heading is carried to another place, and the
// dialog orders them all. What was chosen is kept for the person and stands in the address.
(() => {
  const NARROWEST = 60, WIDEST = 800, STEP = 16;
  const token = () => document.querySelector("meta[name=csrf-token]").content;
  const read = (table) => table.dataset.columns.split(",").map((part) => part.split(":"));
  const col = (table, key) => table.querySelector(`col[data-width="${CSS.escape(key)}"]`);

  // Keep the choice, then show the same rows with it; the focus stays where it was.
  const keep = async (table, columns, focus) => {
    const part = table.closest("[id$=-table]").id;
    const url = new URL(location.href);
    url.searchParams.set("columns", columns);
    url.searchParams.delete("page");
    const body = new URLSearchParams({ columns, quietly: "1" });
    const kept = await fetch(table.dataset.columnsUrl, { method: "POST", body, headers: { "X-CSRFToken": token() } });
    if (!kept.ok) return;
    history.replaceState(history.state, "", url);
    await htmx.ajax("GET", url.pathname + url.search, { target: `#${part}`, select: `#${part}`, swap: "outerHTML" });
    if (focus) document.querySelector(`#${part} [data-edge="${CSS.escape(focus)}"]`)?.focus();
  };

  const widen = (table, key, width) => {
    const wide = Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)));
    const others = [...table.querySelectorAll("col")].filter((one) => one.dataset.width !== key);
    col(table, key).setAttribute("width", wide);
    table.setAttribute("width", others.reduce((sum, one) => sum + Number(one.getAttribute("width")), wide));
    table.querySelector(`[data-edge="${CSS.escape(key)}"]`).setAttribute("aria-valuenow", wide);
    return wide;
  };
  const sized = (table) => read(table).map(([key, width]) => {
    const now = col(table, key).getAttribute("width");
    return width || table.dataset.resized?.split(" ").includes(key) ? `${key}:${now}` : key;
  }).join(",");
  const resized = (table, key) => { table.dataset.resized = `${table.dataset.resized || ""} ${key}`; };

  document.addEventListener("pointerdown", (e) => {
    const edge = e.target.closest?.("[data-edge]");
    if (!edge) return;
    e.preventDefault();
    const table = edge.closest("table"), from = e.clientX, width = edge.parentElement.offsetWidth;
    const move = (now) => widen(table, edge.dataset.edge, width + now.clientX - from);
    const end = () => {
      edge.classList.remove("held");
      edge.removeEventListener("pointermove", move);
      resized(table, edge.dataset.edge);
      keep(table, sized(table), edge.dataset.edge);
    };
    edge.classList.add("held");
    edge.setPointerCapture(e.pointerId);
    edge.addEventListener("pointermove", move);
    edge.addEventListener("pointerup", end, { once: true });
  });
  let waiting;
  document.addEventListener("keydown", (e) => {
    const edge = e.target.closest?.("[data-edge]");
    if (!edge || !["ArrowLeft", "ArrowRight"].includes(e.key)) return;
    e.preventDefault();
    const table = edge.closest("table"), key = edge.dataset.edge;
    if (e.altKey) { carry(table, key, e.key === "ArrowLeft" ? -1 : 1); return; }
    widen(table, key, Number(edge.getAttribute("aria-valuenow")) + (e.key === "ArrowLeft" ? -STEP : STEP));
    resized(table, key);
    clearTimeout(waiting);
    waiting = setTimeout(() => keep(table, sized(table), key), 500);
  });

  // Headings change places; the name stays first.
  const place = (table, key, before) => {
    const parts = table.dataset.columns.split(","), named = (part) => part.split(":")[0];
    const moved = parts.find((part) => named(part) === key);
    const rest = parts.filter((part) => part !== moved);
    const at = before ? rest.findIndex((part) => named(part) === before) : rest.length;
    rest.splice(Math.max(1, at), 0, moved);
    keep(table, rest.join(","), key);
  };
  const carry = (table, key, step) => {
    const keys = read(table).map(([one]) => one), at = keys.indexOf(key) + step;
    if (at < 1 || at >= keys.length || keys.indexOf(key) < 1) return;
    const rest = keys.filter((one) => one !== key);
    place(table, key, rest[at]);
  };
  let carried = null;
  document.addEventListener("dragstart", (e) => {
    carried = e.target.closest?.("th[data-column], [data-choice]");
    if (!carried) return;
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", "");
    carried.classList.add("carried");
  });
  const over = (e) => {
    if (!carried) return null;
    const kind = carried.matches("th") ? "th[data-column]" : "[data-choice]";
    const found = e.target.closest?.(kind);
    return found && found.parentElement === carried.parentElement && found !== carried ? found : null;
  };
  document.addEventListener("dragover", (e) => {
    const found = over(e);
    document.querySelectorAll("th.landing").forEach((th) => th.classList.remove("landing"));
    if (!found) return;
    e.preventDefault();
    if (found.matches("th")) { found.classList.add("landing"); return; }
    const half = found.getBoundingClientRect();
    if (e.clientY > half.top + half.height / 2) found.after(carried); else found.before(carried);
  });
  document.addEventListener("drop", (e) => {
    const found = over(e);
    if (carried) e.preventDefault();
    if (found?.matches("th")) place(found.closest("table"), carried.dataset.column, found.dataset.column);
  });
  document.addEventListener("dragend", () => {
    document.querySelectorAll(".carried, .landing").forEach((one) => one.classList.remove("carried", "landing"));
    carried = null;
  });

  // The dialog: up, down, and a search among what there is.
  document.addEventListener("click", (e) => {
    const button = e.target.closest?.("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    const other = button.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling;
    if (!other) return;
    if (button.dataset.move === "1") other.after(row); else other.before(row);
    button.focus();
  });
  document.addEventListener("input", (e) => {
    if (!e.target.matches?.("[data-find-columns]")) return;
    const words = e.target.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("[data-choice]")) row.hidden = !row.dataset.choice.toLowerCase().includes(words);
  });
})();
