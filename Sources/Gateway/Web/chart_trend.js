// The OEE and its terms per bucket as lines, told apart by their dashes too, with the target as steps; of a single bucket, of
// which no line can be drawn, as bars beside one another.
import { colour } from "./chart_look.js";

const terms = 4;
const dashes = ["solid", "dashed", "dotted", [8, 3, 2, 3]];
const symbols = ["circle", "rect", "triangle", "diamond"];

/** A click on a bucket leads to its stops. */
export const opens = true;

export function option(chart, look, write, width) {
  const [buckets, ...columns] = chart.columns;
  const target = columns[terms];
  const shades = [look.ink, "#2f6fed", "#e08a1e", "#1a9b82"];
  if (buckets.values.length === 1) return single(columns, shades, look, write, width);
  const few = buckets.values.length <= 62;
  const series = columns.slice(0, terms).map((one, index) => ({
    name: one.name, type: "line", data: one.values, connectNulls: false, symbol: symbols[index], symbolSize: 6,
    showSymbol: few, lineStyle: { width: index === 0 ? 3 : 1.5, type: dashes[index] }, itemStyle: { color: shades[index] },
    z: index === 0 ? 4 : 3, emphasis: { focus: "none" },
  }));
  const shade = colour("--stop-calculated");
  if (target.values.some((value) => value !== null)) {
    series.push({
      name: target.name, type: "line", step: "middle", data: target.values, symbol: "none",
      lineStyle: { width: 2, type: "dashed", color: shade }, itemStyle: { color: shade },
    });
  }
  return {
    ...look.base,
    grid: look.grid(40),
    legend: look.legend(true, null),
    tooltip: look.tooltip("axis", (points) => {
      if (!points.length) return "";
      const bucket = points[0].dataIndex;
      const lines = points.map((point) =>
        `${point.marker} ${point.seriesName}  ${point.value === null || point.value === undefined ? "—" : write.ratio(point.value)}`);
      for (const one of columns.slice(terms + 1)) {
        const value = one.values[bucket];
        lines.push(`${one.name}  ${one.texts?.[bucket] ?? (value === null ? "—" : write[one.form](value))}`);
      }
      return [buckets.texts[bucket], ...lines].join("\n");
    }),
    xAxis: { type: "category", data: chart.drawing.axis, ...look.line, axisLabel: { color: look.muted, hideOverlap: true } },
    yAxis: axis(look, write),
    series,
  };
}

const axis = (look, write) => ({
  type: "value", min: 0, max: 1, ...look.bare, axisLabel: { color: look.muted, formatter: (value) => write.percent(value) },
});

function single(columns, shades, look, write, width) {
  const bars = columns.slice(0, terms);
  const text = (value) => (value === null || value === undefined ? "—" : write.ratio(value));
  const series = [{
    name: "", type: "bar", barMaxWidth: 72, emphasis: { disabled: true },
    // One that is not known has its place all the same.
    data: bars.map((one, index) => ({ value: one.values[0] ?? 0, itemStyle: { color: shades[index] } })),
    label: {
      ...look.label, show: true, position: "top", color: look.ink, fontSize: 14,
      formatter: ({ dataIndex }) => text(bars[dataIndex].values[0]),
    },
  }];
  const target = columns[terms];
  const shade = colour("--stop-calculated");
  if (target.values[0] !== null) {
    series.push({
      name: target.name, type: "line", data: bars.map(() => target.values[0]), symbol: "none", silent: true,
      lineStyle: { width: 2, type: "dashed", color: shade }, itemStyle: { color: shade },
    });
  }
  return {
    ...look.base,
    grid: look.grid(40),
    legend: { ...look.legend(series.length > 1, null), data: [target.name] },
    tooltip: look.tooltip("axis", () => columns.filter((one) => one.values[0] !== null).map((one) =>
      `${one.name}  ${one.texts?.[0] ?? write[one.form](one.values[0])}`).join("\n")),
    xAxis: {
      type: "category", data: bars.map((one) => one.name), ...look.line,
      // Names that have no room beside one another lean.
      axisLabel: { color: look.muted, interval: 0, rotate: width < 480 ? 30 : 0 },
    },
    yAxis: axis(look, write),
    series,
  };
}
