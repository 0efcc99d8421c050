// What entered and what left per bucket, side by side, and the difference as a line.
export function option(chart, look, write) {
  const [buckets, input, output, difference] = chart.columns;
  const many = buckets.values.length > 60;
  const bars = [[input, "#2f6fed"], [output, "#1a9b82"]].map(([one, color]) => ({
    name: one.name, type: "bar", data: one.values, barMaxWidth: 32, barCategoryGap: many ? "10%" : "28%",
    itemStyle: { color }, emphasis: { focus: "none" },
  }));
  return {
    ...look.base,
    grid: look.grid(40),
    legend: look.legend(true, null),
    tooltip: look.tooltip("axis", (points) => [
      buckets.texts[points[0]?.dataIndex] ?? "",
      ...points.map((point) => `${point.marker} ${point.seriesName}  ${write.count(point.value)}`),
    ].join("\n")),
    xAxis: { type: "category", data: chart.drawing.axis, ...look.line, axisLabel: { color: look.muted, hideOverlap: true } },
    yAxis: { type: "value", minInterval: 1, ...look.bare, axisLabel: { color: look.muted, formatter: write.count } },
    series: [...bars, {
      name: difference.name, type: "line", data: difference.values, symbol: "diamond", symbolSize: 6, showSymbol: !many,
      lineStyle: { width: 1.5, type: "dashed" }, itemStyle: { color: look.ink }, emphasis: { focus: "none" },
    }],
  };
}
