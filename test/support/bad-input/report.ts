import * as report from "../../../src/report/index.js";
import { and, arg, NO_NUMBER, NOTHING, type Option as One, options, type Row } from "./arguments.js";
import { model } from "./classes.js";

const title = arg("title", "A chart", ...NOTHING, "", 3);
const width = arg("width", 400, ...NO_NUMBER, 0, 20_000);
const height = arg("height", 300, ...NO_NUMBER, 0, 20_000);
const axis = (name: string, right: unknown = { title: "a (m)" }) =>
  arg(
    name,
    right,
    ...NOTHING,
    "a",
    {},
    { title: "" },
    { ...(right as object), scale: "log10" },
    { ...(right as object), min: "0" },
    { ...(right as object), min: 2, max: 1 },
    { ...(right as object), scale: "log", max: 0 },
    { ...(right as object), colour: "red" },
  );
const lists = (name: string, right: object[], ...wrong: unknown[]) =>
  arg(
    name,
    right,
    ...NOTHING,
    3,
    {},
    [],
    [null],
    [{}],
    [{ ...right[0], name: "" }],
    [{ ...right[0], colour: 1 }],
    ...wrong,
  );
const line = { name: "a", x: [1, 2], y: Float32Array.of(3, 4) };
const lines = lists(
  "series",
  [line],
  [{ ...line, x: [] }],
  [{ ...line, x: [1, 2, 3] }],
  [{ ...line, x: "12" }],
  [{ ...line, y: [1, null] }],
);
const marks = arg(
  "marks",
  [{ x: 1, text: "here" }],
  3,
  {},
  [null],
  [{ x: 1 }],
  [{ text: "a" }],
  [{ y: Number.NaN, text: "a" }],
);
const bars = { name: "a", values: [1, 2] };
const image = { data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2] };
const cells = { title: "a", values: [1, 2] };
const logAxis = { title: "a", scale: "log" };

/** Charts take one object: each entry is tried by itself in an object that is right else. */
const chart = (call: (options: never) => unknown, ...entries: (typeof title)[]): Row => {
  const { right, wrong } = options(title, ...entries);
  // `options` leaves null out: here it is never a default.
  return { call: call as Row["call"], args: [arg("option", right, undefined, ...(wrong as One[]))] };
};
const sized = (call: (options: never) => unknown, ...entries: (typeof title)[]) =>
  chart(call, ...entries, width, height);

export const reportRows: Record<string, Row> = {
  lineChart: and(
    sized(
      report.lineChart,
      axis("x"),
      axis("y"),
      lists("series", [{ ...line, style: "dashed" }], ...lines.wrong, [{ ...line, style: "dotted" }]),
      marks,
    ),
    [{ title: "a", x: logAxis, y: cells, series: [line] }],
    [{ title: "a", x: logAxis, y: { title: "a" }, series: [{ ...line, x: [0, 1] }] }],
    [{ title: "a", x: logAxis, y: { title: "a" }, series: [line], marks: [{ x: -1, text: "a" }] }],
  ),
  scatterChart: and(sized(report.scatterChart, axis("x"), axis("y"), lines, marks), [
    { title: "a", x: { title: "a" }, y: logAxis, series: [{ ...line, y: [1, -1] }] },
  ]),
  barChart: and(
    sized(
      report.barChart,
      arg("categories", ["a", "b"], ...NOTHING, "ab", [], [""], ["a", 3], ["a"]),
      axis("y"),
      lists("series", [bars], [{ ...bars, values: [] }], [{ ...bars, values: [1] }], [{ ...bars, values: ["1", 2] }]),
      arg("horizontal", false, 1, "yes"),
      arg("stacked", false, 1, "yes"),
    ),
    [{ title: "a", categories: ["a", "b"], y: logAxis, series: [bars], stacked: true }],
    [{ title: "a", categories: ["a", "b"], y: logAxis, series: [{ ...bars, values: [0, 1] }] }],
  ),
  histogram: and(
    sized(
      report.histogram,
      axis("x"),
      lists("series", [bars], [{ ...bars, values: [] }], [{ ...bars, values: [1, "2"] }]),
      arg("bins", 5, ...NO_NUMBER, 0, 1.5),
      marks,
    ),
    [{ title: "a", x: logAxis, series: [{ ...bars, values: [0, 1] }] }],
  ),
  heatmap: and(
    sized(
      report.heatmap,
      axis("x", cells),
      axis("y", cells),
      arg(
        "z",
        [[1, 2], Float32Array.of(3, 4)],
        ...NOTHING,
        3,
        [],
        [[1, 2]],
        [[1, 2], [3]],
        [
          [1, 2],
          [3, "4"],
        ],
      ),
      axis("value"),
      arg("contours", 2, ...NO_NUMBER, -1, 1.5),
      arg("paths", [line], 3, {}, [null], [{ ...line, name: "" }], [{ ...line, x: [1] }]),
    ),
    [
      {
        title: "a",
        x: { title: "a", values: [2, 1] },
        y: cells,
        z: [
          [1, 2],
          [3, 4],
        ],
        value: { title: "a" },
      },
    ],
    [
      {
        title: "a",
        x: cells,
        y: cells,
        z: [
          [1, 2],
          [3, 0],
        ],
        value: logAxis,
      },
    ],
  ),
  contactSheet: and(
    chart(
      report.contactSheet,
      lists(
        "rows",
        [{ name: "a", images: [image], labels: ["one"] }],
        [{ name: "a", images: [] }],
        [{ name: "a", images: [null] }],
        [{ name: "a", images: [{ data: [1], shape: [1, 1] }] }],
        [{ name: "a", images: [{ data: new Uint8Array(8), shape: [2, 2, 2] }] }],
        [{ name: "a", images: [{ data: new Uint8Array(4), shape: [4] }] }],
        [{ name: "a", images: [{ data: Float32Array.of(Number.NaN), shape: [1, 1] }] }],
        [{ name: "a", images: [{ data: Int32Array.of(256), shape: [1, 1] }] }],
        [{ name: "a", images: [image], labels: [] }],
        [{ name: "a", images: [image], labels: [3] }],
      ),
      arg("scale", 2, ...NO_NUMBER, 0, 1.5),
    ),
  ),
  graph: {
    call: report.graph as Row["call"],
    args: [arg("model", model(), ...NOTHING, 3, {}, []), options(arg("title", "All", "", 3))],
  },
  figure: {
    call: report.figure as Row["call"],
    args: [
      arg("panels", ['<svg width="10" height="10"></svg>'], ...NOTHING, "<svg>", [], ["<p>"], ["<svg></svg>"], [3]),
      options(arg("columns", 1, ...NO_NUMBER, 0, 1.5), arg("title", "All", "", 3)),
    ],
  },
};
