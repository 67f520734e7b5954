// Two charts of sets, drawn by ECharts as SVG from what their figure holds in data-sets: who is in which lists at once
// ("upset"), and who moved between them ("sankey"). A table with the same figures stands beside each. A bar, a dot or a
// band leads to its people.
(() => {
  const library = document.currentScript.dataset.echarts;
  const charts = new Map();
  let loading;
  const load = () => (loading ??= new Promise((done, fail) => {
    if (window.echarts) return done();
    const script = document.createElement("script");
    script.src = library;
    script.onload = done;
    script.onerror = fail;
    document.head.append(script);
  }));

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const language = document.documentElement.lang;
  const number = (value) => Number(value).toLocaleString(language);
  const short = (value) => Number(value).toLocaleString(language, { notation: "compact", maximumFractionDigits: 1 });
  const shorten = (text, length) => (text.length > length ? `${text.slice(0, length - 1).trim()}…` : text);

  const base = () => ({
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--chart-text"), fontSize: 12 },
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: colour("--chart-tip"), borderColor: colour("--chart-line"),
      textStyle: { color: colour("--chart-text"), fontSize: 12, width: 280, overflow: "break" },
    },
  });

  // Bars above a grid of dots: the lists that a bar's people are in are joined by a line.
  const ROW = 28, TOP = 190;
  function upset(data, width) {
    const narrow = width < 520;
    const left = narrow ? 118 : 210;
    const bars = data.bars.slice(0, Math.max(3, Math.floor((width - left - 8) / (narrow ? 34 : 38))));
    const text = colour("--chart-text"), line = colour("--chart-line"), one = colour("--chart-1");
    const columns = bars.map((bar, index) => String(index));
    const names = data.lists.map((list) => shorten(list.name, narrow ? 12 : 22) + `  ${short(list.size)}`);
    const axis = { type: "category", data: columns, axisLabel: { show: false }, axisTick: { show: false }, axisLine: { lineStyle: { color: line } } };
    const dots = (inside) => bars.flatMap((bar, index) => data.lists.map((_list, place) => [index, place])
      .filter(([, place]) => bar.places.includes(place) === inside));
    const about = (index) => `${data.bars[index].label}\n${data.unit}: ${number(data.bars[index].count)}`;
    return {
      ...base(),
      tooltip: { ...base().tooltip, trigger: "item", formatter: (p) => (p.seriesIndex === 0 ? about(p.dataIndex) : about(p.value[0])) },
      grid: [
        { left, right: 8, top: 20, height: TOP - 28 },
        { left, right: 8, top: TOP, height: data.lists.length * ROW },
      ],
      xAxis: [{ ...axis, gridIndex: 0 }, { ...axis, gridIndex: 1, axisLine: { show: false } }],
      yAxis: [
        { type: "value", gridIndex: 0, minInterval: 1, splitNumber: 3, splitLine: { lineStyle: { color: line } }, axisLabel: { color: text, formatter: short } },
        { type: "category", gridIndex: 1, inverse: true, data: names, axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: true, areaStyle: { color: ["transparent", "rgba(127,127,127,0.07)"] } }, axisLabel: { color: text, margin: 12 } },
      ],
      series: [
        { type: "bar", xAxisIndex: 0, yAxisIndex: 0, data: bars.map((bar) => bar.count), itemStyle: { color: one }, barMaxWidth: 24, cursor: "pointer", label: { show: true, position: "top", color: text, fontSize: 11, formatter: (p) => (bars.length > 12 || narrow ? short(p.value) : number(p.value)) } },
        { type: "scatter", xAxisIndex: 1, yAxisIndex: 1, data: dots(false), symbolSize: 9, silent: true, itemStyle: { color: line } },
        {
          type: "custom", xAxisIndex: 1, yAxisIndex: 1, silent: true, encode: { x: 0, y: 1 },
          data: bars.map((bar, index) => [index, Math.min(...bar.places), Math.max(...bar.places)]),
          renderItem: (_params, api) => {
            const [x1, y1] = api.coord([api.value(0), api.value(1)]), [x2, y2] = api.coord([api.value(0), api.value(2)]);
            return { type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: one, lineWidth: 3 } };
          },
        },
        { type: "scatter", xAxisIndex: 1, yAxisIndex: 1, data: dots(true), symbolSize: 13, cursor: "pointer", itemStyle: { color: one, opacity: 1 } },
      ],
    };
  }

  function sankey(data, width) {
    const narrow = width < 520;
    const palette = ["--chart-1", "--chart-2", "--chart-3", "--chart-4"].map(colour), rest = colour("--chart-5"), text = colour("--chart-text");
    const length = narrow ? 16 : 34;
    const colours = {};
    for (const mask of [...Object.keys(data.sides.from), ...Object.keys(data.sides.to)]) {
      colours[mask] ??= Number(mask) < 1 ? rest : palette[Object.keys(colours).filter((other) => Number(other) > 0).length] ?? rest;
    }
    const side = (names, prefix, depth) => Object.entries(names).map(([mask, name]) => ({
      name: `${prefix}${mask}`, depth, said: name, itemStyle: { color: colours[mask], borderWidth: 0 },
      label: { position: depth ? "left" : "right", color: text, formatter: (p) => `${shorten(name, length)}  ${short(p.value)}` },
    }));
    return {
      ...base(),
      tooltip: {
        ...base().tooltip, trigger: "item",
        formatter: (p) => (p.dataType === "edge" ? `${data.sides.from[p.data.mask]} → ${data.sides.to[p.data.to]}\n${data.unit}: ${number(p.value)}` : `${p.data.said}\n${data.unit}: ${number(p.value)}`),
      },
      series: [{
        type: "sankey", left: 4, right: 4, top: 8, bottom: 8, nodeWidth: 10, nodeGap: 14, draggable: false, layoutIterations: 0,
        emphasis: { focus: "adjacency" },
        data: [...side(data.sides.from, "<", 0), ...side(data.sides.to, ">", 1)],
        links: data.links.map((link) => ({ source: `<${link.source}`, target: `>${link.target}`, mask: link.source, to: link.target, value: link.value, url: link.url })),
        lineStyle: { color: "source", opacity: 0.35, curveness: 0.5 },
        cursor: "pointer",
      }],
    };
  }

  const height = (data) => (data.kind === "upset" ? TOP + data.lists.length * ROW + 12
    : Math.min(640, 80 + 44 * Math.max(Object.keys(data.sides.from).length, Object.keys(data.sides.to).length)));
  const draw = ({ chart, data, canvas }) => chart.setOption((data.kind === "upset" ? upset : sankey)(data, canvas.clientWidth), true);

  function leads(held, p) {
    const { data } = held;
    if (data.kind === "sankey") return p.dataType === "edge" ? p.data.url : "";
    return data.bars[p.seriesIndex === 0 ? p.dataIndex : p.value[0]]?.url;
  }

  async function show(figure) {
    if (charts.has(figure)) return;
    charts.set(figure, null);
    const canvas = figure.querySelector(".chart-canvas");
    const data = JSON.parse(figure.dataset.sets);
    try {
      await load();
      canvas.style.height = `${height(data)}px`;
      const held = { chart: echarts.init(canvas, null, { renderer: "svg" }), data, canvas };
      charts.set(figure, held);
      draw(held);
      held.chart.on("click", (p) => { const url = leads(held, p); if (url) location.href = url; });
      let width = canvas.clientWidth;
      new ResizeObserver(() => {
        if (canvas.clientWidth === width || !canvas.clientWidth) return;
        width = canvas.clientWidth;
        held.chart.resize();
        draw(held);
      }).observe(canvas);
    } catch {
      canvas.textContent = figure.dataset.chartFailed;
    }
  }

  const save = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const cell = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  function rows(data) {
    if (data.kind === "upset") return [[...data.lists.map((list) => list.name), data.unit], ...data.bars.map((bar) => [...data.lists.map((_list, place) => (bar.places.includes(place) ? 1 : 0)), bar.count])];
    return [["", "", data.unit], ...data.links.map((link) => [data.sides.from[link.source], data.sides.to[link.target], link.value])];
  }

  document.addEventListener("click", (e) => {
    const figure = e.target.closest("[data-sets]");
    const held = figure && charts.get(figure);
    if (!held) return;
    const name = figure.querySelector("figcaption span").textContent.trim();
    if (e.target.closest("[data-sets-csv]")) save(`${name}.csv`, "text/csv", rows(held.data).map((row) => row.map(String).map(cell).join(",")).join("\n"));
    if (e.target.closest("[data-sets-image]")) save(`${name}.svg`, "image/svg+xml", held.chart.renderToSVGString());
  });

  const all = () => document.querySelectorAll("[data-sets]").forEach(show);
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:afterSettle", all);
  document.addEventListener("theme", () => charts.forEach((held) => held && draw(held)));
})();
