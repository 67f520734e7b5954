// The live tail: looks for what arrived while its page is seen, until it is paused.
(() => {
  const tail = () => document.querySelector("[data-tail]");
  const isPaused = () => document.querySelector("[data-tail-pause]")?.getAttribute("aria-pressed") === "true";
  document.addEventListener("htmx:beforeRequest", (e) => {
    if (e.target === tail() && (document.hidden || isPaused())) e.preventDefault();
  });
  const look = () => { if (tail()) htmx.trigger(tail(), "look"); };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-tail-pause]");
    if (!button) return;
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    look();
  });
})();
