import { figure, lineChart } from "../../src/report/index.js";

/** What each sampler has reached after each number of trials. */
export interface Panel {
  readonly title: string;
  readonly measure: string;
  readonly curves: Readonly<Record<string, readonly number[]>>;
}

/** A panel for each problem, both axes logarithmic. */
export async function picture(panels: readonly Panel[]): Promise<string> {
  const drawn = panels.map(({ title, measure, curves }) =>
    lineChart({
      title,
      width: 480,
      height: 320,
      x: { title: "trials", scale: "log" },
      y: { title: measure, scale: "log" },
      series: Object.entries(curves).map(([name, values]) => ({
        name,
        x: values.map((_, i) => i + 1),
        y: values,
        style: "step" as const,
      })),
    }),
  );
  return figure(await Promise.all(drawn), { columns: 2, title: "The best so far: medians of 20 searches" });
}
