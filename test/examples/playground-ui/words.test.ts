import { expect, test } from "vitest";
import { defaults } from "../../../examples/playground/src/defaults.js";
import * as format from "../../../examples/playground/src/ui/format.js";
import { fromPageLink, pageLink } from "../../../examples/playground/src/ui/page-link.js";
import { ladder, rungScale } from "../../../examples/playground/src/ui/panels/scales.js";
import { differences, differs, isShared, sharing } from "../../../examples/playground/src/ui/settings-diff.js";
import { read, write } from "../../../examples/playground/src/ui/settings-path.js";
import { TECHNIQUES } from "../../../examples/playground/src/ui/techniques.js";

test("numbers are short, and minus is a minus", () => {
  const shown = [0, 0.03125, -1.5, 1234567, 1e-7, 2.5e9, Number.NaN, Number.NEGATIVE_INFINITY].map((each) =>
    format.number(each),
  );
  expect(shown).toEqual(["0", "0.0313", "−1.5", "1,234,567", "1e−7", "2.5e9", "not a number", "−∞"]);
  expect(format.percent(0.9531)).toBe("95.3 %");
  expect(format.percent(Number.NaN)).toBe("–");
  expect(format.steady(0.5)).toBe("0.5000");
  expect(format.score("regression", 0.25)).toBe("0.2500");
  expect(format.score("classification", 0.25)).toBe("25.0 %");
  expect([1, 2, 0].map((each) => format.plural(each, "layer"))).toEqual(["1 layer", "2 layers", "0 layers"]);
  expect(format.slug("Error (RMSE) of A")).toBe("error-rmse-of-a");
});

test("a setting is read and written by its path, and nothing else changes", () => {
  const changed = write(defaults, "network.layers.1.units", 3);
  expect(read(changed, "network.layers.1.units")).toBe(3);
  expect(read(changed, "network.layers.7.units")).toBeUndefined();
  expect([...differences(defaults, changed)]).toEqual(["network.layers.1.units"]);
  expect(changed.data).toBe(defaults.data);
});

test("what differs is told by path, a layer that only one has too", () => {
  const more = write(defaults, "network.layers", [
    ...defaults.network.layers,
    { units: 4, batchNorm: true, dropout: 0 },
  ]);
  const changed = differences(defaults, more);
  expect(differs(changed, "network.layers.2")).toBe(true);
  expect(differs(changed, "network.layers.1")).toBe(false);
  expect(differs(changed, "network")).toBe(true);
  expect(differences(defaults, structuredClone(defaults)).size).toBe(0);
});

test("two that race share rows, split and seed, and keep how they scale", () => {
  const other = write(defaults, "data.normalize", "none");
  const from = write(write(write(defaults, "data.noise", 0.9), "training.seed", 7), "training.learningRate", 1);
  const shared = sharing(other, from);
  expect([...differences(shared, from)]).toEqual(["data.normalize", "training.learningRate"]);
  expect(isShared("data.noise")).toBe(true);
  expect(isShared("data.normalize")).toBe(false);
});

test("a link holds one configuration, or two that race", () => {
  const b = write(defaults, "training.optimizer", "lion");
  expect(fromPageLink(`#${pageLink({ a: defaults })}`)).toEqual({ a: defaults });
  expect(fromPageLink(`#${pageLink({ a: defaults, b })}`)).toEqual({ a: defaults, b });
  expect(fromPageLink("")).toEqual({ a: defaults });
  const seen = { a: defaults, b, at: 44, log: true, shown: [true, false, true] } as const;
  expect(fromPageLink(`#${pageLink(seen)}`)).toEqual(seen);
  expect(pageLink(seen)).toMatch(/~at=44&log=1&hide=1$/);
  // No more than the whole of training, and nothing that is no epoch.
  expect(fromPageLink("ep=50~at=99").at).toBe(50);
  expect(fromPageLink("~at=x")).toEqual({ a: defaults });
  expect(pageLink({ a: defaults, b })).toMatch(/^[\w.~=&-]+$/);
});

test("a logarithmic slider stops at 1, 2, 5", () => {
  const rungs = ladder(-2, 1);
  expect(rungs).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]);
  const { to, from } = rungScale([0, ...rungs]);
  expect([0, 0.01, 0.04, 3, 100].map(from)).toEqual([0, 1, 3, 8, 10]);
  expect([0, 1, 10, 99].map(to)).toEqual([0, 0.01, 10, 10]);
});

test("every technique is explained in a few words", () => {
  for (const [path, { label, what }] of Object.entries(TECHNIQUES)) {
    expect(label.length, path).toBeLessThan(24);
    expect(what.length, path).toBeLessThan(140);
    if (path !== "data.split") expect(read(defaults, path), path).toBeDefined();
  }
});
