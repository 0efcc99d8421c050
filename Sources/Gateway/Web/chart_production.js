// Units per bucket, a series for each product, with the stops of a single line behind them; the mouse zooms.
import { colour, colours } from "./chart_look.js";

const most = 300; // buckets drawn as bars; more become lines
const steps = {
  minute: [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880],
  "15min": [1, 2, 4, 8, 12, 24, 48, 96, 192, 384, 672],
  hour: [1, 2, 3, 4, 6, 12, 24, 48, 72, 168, 336, 720, 1440],
};
const mostLabels = 12; // peaks that are named by their number
const icons = { justified: "✓", registered: "✎", calculated: "?" };

const count = (chart) => chart.columns[0].values.length;

/** What stays the same tells that the period is the same one, whose zoom then stays. */
export const period = (chart) => `${count(chart)} ${chart.columns[0].values[0]}`;

/** Round times only: the smallest step of the clock that leaves each label room, with a share of the axis in sight. */
export function zoomed(chart, share, width) {
  const least = count(chart) * share / Math.max(2, Math.floor(width / 80));
  const { interval } = chart.drawing;
  return { interval: steps[interval]?.find((step) => step >= least) ?? Math.max(1, Math.ceil(least)) };
}

function stopsBehind(chart, look, width) {
  return {
    silent: true,
    animation: false,
    z: 3,
    label: { position: "insideTop", ...look.label },
    data: chart.drawing.stops.map((stop) => {
      const shade = colour(`--stop-${stop.kind}`);
      const wide = (stop.to - stop.from) / count(chart) * width > 14;
      return [
        { xAxis: stop.from, itemStyle: { color: shade, opacity: 0.28 }, label: { show: wide, formatter: icons[stop.kind], color: shade } },
        { xAxis: stop.to },
      ];
    }),
  };
}

// How a curve that was chosen is drawn; without one, bars.
const curves = {
  smooth: { type: "line", smooth: 0.4, smoothMonotone: "x" },
  linear: { type: "line" },
  stepped: { type: "line", step: "middle" },
  stacked: { type: "line", stack: "units", areaStyle: { opacity: 0.5 } },
};

// The buckets with the most, each marked above what is drawn of it.
function peaksAbove(chart, series, isStacked, total, look, write) {
  const peaks = chart.drawing.peaks ?? [];
  const height = (place) => (isStacked ? total.values[place] : Math.max(...series.map((one) => one.values[place] ?? 0)));
  return {
    silent: true,
    animation: false,
    symbol: "triangle",
    symbolRotate: 180,
    symbolSize: [12, 9],
    symbolOffset: [0, -8],
    itemStyle: { color: look.ink, borderColor: look.surface, borderWidth: 1 },
    label: { show: peaks.length <= mostLabels, position: "top", distance: 2, color: look.ink, ...look.label },
    data: peaks.map((place) => ({
      coord: [place + 0.5, height(place)], label: { formatter: write.count(total.values[place]) },
    })),
  };
}

function zooms(look) {
  return [
    { type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, preventDefaultMouseMove: false, filterMode: "weakFilter" },
    {
      type: "slider", height: 20, bottom: 4, borderColor: look.hairline, fillerColor: "rgba(127,127,127,.16)", showDetail: false,
      backgroundColor: "transparent", brushSelect: false, filterMode: "weakFilter", moveHandleSize: 0,
      handleStyle: { color: look.surface, borderColor: look.muted },
      dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { color: look.muted, opacity: 0.2 } },
      selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { color: look.muted, opacity: 0.3 } },
    },
  ];
}

export function option(chart, look, write, width) {
  const [buckets, ...columns] = chart.columns;
  const total = columns.at(-1);
  const series = columns.length > 1 ? columns.slice(0, -1) : columns;
  const curve = curves[chart.drawing.curve];
  const asBars = !curve && count(chart) <= most;
  const isStacked = asBars || Boolean(curve?.stack);
  const shades = colours(series);
  const drawn = series.map((one, index) => ({
    name: one.name,
    type: asBars ? "bar" : "line",
    stack: asBars ? "units" : undefined,
    barCategoryGap: count(chart) > 60 ? "10%" : "28%",
    barMaxWidth: 56,
    // Parts of a sum have to be of the same buckets.
    sampling: isStacked ? undefined : "lttb",
    showSymbol: count(chart) === 1,
    lineStyle: { width: 1.5 },
    itemStyle: { color: shades[index] },
    emphasis: { focus: "none" },
    large: count(chart) > most,
    ...curve,
    data: one.values.map((value, bucket) => [bucket + 0.5, value]),
  }));
  drawn[0].markArea = stopsBehind(chart, look, width);
  drawn.at(-1).markPoint = peaksAbove(chart, series, isStacked, total, look, write);
  return {
    ...look.base,
    grid: look.grid((series.length > 1 ? 40 : 16) + (chart.drawing.peaks ? 16 : 0), 40),
    legend: look.legend(series.length > 1),
    tooltip: look.tooltip("axis", (points) => {
      if (!points.length) return "";
      const bucket = Math.floor(points[0].value[0]);
      const lines = points.filter((point) => point.value[1] > 0 || points.length === 1)
        .slice(0, 10).map((point) => `${point.marker} ${point.seriesName}  ${write.count(point.value[1])}`);
      if (series.length > 1) lines.push(`${total.name}  ${write.count(total.values[bucket] ?? 0)}`);
      const stops = chart.drawing.stops.filter((stop) => stop.from < bucket + 1 && stop.to > bucket);
      for (const stop of stops.slice(0, 5)) lines.push(`${icons[stop.kind]} ${stop.text}`);
      return [buckets.texts[bucket], ...lines].join("\n");
    }),
    xAxis: {
      type: "value", min: 0, max: Math.max(1, count(chart)), ...zoomed(chart, 1, width), ...look.line, splitLine: { show: false },
      axisLabel: {
        color: look.muted, hideOverlap: true,
        formatter: (value) => Number.isInteger(value) ? chart.drawing.axis[value] ?? "" : "",
      },
    },
    yAxis: { type: "value", minInterval: 1, ...look.bare, axisLabel: { color: look.muted, formatter: write.count } },
    dataZoom: zooms(look),
    series: drawn,
  };
}
