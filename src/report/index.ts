export type { HostArray } from "../util/host-array.js";
export { type BarChartOptions, type Bars, barChart } from "./bar-chart.js";
export type { ChartOptions } from "./chart.js";
export { type ContactSheetOptions, contactSheet, type SheetRow } from "./contact-sheet.js";
export { type FigureOptions, figure } from "./figure.js";
export { type GraphOptions, graph } from "./graph.js";
export { type CellAxis, type HeatmapOptions, heatmap, type Path } from "./heatmap.js";
export { type HistogramOptions, histogram, type Sample } from "./histogram.js";
export {
  type Line,
  type LineChartOptions,
  lineChart,
  type Points,
  type ScatterChartOptions,
  scatterChart,
} from "./line-chart.js";
export type { Mark } from "./marks.js";
export type { Axis } from "./scale.js";
