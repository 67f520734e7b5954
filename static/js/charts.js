// Charts by ECharts, drawn as SVG from addresses that answer
// {"kind": "area" | "bars" | "beside" | "line" | "share" | "size", "labels": [...], "series": [{"name", "values": [...]}],
// "notes": [{"at", "text", "said"}], "noted": heading of the notes in the table}.
// "bars" stand on each other, those of "beside" side by side.
// "size" draws its first series as an area, and the others as bars around an axis below it.
// The library is fetched only by pages that show one. Colours come from the theme, and a table stands beside each chart.
(() => {
  const library = document.currentScript.dataset.echarts;
  const charts = new Map();
  let loading;
  const load = () => (loading ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = library;
    script.onload = done;
    script.onerror = fail;
    document.head.append(script);
  }));

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const language = document.documentElement.lang;
  const number = (value) => (value == null ? "" : Number(value).toLocaleString(language));
  const day = (label) => (/^\d{4}-\d\d-\d\d$/.test(label)
    ? new Date(`${label}T00:00:00`).toLocaleDateString(language, { day: "numeric", month: "short" }) : label);

  // One mark a day, and words only where there are few enough to be read.
  function marked(data) {
    const days = new Map();
    for (const note of data.notes || []) if (data.labels.includes(note.at)) days.set(note.at, [...(days.get(note.at) || []), note.text]);
    let last = -1;
    return [...days].map(([at, texts]) => {
      const place = data.labels.indexOf(at) / data.labels.length;
      const shown = last < 0 || place - last > (innerWidth < 768 ? 0.36 : 0.16);
      if (shown) last = place;
      return { at, text: texts.length > 1 ? `${texts[0]} +${texts.length - 1}` : texts[0], shown, align: place > 0.88 ? "right" : place < 0.08 ? "left" : "center" };
    });
  }
  const said = (data, label) => (data.notes || []).filter((note) => note.at === label).map((note) => note.said || note.text).join("; ");

  function options(data) {
    const palette = ["--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5"].map(colour);
    const text = colour("--chart-text"), line = colour("--chart-line");
    const font = getComputedStyle(document.body).fontFamily;
    const base = {
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      color: palette,
      textStyle: { fontFamily: font, color: text, fontSize: 12 },
      aria: { enabled: true },
      grid: { left: 8, right: data.kind === "share" ? 40 : 26, top: data.series.length > 1 ? 32 : 16, bottom: 4, containLabel: true },
      legend: data.series.length > 1 ? { type: "scroll", top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: text } } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colour("--chart-tip"), borderColor: line, textStyle: { color: text, fontFamily: font, fontSize: 12 }, valueFormatter: number },
      xAxis: { type: "category", data: data.labels.map(day), boundaryGap: data.kind === "bars" || data.kind === "beside", axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: text, hideOverlap: true } },
      yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: line } }, axisLabel: { color: text, formatter: number } },
    };
    const marks = marked(data).map((note) => ({ xAxis: day(note.at), label: { show: note.shown, align: note.align, formatter: note.text, color: text, fontSize: 11, width: 110, overflow: "truncate" } }));
    base.series = data.series.map((series, index) => ({
      name: series.name,
      type: data.kind === "bars" || data.kind === "beside" ? "bar" : "line",
      data: series.values,
      stack: data.kind === "bars" ? "all" : undefined,
      barMaxWidth: 18,
      showSymbol: data.labels.length < 3,
      symbolSize: 6,
      lineStyle: { width: 2 },
      areaStyle: data.kind === "area" ? { opacity: 0.15 } : undefined,
      markLine: index === 0 && marks.length ? { symbol: "none", silent: true, lineStyle: { color: text, type: "dashed" }, data: marks } : undefined,
    }));
    if (data.kind === "area" || data.kind === "line") base.yAxis.scale = true;
    if (data.kind === "size") {
      const side = { left: 8, right: 26, containLabel: true };
      base.color = [palette[0], palette[2], palette[1]];
      base.grid = [{ ...side, top: marks.length ? 48 : 32, height: "46%" }, { ...side, bottom: 4, height: "24%" }];
      base.xAxis = [{ ...base.xAxis, boundaryGap: true, axisLabel: { show: false } }, { ...base.xAxis, boundaryGap: true, gridIndex: 1, axisLine: { ...base.xAxis.axisLine, onZero: true }, axisLabel: { ...base.xAxis.axisLabel } }];
      base.yAxis = [{ ...base.yAxis, scale: true, splitNumber: 3 }, { ...base.yAxis, gridIndex: 1, splitNumber: 2 }];
      base.axisPointer = { link: [{ xAxisIndex: "all" }] };
      base.series.slice(1).forEach((series) => Object.assign(series, { type: "bar", stack: "moves", xAxisIndex: 1, yAxisIndex: 1, barMaxWidth: 14 }));
      base.series[0].areaStyle = { opacity: 0.15 };
    }
    if (data.kind === "share") {
      base.xAxis = { ...base.yAxis, type: "value", scale: false };
      base.yAxis = { type: "category", data: data.labels, inverse: true, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: text } };
      for (const series of base.series) Object.assign(series, { type: "bar", label: { show: true, position: "right", color: text, formatter: (p) => number(p.value) } });
    }
    return base;
  }

  function table(data) {
    const element = document.createElement("table");
    element.className = "table table-sm";
    const row = (parent, tag, cells) => {
      const tr = parent.appendChild(document.createElement("tr"));
      cells.forEach((cell, index) => {
        const td = tr.appendChild(document.createElement(index === 0 ? "th" : tag));
        td.textContent = cell;
        if (index) td.className = "text-end";
      });
    };
    const noted = data.noted && data.notes.length ? [data.noted] : [];
    row(element.createTHead(), "th", ["", ...data.series.map((series) => series.name), ...noted]);
    const body = element.createTBody();
    data.labels.forEach((label, index) => row(body, "td", [label, ...data.series.map((series) => number(series.values[index])), ...noted.map(() => said(data, label))]));
    return element;
  }

  const save = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const cell = (value) => (/[",\n]/.test(value ?? "") ? `"${String(value).replaceAll('"', '""')}"` : value ?? "");

  async function show(figure) {
    if (charts.has(figure)) return;
    charts.set(figure, null);
    const canvas = figure.querySelector(".chart-canvas");
    try {
      const [answer] = await Promise.all([fetch(figure.dataset.chartUrl, { headers: { Accept: "application/json" } }), load()]);
      if (!answer.ok) throw new Error(answer.status);
      const data = await answer.json();
      const chart = echarts.init(canvas, null, { renderer: "svg" });
      chart.setOption(options(data));
      charts.set(figure, { chart, data });
      figure.querySelector(".chart-table").replaceChildren(table(data));
      new ResizeObserver(() => chart.resize()).observe(canvas);
    } catch {
      canvas.textContent = figure.dataset.chartFailed;
    }
  }

  document.addEventListener("click", (e) => {
    const figure = e.target.closest("[data-chart-url]");
    const held = figure && charts.get(figure);
    if (!held) return;
    const { chart, data } = held;
    const name = figure.querySelector("figcaption span").textContent.trim();
    const toggle = e.target.closest("[data-chart-toggle]");
    if (toggle) {
      const tabular = toggle.getAttribute("aria-pressed") !== "true";
      toggle.setAttribute("aria-pressed", tabular);
      figure.querySelector(".chart-table").hidden = !tabular;
      figure.querySelector(".chart-canvas").hidden = tabular;
      if (!tabular) chart.resize();
    }
    if (e.target.closest("[data-chart-csv]")) {
      const noted = data.noted ? [data.noted] : [];
      const rows = [["", ...data.series.map((series) => series.name), ...noted], ...data.labels.map((label, index) => [label, ...data.series.map((series) => series.values[index]), ...noted.map(() => said(data, label))])];
      save(`${name}.csv`, "text/csv", rows.map((row) => row.map(cell).join(",")).join("\n"));
    }
    if (e.target.closest("[data-chart-image]")) save(`${name}.svg`, "image/svg+xml", chart.renderToSVGString());
  });

  const all = () => document.querySelectorAll("[data-chart-url]").forEach(show);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:afterSettle", all);
  document.addEventListener("theme", () => charts.forEach((held) => held?.chart.setOption(options(held.data), true)));
})();
