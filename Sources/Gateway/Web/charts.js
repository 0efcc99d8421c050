// Draws charts with ECharts. They live on while their tiles are replaced: new data go through setOption.
import { echarts } from "./echarts/index.js";
import { look } from "./chart_look.js";
import { data, forms } from "./tables.js";

const charts = new Map();
const drawers = {
  production: () => import("./chart_production.js"),
  trend: () => import("./chart_trend.js"),
  flow: () => import("./chart_flow.js"),
  scatter: () => import("./chart_scatter.js"),
};

function watched(box) {
  box.replaceChildren();
  const entry = { instance: echarts.init(box, null, { renderer: "canvas" }) };
  charts.set(box, entry);
  entry.instance.on("datazoom", () => {
    const zoom = entry.instance.getOption().dataZoom[0];
    const share = Math.max(0.001, (zoom.end - zoom.start) / 100);
    entry.instance.setOption({ xAxis: entry.drawer.zoomed(entry.chart, share, box.clientWidth || 640) });
  });
  // A click anywhere above a bucket is one on it, not only on what is drawn there.
  entry.instance.getZr().on("click", ({ offsetX, offsetY }) => {
    const { instance, chart, drawer } = entry;
    if (!drawer.opens || !instance.containPixel("grid", [offsetX, offsetY])) return;
    const place = Math.round(instance.convertFromPixel({ xAxisIndex: 0 }, offsetX));
    const { links } = chart.columns[0];
    const link = links?.[Math.min(place, links.length - 1)];
    if (link) location.assign(link);
  });
  entry.instance.on("click", (point) => {
    const link = entry.drawer.link?.(entry.chart, point);
    if (link) location.assign(link);
  });
  entry.observer = new ResizeObserver(() => {
    if (box.clientWidth && box.clientHeight) entry.instance.resize();
  });
  entry.observer.observe(box);
  return entry;
}

function update(box, root, drawer) {
  const chart = data(root, box.dataset.chart);
  const entry = charts.get(box) ?? watched(box);
  const width = box.clientWidth || 640;
  const next = drawer.option(chart, look(), forms(chart.language), width);
  const zoomed = entry.instance.getOption()?.dataZoom?.[0];
  const period = drawer.period?.(chart);
  if (zoomed && next.dataZoom && entry.period === period) {
    for (const zoom of next.dataZoom) Object.assign(zoom, { start: zoomed.start, end: zoomed.end });
    Object.assign(next.xAxis, drawer.zoomed(chart, Math.max(0.001, (zoomed.end - zoomed.start) / 100), width));
  }
  Object.assign(entry, { chart, drawer, period, root });
  entry.instance.setOption(next, { replaceMerge: ["series"], lazyUpdate: false });
}

/** Draws or updates every chart below `root`, and forgets those that left the page. */
export async function draw(root) {
  for (const [box, entry] of charts) {
    if (box.isConnected) continue;
    entry.observer.disconnect();
    entry.instance.dispose();
    charts.delete(box);
  }
  await Promise.all([...root.querySelectorAll("[data-chart]")].map(async (box) => {
    const drawer = await drawers[box.dataset.kind]();
    if (box.isConnected) update(box, root, drawer);
  }));
}

const redraw = () => { for (const [box, entry] of charts) if (box.isConnected) update(box, entry.root, entry.drawer); };
document.addEventListener("camet:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
