// The tray: its count follows what runs, and what ends is said once, politely.
(() => {
  const button = document.getElementById("tray-button");
  const news = document.getElementById("tray-news");
  if (!button) return;
  const ended = new Set(["done", "failed", "cancelled", "undone"]);
  let known = new Map();
  let first = true;
  let ran = 0;

  const read = () => {
    const part = document.getElementById("tray-part");
    const running = Number(part.dataset.running);
    const count = button.querySelector("[data-tray-count]");
    count.hidden = running === 0;
    count.textContent = new Intl.NumberFormat(document.documentElement.lang).format(running);
    button.setAttribute("aria-label", running ? button.dataset.labelRunning.replace("%n%", running) : button.dataset.label);
    const found = new Map();
    const said = [];
    for (const item of part.querySelectorAll("[data-tray-item]")) {
      const { trayItem, trayState, traySaid } = item.dataset;
      found.set(trayItem, trayState);
      const before = known.get(trayItem);
      // What ended before this page was read is no news; what was seen to run, or was started here, is.
      if (ended.has(trayState) && before !== trayState && (before || (!first && ran))) said.push(traySaid.trim());
    }
    if (said.length) news.textContent = said.join(" ");
    if (said.length) document.dispatchEvent(new CustomEvent("work-ended"));
    [known, first, ran] = [found, false, running];
  };
  document.addEventListener("htmx:afterSwap", (e) => { if (e.detail.target?.id === "tray-part" || e.target.id === "tray-part") read(); });
  // Work that was started from here is shown where it is.
  document.addEventListener("work-started", () => { ran = 1; first = false; });
})();
