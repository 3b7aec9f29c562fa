import { describe, expect, test } from "vitest";
import { linearTicks, logTicks, numberText } from "../../src/report/ticks.js";

const labels = (ticks: { label: string }[]) => ticks.map(({ label }) => label);

describe("ticks", () => {
  test.each([
    [0, 1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]],
    [1, 30, 6, ["5", "10", "15", "20", "25", "30"]],
    [-0.3, 0.3, 3, ["−0.2", "0.0", "0.2"]],
    [0, 60_000, 3, ["0", "20,000", "40,000", "60,000"]],
    [0, 3e7, 3, ["0", "1e7", "2e7", "3e7"]],
    [1.000001, 1.000003, 2, ["1.000001", "1.000002", "1.000003"]],
    [0, 4e-7, 2, ["0", "2e-7", "4e-7"]],
  ])("from %d to %d in %d steps", (min, max, count, expected) => {
    expect(labels(linearTicks(min, max, count))).toEqual(expected);
  });

  test("has no half steps where values are whole", () => {
    expect(labels(linearTicks(1, 4, 10, true))).toEqual(["1", "2", "3", "4"]);
  });

  test.each([
    [-4, 0, 8, ["0.0001", "0.001", "0.01", "0.1", "1"]],
    [-9, -3, 3, ["1e-8", "1e-6", "0.0001"]],
    [0, 1, 8, ["1", "2", "5", "10"]],
    [Math.log10(0.02), Math.log10(0.05), 5, ["0.02", "0.03", "0.04", "0.05"]],
  ])("on a log axis from 10^%d to 10^%d", (min, max, count, expected) => {
    expect(labels(logTicks(min, max, count))).toEqual(expected);
  });

  test("numbers by themselves", () => {
    expect([0, -1234.5, 1e-5, 2.5e6, 0.1 + 0.2].map(numberText)).toEqual(["0", "−1,235", "1e-5", "2.5e6", "0.3"]);
  });
});
