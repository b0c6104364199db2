// Draws every [data-chart] from the figure beside it, in the colours of the page, and again when those change.
(() => {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (token) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const scales = {
    rising: () => [[0, colour("raised")], [1, colour("accent")]],
    balance: () => [[0, colour("series-2")], [0.5, colour("raised")], [1, colour("accent")]],
  };
  const font = () => getComputedStyle(document.body).fontFamily;

  const dressed = (trace) => {
    const role = trace.meta?.role ?? "accent";
    if (trace.type === "heatmap") {
      const bar = { ...trace.colorbar, outlinewidth: 0, tickfont: { color: colour("muted") } };
      return { ...trace, colorscale: scales[role](), colorbar: bar };
    }
    const own = colour(role);
    if (trace.fill) trace = { ...trace, fillcolor: own.replace("rgb(", "rgba(").replace(")", ", 0.14)") };
    const worn = { ...trace, marker: { color: own, size: 8, ...trace.marker }, line: { color: own, width: 2, ...trace.line } };
    if (trace.mode?.includes("text")) worn.cliponaxis = false; // a name at the edge is read whole
    if (trace.type === "bar") worn.marker = { color: own };
    for (const bar of ["error_x", "error_y"]) if (trace[bar]) worn[bar] = { ...trace[bar], color: own };
    return worn;
  };

  const axis = (given = {}) => ({
    automargin: true,
    gridcolor: colour("line"),
    linecolor: colour("line"),
    tickcolor: colour("line"),
    zeroline: false,
    ...given,
    tickfont: { color: colour("muted"), size: 12 },
    title: { font: { color: colour("muted"), size: 12 }, ...given.title },
  });

  const layout = (given, width) => ({
    ...given,
    width,
    paper_bgcolor: colour("surface"),
    plot_bgcolor: colour("surface"),
    font: { family: font(), size: 12, color: colour("text") },
    hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("line"), font: { color: colour("text"), family: font() } },
    margin: { l: 16, r: 48, t: 24, b: 40, ...given.margin },
    showlegend: false,
    dragmode: false,
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { color: colour("muted") } },
    ...(given.showlegend ? { showlegend: true } : {}),
    xaxis: axis(given.xaxis),
    yaxis: axis(given.yaxis),
    shapes: (given.shapes ?? []).map((shape) => ({ ...shape, layer: "below", line: { ...shape.line, color: colour("line-strong") } })),
    annotations: (given.annotations ?? []).map((note) => ({ ...note, font: { size: 11, color: colour("muted") } })),
  });

  // Names stand where they cover no other name, no point, whisker or step; above the point if nothing is in the way.
  const places = {
    "top center": [-0.5, -1], "top right": [0, -1], "top left": [-1, -1], "bottom center": [-0.5, 0],
    "bottom right": [0, 0], "bottom left": [-1, 0], "middle right": [0, -0.5], "middle left": [-1, -0.5],
  };
  const pen = document.createElement("canvas").getContext("2d");
  const overlap = (a, b) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return wide > 0 && high > 0 ? wide * high : 0;
  };
  const box = (x0, y0, x1, y1, margin) => ({
    left: Math.min(x0, x1) - margin, right: Math.max(x0, x1) + margin,
    top: Math.min(y0, y1) - margin, bottom: Math.max(y0, y1) + margin,
  });
  const inTheWay = (trace, x, y) => trace.x.flatMap((at, place) => {
    const [left, top] = [x(at), y(trace.y[place])];
    if (trace.mode === "lines") {
      if (place === 0 || trace.line?.shape !== "hv") return [];
      const [before, height] = [x(trace.x[place - 1]), y(trace.y[place - 1])];
      return [box(before, height, left, height, 1), box(left, height, left, top, 1)];
    }
    const whisker = trace.error_y;
    const ends = whisker ? [y(trace.y[place] + whisker.array[place]), y(trace.y[place] - whisker.arrayminus[place])] : [];
    return [box(left, top, left, top, 4), ...(whisker ? [box(left, ends[0], left, ends[1], 1)] : [])];
  });
  const nameBox = ([across, up], x, y, width) => {
    const left = x + across * width + (across === 0 ? 7 : across === -1 ? -7 : 0);
    const top = y + up * 14 + (up === 0 ? 5 : up === -1 ? -5 : 0);
    return box(left, top, left + width, top + 14, 0);
  };
  const placeNames = (plot) => {
    const { xaxis, yaxis, width, margin } = plot._fullLayout;
    const [x, y] = [(value) => xaxis.d2p(value), (value) => yaxis.d2p(value)];
    const named = plot.data.flatMap((trace, number) => (trace.mode?.includes("text") ? [number] : []));
    if (!named.length) return;
    pen.font = `12px ${font()}`;
    const taken = plot.data.flatMap((trace) => inTheWay(trace, x, y));
    const beyond = (distance) => Math.max(0, distance);
    const outside = ({ left, right, top, bottom }) =>
      beyond(-top) + beyond(bottom - yaxis._length) + beyond(-margin.l - left) + beyond(right + margin.l - width);
    const cost = (name) => 100 * outside(name) + taken.reduce((sum, one) => sum + overlap(name, one), 0);
    const positions = named.map((number) => plot.data[number].text.map((text, place) => {
      const trace = plot.data[number];
      const at = [x(trace.x[place]), y(trace.y[place]), pen.measureText(text).width];
      const options = Object.entries(places).map(([word, corner]) => [word, nameBox(corner, ...at)]);
      const [word, name] = options.reduce((best, one) => (cost(one[1]) < cost(best[1]) ? one : best));
      taken.push(name);
      return word;
    }));
    Plotly.restyle(plot, { textposition: positions }, named);
  };

  const quiet = { displayModeBar: false, responsive: false, displaylogo: false };
  const draw = (chart) => {
    const plot = chart.querySelector("[data-chart-plot]");
    const figure = JSON.parse(chart.querySelector("[data-chart-figure]").content.textContent);
    const narrow = figure.data[0].type === "heatmap" ? 0.62 * figure.layout.height : 0;
    const width = Math.max(plot.clientWidth - 2, narrow);
    const drawn = layout(figure.layout, width);
    if (width < 560 && figure.data.length > 1) {
      // no room for names at the ends of lines
      drawn.annotations = [];
      drawn.margin.r = 16;
      drawn.showlegend = true;
      drawn.legend = { orientation: "h", y: -0.3, font: { color: colour("muted") } };
      drawn.height += 120;
    }
    Plotly.react(plot, figure.data.map(dressed), drawn, quiet);
    placeNames(plot);
  };
  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

  const save = (name, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const quoted = (text) => {
    const safe = /^[=+@\t]|^-(?![\d.])/.test(text) ? `'${text}` : text; // no spreadsheet takes it for a formula
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const csv = (table) => [...table.rows].map((row) => [...row.cells].map((cell) => quoted(cell.textContent)).join(",")).join("\n") + "\n";

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-png], [data-chart-csv]");
    if (!button) return;
    const chart = button.closest("[data-chart]");
    const name = `${location.pathname.split("/").at(-2)}-${chart.dataset.chart}`;
    if ("chartCsv" in button.dataset) return save(`${name}.csv`, csv(chart.querySelector("table")));
    const plot = chart.querySelector("[data-chart-plot]");
    const { width, height } = plot._fullLayout;
    Plotly.downloadImage(plot, { format: "png", filename: name, width, height, scale: 2 });
  });

  let drawnWidth = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === drawnWidth) return; // phones resize when their bars slide away
    drawnWidth = innerWidth;
    drawAll();
  });
  document.documentElement.addEventListener("themechange", drawAll);
  document.addEventListener("htmx:afterSwap", drawAll);
  document.addEventListener("htmx:historyRestore", drawAll);
  drawAll();
})();
