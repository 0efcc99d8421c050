// What every drawn chart has in common: colours of the theme, fonts, axes and the box at the pointer.
const palette = ["#2f6fed", "#e08a1e", "#1a9b82", "#b25ad1", "#c8506a", "#5b8c2a", "#2b9fc9", "#8a7355"];
const font = "Inter, system-ui, sans-serif";

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The colours of columns: their own, or the palette's that none has claimed for itself. */
export function colours(columns) {
  const own = new Set(columns.map((one) => one.color?.toLowerCase()));
  const free = palette.filter((one) => !own.has(one));
  let next = 0;
  return columns.map((one) => one.color ?? free[next++ % free.length]);
}

/** How a chart looks in the theme that is shown. */
export function look() {
  const [ink, muted, hairline, surface] = ["--ink", "--muted", "--hairline", "--surface"].map(colour);
  return {
    ink, muted, hairline, surface,
    base: { aria: { enabled: true }, animation: false, textStyle: { fontFamily: font, color: ink } },
    grid: (top, bottom = 8) => (
      { left: 8, right: 16, top, bottom, outerBoundsMode: "same", outerBoundsContain: "axisLabel" }),
    label: { fontSize: 11, fontWeight: 600, fontFamily: font },
    line: { axisLine: { lineStyle: { color: hairline } }, axisTick: { lineStyle: { color: hairline } } },
    bare: { axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: hairline } } },
    legend: (show, icon = "roundRect", side = { left: 0 }) => ({
      show, type: "scroll", top: 0, ...side, itemWidth: icon ? 12 : 24, itemHeight: 12, ...(icon ? { icon } : {}),
      textStyle: { color: ink }, pageTextStyle: { color: muted }, pageIconColor: ink, pageIconInactiveColor: hairline,
    }),
    tooltip: (trigger, formatter) => ({
      trigger, formatter, renderMode: "richText", confine: true, backgroundColor: surface, borderColor: hairline,
      textStyle: { color: ink, fontSize: 12, lineHeight: 18 },
      axisPointer: { type: "line", lineStyle: { color: muted, type: "dashed" } },
    }),
  };
}
