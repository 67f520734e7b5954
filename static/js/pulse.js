// A list's page follows its list: figures and members are drawn anew when somebody entered or left, unless the page is
// not seen, or somebody is choosing members or answering a question.
(() => {
  const isBusy = () => document.querySelector("#members [data-select]:checked, dialog[open]") !== null;
  document.addEventListener("htmx:beforeRequest", (e) => {
    if (e.target.id === "pulse" && (document.hidden || isBusy())) e.preventDefault();
  });
})();
