// Draws production per bucket with ECharts. Charts live on while their tile is replaced: new data go through setOption.
import { echarts } from "./echarts/index.js";
import { data, numbers } from "./tables.js";

const charts = new Map();
const palette = ["#2f6fed", "#e08a1e", "#1a9b82", "#b25ad1", "#c8506a", "#5b8c2a", "#2b9fc9", "#8a7355"];
const most = 300; // buckets drawn as bars; more become lines

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const steps = {
  minute: [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880],
  "15min": [1, 2, 4, 8, 12, 24, 48, 96, 192, 384, 672],
  hour: [1, 2, 3, 4, 6, 12, 24, 48, 72, 168, 336, 720, 1440],
};
const icons = { justified: "✓", registered: "✎", calculated: "?" };

// The palette's colours that no product has claimed for itself.
function colours(series) {
  const own = new Set(series.map((one) => one.color?.toLowerCase()));
  const free = palette.filter((one) => !own.has(one));
  let next = 0;
  return series.map((one) => one.color ?? free[next++ % free.length]);
}

// Round times only: the smallest step of the clock that leaves each label room.
function tickStep(chart, share, width) {
  const least = chart.buckets.length * share / Math.max(2, Math.floor(width / 80));
  return steps[chart.interval]?.find((step) => step >= least) ?? Math.max(1, Math.ceil(least));
}

function option(chart, width) {
  const ink = colour("--ink");
  const muted = colour("--muted");
  const hairline = colour("--hairline");
  const number = numbers(chart.language);
  const asBars = chart.buckets.length <= most;
  const name = (index) => chart.buckets[Math.floor(index)]?.full ?? "";
  const series = chart.series.length ? chart.series : [{ name: chart.texts.total, color: null, counts: chart.total }];
  const shades = colours(series);
  const drawn = series.map((one, index) => ({
    name: one.name,
    type: asBars ? "bar" : "line",
    stack: asBars ? "units" : undefined,
    barCategoryGap: chart.buckets.length > 60 ? "10%" : "28%",
    barMaxWidth: 56,
    sampling: "lttb",
    showSymbol: false,
    lineStyle: { width: 1.5 },
    itemStyle: { color: shades[index] },
    emphasis: { focus: "none" },
    large: chart.buckets.length > most,
    data: one.counts.map((count, bucket) => [bucket + 0.5, count]),
  }));
  drawn[0].markArea = {
    silent: true,
    animation: false,
    z: 3,
    label: { position: "insideTop", fontSize: 11, fontWeight: 600, fontFamily: "Inter, system-ui, sans-serif" },
    data: chart.stops.map((stop) => {
      const shade = colour(`--stop-${stop.kind}`);
      const wide = (stop.to - stop.from) / chart.buckets.length * width > 14;
      return [
        { xAxis: stop.from, itemStyle: { color: shade, opacity: 0.28 }, label: { show: wide, formatter: icons[stop.kind], color: shade } },
        { xAxis: stop.to },
      ];
    }),
  };
  return {
    aria: { enabled: true },
    animation: false,
    textStyle: { fontFamily: "Inter, system-ui, sans-serif", color: ink },
    grid: { left: 8, right: 16, top: series.length > 1 ? 40 : 16, bottom: 40, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: {
      show: series.length > 1, type: "scroll", top: 0, left: 0, itemWidth: 12, itemHeight: 12, icon: "roundRect",
      textStyle: { color: ink }, pageTextStyle: { color: muted }, pageIconColor: ink, pageIconInactiveColor: hairline,
    },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colour("--surface"), borderColor: hairline,
      textStyle: { color: ink, fontSize: 12, lineHeight: 18 }, axisPointer: { type: "line", lineStyle: { color: muted, type: "dashed" } },
      formatter(points) {
        if (!points.length) return "";
        const bucket = Math.floor(points[0].value[0]);
        const lines = points.filter((point) => point.value[1] > 0 || points.length === 1)
          .slice(0, 10).map((point) => `${point.marker} ${point.seriesName}  ${number(point.value[1])}`);
        if (series.length > 1) lines.push(`${chart.texts.total}  ${number(chart.total[bucket] ?? 0)}`);
        const stops = chart.stops.filter((stop) => stop.from < bucket + 1 && stop.to > bucket);
        for (const stop of stops.slice(0, 5)) lines.push(`${icons[stop.kind]} ${stop.text}`);
        return [name(bucket), ...lines].join("\n");
      },
    },
    xAxis: {
      type: "value", min: 0, max: Math.max(1, chart.buckets.length), interval: tickStep(chart, 1, width),
      axisLine: { lineStyle: { color: hairline } }, axisTick: { lineStyle: { color: hairline } }, splitLine: { show: false },
      axisLabel: { color: muted, hideOverlap: true, formatter: (value) => Number.isInteger(value) ? chart.buckets[value]?.axis ?? "" : "" },
    },
    yAxis: {
      type: "value", minInterval: 1, axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: hairline } }, axisLabel: { color: muted, formatter: number },
    },
    dataZoom: [
      { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, preventDefaultMouseMove: false, filterMode: "weakFilter" },
      {
        type: "slider", height: 20, bottom: 4, borderColor: hairline, fillerColor: "rgba(127,127,127,.16)", showDetail: false,
        backgroundColor: "transparent", brushSelect: false, filterMode: "weakFilter", moveHandleSize: 0,
        handleStyle: { color: colour("--surface"), borderColor: muted }, dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { color: muted, opacity: 0.2 } },
        selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { color: muted, opacity: 0.3 } },
      },
    ],
    series: drawn,
  };
}

function update(box, root) {
  const chart = data(root, box.dataset.chart);
  let entry = charts.get(box);
  const zoomed = entry?.instance.getOption()?.dataZoom?.[0];
  const isSamePeriod = entry && entry.count === chart.buckets.length && entry.first === chart.buckets[0]?.full;
  if (!entry) {
    box.replaceChildren();
    entry = { instance: echarts.init(box, null, { renderer: "canvas" }) };
    charts.set(box, entry);
    entry.instance.on("datazoom", () => {
      const zoom = entry.instance.getOption().dataZoom[0];
      const share = Math.max(0.001, (zoom.end - zoom.start) / 100);
      entry.instance.setOption({ xAxis: { interval: tickStep(entry.chart, share, box.clientWidth || 640) } });
    });
    const observer = new ResizeObserver(() => {
      if (box.clientWidth && box.clientHeight) entry.instance.resize();
    });
    observer.observe(box);
    entry.observer = observer;
  }
  const next = option(chart, box.clientWidth || 640);
  if (isSamePeriod && zoomed) {
    for (const zoom of next.dataZoom) Object.assign(zoom, { start: zoomed.start, end: zoomed.end });
    next.xAxis.interval = tickStep(chart, Math.max(0.001, (zoomed.end - zoomed.start) / 100), box.clientWidth || 640);
  }
  Object.assign(entry, { chart, count: chart.buckets.length, first: chart.buckets[0]?.full, root });
  entry.instance.setOption(next, { replaceMerge: ["series"], lazyUpdate: false });
}

/** Draws or updates every chart below `root`, and forgets those that left the page. */
export function draw(root) {
  for (const [box, entry] of charts) {
    if (box.isConnected) continue;
    entry.observer.disconnect();
    entry.instance.dispose();
    charts.delete(box);
  }
  for (const box of root.querySelectorAll("[data-chart]")) update(box, root);
}

const redraw = () => { for (const [box, entry] of charts) if (box.isConnected) update(box, entry.root); };
document.addEventListener("camet:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
