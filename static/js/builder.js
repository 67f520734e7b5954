// The builder of definitions. The rows in the page are the definition: this script reads them into drafts, moves them,
// remembers them, and asks the server for everything that needs knowledge of the language: controls, counts, problems.
(() => {
  const form = document.getElementById("builder");
  if (!form) return;
  const rows = document.getElementById("rows");
  const words = form.dataset;
  const preview = document.getElementById("preview");
  const picker = document.getElementById("picker");
  const menu = document.getElementById("row-menu");
  const status = document.getElementById("builder-status");
  const root = () => rows.firstElementChild;
  const nodeOf = (element) => element?.closest?.("[data-node]");
  const childrenOf = (node) => node.querySelector(":scope > [data-children]");
  const byId = (id) => document.getElementById(id);
  const say = (text) => { status.textContent = text; };

  // Reading: every control with data-field belongs to the nearest node.
  function read(node) {
    const fields = {};
    for (const control of node.querySelector(":scope > [data-fields]").querySelectorAll("[data-field]")) {
      if ((control.type === "radio" || control.type === "checkbox") && !control.checked) continue;
      if (control.value !== "") (fields[control.dataset.field] ??= []).push(control.value);
    }
    const inside = childrenOf(node);
    return { id: node.id, kind: node.dataset.node, fields, children: inside ? [...inside.children].map(read) : [] };
  }
  const draft = () => JSON.stringify(read(root()));

  // What is typed lives in properties; a copy of the page's HTML only knows attributes.
  function settle() {
    for (const control of rows.querySelectorAll("input, select, textarea")) {
      if (control.type === "checkbox" || control.type === "radio") control.toggleAttribute("checked", control.checked);
      else if (control.tagName === "SELECT") for (const option of control.options) option.toggleAttribute("selected", option.selected);
      else if (control.tagName === "TEXTAREA") { if (control.textContent !== control.value) control.textContent = control.value; }
      else if (!("adder" in control.dataset) && control.getAttribute("value") !== control.value) control.setAttribute("value", control.value);
    }
  }

  // Undo and redo keep whole copies of the rows, marked by what they mean.
  const past = [];
  let at = -1;
  function remember() {
    settle();
    const means = draft();
    if (past[at]?.means === means) return;
    past.splice(at + 1);
    past.push({ html: rows.innerHTML, means, focus: document.activeElement?.id });
    if (past.length > 200) past.shift();
    at = past.length - 1;
    ask();
    keep();
  }
  function travel(step) {
    if (!past[at + step]) return say(step < 0 ? words.nothingToUndo : words.nothingToRedo);
    const focus = past[at].focus;
    at += step;
    rows.innerHTML = past[at].html;
    htmx.process(rows);
    tidy();
    (byId(focus) || byId(past[at].focus) || rows.querySelector("button, select, input"))?.focus();
    say(step < 0 ? words.undone : words.redone);
    ask();
    keep();
  }

  // The count, the sample, the sentence and the problems come from one request, half a breath after the last change.
  let asking;
  function ask() {
    preview.classList.add("b-stale");
    clearTimeout(asking);
    asking = setTimeout(() => htmx.trigger(preview, "ask"), 300);
  }
  const text = byId("definition-json");
  const asText = () => !byId("json-panel").hidden;
  form.addEventListener("htmx:configRequest", (e) => {
    const source = e.target;
    if (source.matches("[data-node]")) {
      e.detail.parameters = new FormData();
      e.detail.parameters.set("row", JSON.stringify(read(source)));
      sent.set(source.id, e.detail.parameters.get("row"));
    } else if (source.matches("[data-whole]")) {
      const whole = new FormData();
      for (const control of form.querySelectorAll("input[name], textarea[name]")) if (!rows.contains(control)) whole.set(control.name, control.value);
      if (asText()) whole.set("definition", text.value); else whole.set("draft", draft());
      e.detail.parameters = whole;
    }
  });

  document.addEventListener("htmx:afterSwap", (e) => {
    if (e.detail.target !== preview) return;
    preview.classList.remove("b-stale", "b-failed");
    showProblems();
  });
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (e) => {
      if (e.target === preview) preview.classList.add("b-failed");
      if (e.target.matches?.("[data-node]")) putBack(e.target);
    });
  }
  function showProblems() {
    for (const place of rows.querySelectorAll(".b-problems:not(:empty)")) place.replaceChildren();
    for (const marked of rows.querySelectorAll("[aria-invalid]")) { marked.removeAttribute("aria-invalid"); marked.removeAttribute("aria-describedby"); }
    for (const item of preview.querySelectorAll("[data-row]")) {
      const place = byId(`${item.dataset.row}-problems`);
      if (!place) continue;
      const line = place.appendChild(document.createElement("p"));
      line.className = item.dataset.tone === "warning" ? "b-warning" : "problem";
      line.textContent = item.textContent.trim();
      if (item.dataset.tone === "warning") continue;
      const control = place.parentElement.querySelector(`[id="${item.dataset.row}-value"], [id="${item.dataset.row}-op"], [id="${item.dataset.row}-what"]`);
      control?.setAttribute("aria-invalid", "true");
      control?.setAttribute("aria-describedby", place.id);
    }
  }

  // A row is drawn anew by the server when its property or its operator changes; until then it stays as it was.
  // What was typed into it meanwhile is not overwritten: the row is asked for once more, with that in it.
  const before = new Map();
  const sent = new Map();
  document.addEventListener("htmx:beforeSwap", (e) => {
    const node = e.detail.elt;
    if (!node.matches("[data-node]") || !node.isConnected || JSON.stringify(read(node)) === sent.get(node.id)) return;
    e.detail.shouldSwap = false;
    setTimeout(() => { if (node.isConnected) refresh(node); });
  });
  function refresh(node) {
    node.classList.add("b-waiting");
    htmx.trigger(node, "refresh");
  }
  function putBack(node) {
    const old = before.get(node.id);
    before.delete(node.id);
    node.classList.remove("b-waiting");
    if (old) { node.outerHTML = old; htmx.process(byId(node.id)); }
    say(words.failed);
  }
  rows.addEventListener("htmx:afterSettle", (e) => {
    if (e.detail.target === rows) {
      showJson(false);
      tidy();
      remember();
      return;
    }
    const node = e.target.closest("[data-node]");
    if (!node) return;
    tidy();
    before.delete(node.id);
    if (pickedFor === node.id) {
      pickedFor = null;
      node.querySelector("select[data-field=op], select[data-field=how], [data-field=value], [data-adder]")?.focus();
    }
    remember();
  });

  // Moving.
  const make = (kind) => {
    const copy = byId(`blank-${kind}`).content.firstElementChild.cloneNode(true);
    rename(copy);
    return copy;
  };
  function rename(copy) {
    const names = new Map();
    for (const node of [copy, ...copy.querySelectorAll("[data-node]")]) names.set(node.id, `n${crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 16)}`);
    for (const element of [copy, ...copy.querySelectorAll("*")]) {
      for (const attribute of element.attributes) {
        if (!["id", "for", "name", "aria-controls", "aria-describedby"].includes(attribute.name)) continue;
        const [old, rest] = attribute.value.split(/(?=-)(.*)/s);
        if (names.has(old)) attribute.value = names.get(old) + (rest ?? "");
      }
    }
  }
  function tidy() {
    for (const group of rows.querySelectorAll("[data-node=group]")) {
      let depth = 0;
      for (let up = group.parentElement; up !== rows; up = up.parentElement) if (up.dataset.node === "group") depth++;
      group.dataset.hue = depth % 6;
    }
  }
  function place(node, parent, next) {
    parent.insertBefore(node, next);
    htmx.process(node);
    tidy();
  }
  const focusOn = (node) => (node.querySelector(":scope > .b-line > .b-what") || node.querySelector(".b-line input:not([type=hidden], [hidden]), .b-line select, .b-line button"))?.focus();
  function groupFor(node) {
    return node.dataset.node === "group" ? node : nodeOf(node.parentElement);
  }
  function add(kind, parent, next) {
    const node = make(kind);
    place(node, parent, next);
    const chooser = node.matches(".b-row") ? node.querySelector(".b-what") : node.querySelector(".b-row .b-what");
    (chooser || node.querySelector("button")).focus();
    remember();
    if (chooser) openPicker(chooser);
  }
  function addWhere(node) {
    const where = make("where");
    where.querySelector("[data-field=event]").value = node.querySelector("[data-field=what]").value.replace(/^event:/, "");
    place(where, childrenOf(node), null);
    where.querySelector("[data-field=name]").focus();
    refresh(where);
  }
  function remove(node, sure = false) {
    if (node === root()) return;
    const inside = node.dataset.node === "group" ? [...node.querySelectorAll("[data-field=what], [data-field=json]")].filter((c) => c.value) : [];
    if (inside.length && !sure) return askToRemove(node);
    const near = node.nextElementSibling || node.previousElementSibling || nodeOf(node.parentElement);
    node.remove();
    tidy();
    focusOn(near);
    remember();
    say(words.removed);
  }
  const question = byId("remove-group");
  let asked = null;
  function askToRemove(node) { asked = node; question.showModal(); }
  question.addEventListener("click", (e) => {
    if (!e.target.closest("[data-remove-group]")) return;
    question.close();
    if (asked) remove(asked, true);
  });
  function duplicate(node) {
    settle();
    const copy = node.cloneNode(true);
    rename(copy);
    place(copy, node.parentElement, node.nextElementSibling);
    focusOn(copy);
    remember();
  }
  function move(node, step) {
    const parent = nodeOf(node.parentElement);
    const next = step < 0 ? node.previousElementSibling : node.nextElementSibling;
    if (next) next[step < 0 ? "before" : "after"](node);
    else if (parent !== root() && node.dataset.node !== "where") parent[step < 0 ? "before" : "after"](node);
    else return;
    moved(node, parent);
  }
  function nest(node) {
    const parent = nodeOf(node.parentElement);
    const beside = node.previousElementSibling;
    if (beside?.dataset.node === "group") childrenOf(beside).append(node);
    else {
      const group = make("group");
      childrenOf(group).replaceChildren();
      node.before(group);
      childrenOf(group).append(node);
      htmx.process(group);
    }
    moved(node, parent);
  }
  function unnest(node) {
    const parent = nodeOf(node.parentElement);
    if (parent === root()) return;
    parent.after(node);
    moved(node, parent);
  }
  function moved(node, left) {
    if (left !== root() && left.dataset.node === "group" && !childrenOf(left).children.length) left.remove();
    tidy();
    focusOn(node);
    remember();
    say(words.moved);
  }
  function switchOff(node) {
    const off = node.querySelector(":scope > [data-fields] > [data-field=off]");
    if (!off) return;
    off.value = off.value ? "" : "1";
    node.classList.toggle("b-off", Boolean(off.value));
    remember();
  }
  function name(node) {
    const label = node.querySelector(":scope > [data-fields] > [data-field=label]");
    if (!label) return;
    label.hidden = false;
    label.focus();
  }

  // The menu of a row: one for all, placed beside the button that opened it.
  let menuFor = null;
  function openMenu(button) {
    menuFor = nodeOf(button);
    for (const item of menu.querySelectorAll("[data-act]")) {
      item.hidden = (menuFor.dataset.node === "raw" && ["off", "name"].includes(item.dataset.act));
    }
    beside(menu, button);
    menu.querySelector("[data-act]:not([hidden])").focus();
  }
  function beside(panel, button) {
    panel.showPopover();
    const box = button.getBoundingClientRect();
    const width = panel.offsetWidth, height = panel.offsetHeight;
    panel.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    panel.style.top = box.bottom + height + 8 > innerHeight && box.top > height + 8 ? `${box.top - height - 4}px` : `${Math.min(box.bottom + 4, Math.max(8, innerHeight - height - 8))}px`;
  }
  const acts = { duplicate, up: (n) => move(n, -1), down: (n) => move(n, 1), nest, unnest, off: switchOff, name, remove };
  menu.addEventListener("click", (e) => {
    const item = e.target.closest("[data-act]");
    if (!item) return;
    menu.hidePopover();
    acts[item.dataset.act](menuFor);
  });
  menu.addEventListener("keydown", (e) => {
    const items = [...menu.querySelectorAll("[data-act]:not([hidden])")];
    const here = items.indexOf(document.activeElement);
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      items[(here + (e.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus();
    }
    if (e.key === "Escape") byId(`${menuFor.id}-menu`)?.focus();
  });

  // The chooser: one for all, searched by typing.
  let pickFor = null;
  let pickedFor = null;
  const search = byId("picker-search");
  const options = [...picker.querySelectorAll("[role=option]")];
  const other = byId("picker-other");
  function openPicker(button) {
    pickFor = nodeOf(button);
    search.value = "";
    filter();
    beside(picker, button);
    const chosen = options.find((option) => option.dataset.value === byId(`${pickFor.id}-what-value`).value);
    light(chosen || visible()[0]);
    search.focus();
  }
  const visible = () => [...picker.querySelectorAll("[role=option]:not([hidden])")].filter((option) => !option.parentElement.hidden);
  function filter() {
    const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const option of options) {
      const name = option.dataset.find ??= `${option.textContent} ${option.dataset.value} ${option.parentElement.getAttribute("aria-label")}`.toLowerCase();
      option.hidden = !wanted.every((word) => name.includes(word));
    }
    for (const group of picker.querySelectorAll("[role=group]")) group.hidden = ![...group.querySelectorAll("[role=option]")].some((option) => !option.hidden);
    const named = search.value.trim();
    const known = options.some((option) => option.dataset.value === `event:${named}`);
    other.hidden = other.parentElement.hidden = !named || known;
    other.dataset.value = `event:${named}`;
    other.querySelector("[data-named]").textContent = named;
  }
  function light(option) {
    for (const lit of picker.querySelectorAll("[aria-selected=true]")) lit.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) search.setAttribute("aria-activedescendant", option.id); else search.removeAttribute("aria-activedescendant");
  }
  function pick(option) {
    picker.hidePopover();
    const node = pickFor;
    if (!option || !node?.isConnected) return;
    settle();
    before.set(node.id, node.outerHTML);
    byId(`${node.id}-what-value`).value = option.dataset.value;
    node.querySelector("[data-what-label]").textContent = option.dataset.label || option.textContent.trim();
    byId(`${node.id}-what`).focus();
    pickedFor = node.id;
    refresh(node);
  }
  search.addEventListener("input", () => { filter(); light(visible()[0]); });
  search.addEventListener("keydown", (e) => {
    const shown = visible();
    const here = shown.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      light(shown[(here + (e.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length]);
    } else if (e.key === "Enter") {
      e.preventDefault();
      e.stopPropagation();
      pick(shown[here] || shown[0]);
    } else if (e.key === "Escape") {
      byId(`${pickFor.id}-what`)?.focus();
    }
  });
  picker.addEventListener("click", (e) => { const option = e.target.closest("[role=option]"); if (option) pick(option); });

  // Values known so far, offered while typing; any other value may be typed.
  let lookup;
  const listOf = (input) => byId(input.getAttribute("aria-controls"));
  function close(input) {
    const list = listOf(input);
    if (!list || list.hidden) return false;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    return true;
  }
  async function suggest(input) {
    lookup?.abort();
    lookup = new AbortController();
    const url = new URL(input.dataset.search, location.href);
    url.searchParams.set("q", input.value);
    try {
      const answer = await fetch(url, { signal: lookup.signal, headers: { Accept: "application/json" } });
      if (!answer.ok || document.activeElement !== input) return;
      offer(input, (await answer.json()).values);
    } catch { close(input); } // typing goes on without suggestions
  }
  function offer(input, values) {
    const list = listOf(input);
    const taken = new Set([...input.closest("[data-suggest]").querySelectorAll("[type=hidden][data-field=value]")].map((c) => c.value));
    const offered = values.filter(({ value }) => !taken.has(value) && value !== input.value);
    list.replaceChildren(...offered.map(({ value, count }, index) => {
      const option = document.createElement("span");
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.id = `${list.id}-${index}`;
      option.dataset.value = value;
      option.append(Object.assign(document.createElement("span"), { textContent: value }));
      if (count != null) option.append(Object.assign(document.createElement("small"), { textContent: Number(count).toLocaleString(document.documentElement.lang) }));
      return option;
    }));
    list.hidden = !offered.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }
  function take(input, value) {
    close(input);
    if (!("adder" in input.dataset)) {
      input.value = value;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    const box = input.closest("[data-chips]");
    for (const one of value.split(/[\n\t;]/).map((part) => part.trim()).filter(Boolean)) {
      if ([...box.querySelectorAll("[data-field=value]")].some((c) => c.value === one)) continue;
      const chip = byId("blank-chip").content.firstElementChild.cloneNode(true);
      chip.querySelector("input").value = one;
      chip.querySelector("span").textContent = one;
      const away = chip.querySelector("button");
      away.setAttribute("aria-label", away.getAttribute("aria-label").replace("…", one));
      input.before(chip);
    }
    input.value = "";
    remember();
  }
  rows.addEventListener("focusin", (e) => { if (e.target.dataset?.search) suggest(e.target); });
  rows.addEventListener("focusout", (e) => {
    const input = e.target;
    if (!input.dataset?.search) return;
    setTimeout(() => {
      close(input);
      if ("adder" in input.dataset && input.value.trim() && input.isConnected) take(input, input.value);
    }, 150);
  });
  rows.addEventListener("mousedown", (e) => {
    const option = e.target.closest(".b-found [role=option]");
    if (!option) return;
    e.preventDefault(); // the field keeps the focus
    take(option.closest("[data-suggest]").querySelector("[data-search]"), option.dataset.value);
  });
  rows.addEventListener("paste", (e) => {
    const pasted = e.clipboardData.getData("text");
    if (!("adder" in (e.target.dataset || {})) || !/[\n\t;]/.test(pasted)) return;
    e.preventDefault();
    take(e.target, pasted);
  });
  function walkSuggestions(input, step) {
    const list = listOf(input);
    if (!list || list.hidden) return false;
    const shown = [...list.children];
    const here = shown.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (here >= 0) shown[here].setAttribute("aria-selected", "false");
    const next = shown[(here + (step > 0 ? 1 : shown.length + (here < 0 ? 0 : -1))) % shown.length];
    next.setAttribute("aria-selected", "true");
    next.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", next.id);
    return true;
  }

  // What people do with the rows.
  const deeds = {
    "add-condition": (node) => add("condition", childrenOf(groupFor(node)), null),
    "add-group": (node) => add("group", childrenOf(groupFor(node)), null),
    "add-where": addWhere,
    remove: (node) => remove(node),
    menu: (_node, button) => openMenu(button),
    pick: (_node, button) => openPicker(button),
    unchip: (node, button) => {
      const input = button.closest("[data-chips]").querySelector("[data-adder]");
      button.closest(".b-chip").remove();
      input.focus();
      remember();
    },
  };
  rows.addEventListener("click", (e) => {
    const button = e.target.closest("[data-do]");
    if (button) deeds[button.dataset.do](nodeOf(button), button);
    else if (e.target.matches("[data-chips]")) e.target.querySelector("[data-adder]").focus();
  });
  let pressed = 0, choosing = null;
  rows.addEventListener("keydown", () => { pressed = Date.now(); }, true);
  rows.addEventListener("focusout", (e) => {
    if (!choosing || !("refresh" in e.target.dataset)) return;
    clearTimeout(choosing);
    choosing = null;
    refresh(nodeOf(e.target));
  });
  rows.addEventListener("change", (e) => {
    const control = e.target;
    if ("adder" in control.dataset) return;
    if ("refresh" in control.dataset) {
      const node = nodeOf(control);
      if (!before.has(node.id)) before.set(node.id, node.outerHTML); // its attributes still say what was chosen before
      // A list that is searched by typing changes with each letter: the row waits until the typing is over.
      clearTimeout(choosing);
      choosing = setTimeout(() => { choosing = null; refresh(node); }, Date.now() - pressed < 100 ? 500 : 0);
    } else remember();
  });
  let typing;
  rows.addEventListener("input", (e) => {
    if (e.target.dataset.search) suggest(e.target);
    if (!e.target.dataset.field || e.target.matches("select, [type=radio], [type=checkbox]")) return;
    clearTimeout(typing);
    typing = setTimeout(remember, 400);
  });

  const typed = (element) => element.matches("textarea, input:not([type=radio]):not([type=checkbox])");
  rows.addEventListener("keydown", (e) => {
    const control = e.target, node = nodeOf(control);
    if (!node) return;
    if (control.dataset.search && (e.key === "ArrowDown" || e.key === "ArrowUp") && !e.altKey) {
      if (walkSuggestions(control, e.key === "ArrowDown" ? 1 : -1)) e.preventDefault();
      return;
    }
    if (e.key === "Escape" && control.dataset.search && close(control)) { e.preventDefault(); return; }
    if (e.key === "Enter" && typed(control) && control.tagName !== "TEXTAREA") {
      e.preventDefault();
      const list = control.dataset.search && listOf(control);
      const lit = list && !list.hidden && list.querySelector("[aria-selected=true]");
      if (lit) take(control, lit.dataset.value);
      else if ("adder" in control.dataset && control.value.trim()) take(control, control.value);
      else {
        remember();
        const row = node.dataset.node === "where" ? nodeOf(node.parentElement) : node;
        if (row.dataset.node === "group") add("condition", childrenOf(row), childrenOf(row).firstChild);
        else add("condition", row.parentElement, row.nextElementSibling);
      }
      return;
    }
    if (e.key === "Backspace" && "adder" in control.dataset && !control.value) {
      control.closest("[data-chips]").querySelector(".b-chip:last-of-type")?.remove();
      remember();
      return;
    }
    if (e.key === "Delete" && node !== root() && (!typed(control) || control.value === "")) { e.preventDefault(); remove(node); return; }
    if (!e.altKey || node === root()) return;
    const act = { ArrowUp: acts.up, ArrowDown: acts.down, ArrowRight: nest, ArrowLeft: unnest }[e.key];
    if (!act || (node.dataset.node === "where" && e.key.match(/Left|Right/))) return;
    e.preventDefault();
    act(node);
  });
  document.addEventListener("keydown", (e) => {
    if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== "z" || asText()) return;
    const control = document.activeElement;
    const elsewhere = control && !rows.contains(control) && typed(control);
    const unsettled = control && rows.contains(control) && typed(control) && control.value !== (control.getAttribute("value") ?? "");
    if (elsewhere || unsettled) return; // the field undoes its own typing first
    e.preventDefault();
    travel(e.shiftKey ? 1 : -1);
  });
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === "s") { e.preventDefault(); byId("save")?.click(); }
  });
  byId("undo").addEventListener("click", () => travel(-1));
  byId("redo").addEventListener("click", () => travel(1));

  // The draft outlives the tab: kept in this browser until it is saved or thrown away.
  const key = `crmseg-draft-${form.dataset.owner}-${form.dataset.list}`;
  const offerDraft = byId("draft-offer");
  const store = (value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* a browser may refuse */ } };
  let saved = false;
  function keep() {
    if (saved || past[0]?.means === past[at]?.means) return;
    store(JSON.stringify({ draft: JSON.parse(past[at].means), name: byId("id_name")?.value || "", version: form.dataset.version, at: Date.now() }));
  }
  function offerKept() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(key)); } catch { kept = null; }
    if (!kept?.draft || JSON.stringify(kept.draft.fields) + JSON.stringify(kept.draft.children.map(plain)) === JSON.stringify(read(root()).fields) + JSON.stringify(read(root()).children.map(plain))) return;
    offerDraft.hidden = false;
    offerDraft.querySelector("[data-when]").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    byId("draft-restore").onclick = () => {
      if (kept.name && byId("id_name") && !byId("id_name").value) byId("id_name").value = kept.name;
      htmx.ajax("POST", form.dataset.rowsUrl, { source: rows, target: rows, swap: "innerHTML", values: { draft: JSON.stringify(kept.draft) } });
      offerDraft.hidden = true;
    };
    byId("draft-discard").onclick = () => { store(null); offerDraft.hidden = true; };
  }
  const plain = (node) => ({ kind: node.kind, fields: node.fields, children: node.children.map(plain) });
  document.addEventListener("htmx:afterRequest", (e) => {
    if (e.detail.xhr?.getResponseHeader("HX-Redirect") && e.target.matches?.("[data-saves]")) { saved = true; store(null); }
  });
  window.addEventListener("beforeunload", () => { if (!saved) remember(); });

  // The definition as JSON, for those who prefer it: the same reader, the same problems.
  const toggle = byId("json-toggle");
  toggle.addEventListener("click", async () => {
    if (asText()) {
      htmx.ajax("POST", form.dataset.rowsUrl, { source: rows, target: rows, swap: "innerHTML", values: { definition: text.value } });
      return;
    }
    try {
      const token = document.querySelector("meta[name=csrf-token]").content;
      const answer = await fetch(form.dataset.jsonUrl, { method: "POST", headers: { "X-CSRFToken": token }, body: new URLSearchParams({ draft: draft() }) });
      if (!answer.ok) throw new Error(answer.status);
      text.value = (await answer.json()).text;
      showJson(true);
      text.focus();
    } catch { say(words.failed); }
  });
  text.addEventListener("input", ask);
  function showJson(shown) {
    rows.hidden = shown;
    byId("json-panel").hidden = !shown;
    toggle.setAttribute("aria-pressed", String(shown));
  }

  tidy();
  remember();
  offerKept();
})();
