// Each stop by the hour of the day it began and how long it was; those with a cause are filled, those without are not.
import { colour } from "./chart_look.js";

/** The address of the stop that was clicked, if it has one. */
export const link = (chart, point) => chart.columns[0].links[point.data[2]];

export function option(chart, look, write, width) {
  const [starts, lines, durations, causes] = chart.columns;
  const { hours, isJustified, hourName, durationName, justified, unjustified } = chart.drawing;
  const points = (wanted) => hours
    .map((hour, index) => [hour, Math.max(durations.values[index], 1) / 60, index])
    .filter(([, , index]) => isJustified[index] === wanted);
  const kinds = [
    { name: unjustified, data: points(false), symbol: "diamond", itemStyle: { color: "transparent", borderColor: colour("--stop-calculated"), borderWidth: 2 } },
    { name: justified, data: points(true), symbol: "circle", itemStyle: { color: colour("--stop-justified") } },
  ];
  return {
    ...look.base,
    grid: look.grid(56, 28),
    legend: { ...look.legend(true, null, { right: 0 }), itemWidth: 12 },
    tooltip: look.tooltip("item", ({ data: [, , index] }) =>
      [`${lines.values[index]}  ${starts.texts[index]}`, durations.texts[index], causes.values[index]].join("\n")),
    xAxis: {
      type: "value", min: 0, max: 24, interval: width < 520 ? 6 : 3, name: hourName, nameLocation: "middle", nameGap: 24,
      nameTextStyle: { color: look.muted }, ...look.line,
      splitLine: { lineStyle: { color: look.hairline } },
      axisLabel: { color: look.muted, formatter: (hour) => `${String(hour).padStart(2, "0")}:00` },
    },
    yAxis: {
      type: "log", name: durationName, nameGap: 12, nameTextStyle: { color: look.muted, align: "left" }, ...look.bare,
      axisLabel: { color: look.muted, formatter: (minutes) => write.short(minutes) },
    },
    series: kinds.map((kind) => ({ ...kind, type: "scatter", symbolSize: 10, emphasis: { scale: 1.2 },
      cursor: kind.data.some(([, , index]) => starts.links[index]) ? "pointer" : "default" })),
  };
}
