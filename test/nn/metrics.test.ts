import { describe, expect, test } from "vitest";
import type { Metric } from "../../src/nn/metric.js";
import * as metrics from "../../src/nn/metrics.js";
import { metricNamed } from "../../src/nn/metrics.js";
import { tensor } from "../../src/tensor/tensor.js";
import type { HostArray } from "../../src/util/host-array.js";

const floats = (values: number[], shape: number[] = [values.length]): HostArray => ({
  data: Float32Array.from(values),
  shape,
});
const classes = (...values: number[]): HostArray => ({ data: Int32Array.from(values), shape: [values.length] });

/** The result over batches given as pairs of labels and predictions. */
function over(metric: Metric, ...batches: [HostArray, HostArray][]): number {
  for (const [t, p] of batches) metric.update(t, p);
  return metric.result();
}

// Four rows, three classes: predictions 1, 0, 2, 1.
const scores = floats([0.1, 0.8, 0.1, 0.5, 0.3, 0.2, 0, 0.2, 0.8, 0.3, 0.4, 0.3], [4, 3]);

describe("accuracy", () => {
  test("class numbers, one-hot, soft, binary", () => {
    expect(over(metrics.accuracy(), [classes(1, 0, 2, 2), scores])).toBe(0.75);
    expect(over(metrics.accuracy(), [{ data: Uint8Array.of(1, 0, 0, 0), shape: [4, 1] }, scores])).toBe(0.5);
    const hot = floats([0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], [4, 3]);
    expect(over(metrics.accuracy(), [hot, scores])).toBe(0.5);
    const soft = floats([0.2, 0.7, 0.1, 0.9, 0.05, 0.05, 0, 0.4, 0.6, 0.1, 0.8, 0.1], [4, 3]);
    expect(over(metrics.accuracy(), [soft, scores])).toBe(1);
    // 0.5 is not above the threshold.
    expect(over(metrics.accuracy(), [classes(1, 0, 1, 0), floats([0.9, 0.1, 0.5, 0.5], [4, 1])])).toBe(0.75);
    expect(over(metrics.accuracy(), [classes(1, 0), floats([0.9, 0.1])])).toBe(1);
  });

  test("streams over batches of any size and begins anew after reset", () => {
    const metric = metrics.accuracy();
    const one: [HostArray, HostArray] = [classes(0), floats([0.9, 0.1], [1, 2])];
    const three: [HostArray, HostArray] = [classes(1, 1, 0), floats([1, 0, 1, 0, 1, 0], [3, 2])];
    expect(over(metric, one, three)).toBe(0.5);
    metric.reset();
    expect(metric.result()).toBe(0);
    expect(over(metric, three)).toBeCloseTo(1 / 3, 15);
  });

  test("rows with several predictions, empty batches, ties, NaN", () => {
    const sequence = floats([0, 1, 1, 0, 0, 1, 0, 1], [2, 2, 2]);
    expect(over(metrics.accuracy(), [{ data: Int32Array.of(1, 0, 0, 1), shape: [2, 2] }, sequence])).toBe(0.75);
    expect(over(metrics.accuracy(), [classes(), floats([], [0, 3])])).toBe(0);
    expect(over(metrics.accuracy(), [classes(0, 1), floats([0.5, 0.5, 0.5, 0.5], [2, 2])])).toBe(0.5);
    // A prediction of nothing but NaN is wrong, whatever the label.
    expect(over(metrics.accuracy(), [classes(0, 1), floats([NaN, NaN, NaN, 0.5], [2, 2])])).toBe(0.5);
    expect(over(metrics.accuracy(), [classes(0, 1), floats([NaN, NaN])])).toBe(0);
  });

  test("binaryAccuracy counts each output, by a threshold", () => {
    const labels = floats([1, 0, 1, 1], [2, 2]);
    const outputs = floats([0.9, 0.2, 0.4, 0.6], [2, 2]);
    expect(over(metrics.binaryAccuracy(), [labels, outputs])).toBe(0.75);
    expect(over(metrics.binaryAccuracy({ threshold: 0.3 }), [labels, outputs])).toBe(1);
  });

  test("categorical and sparse take their own form only", () => {
    const hot = floats([0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], [4, 3]);
    expect(over(metrics.categoricalAccuracy(), [hot, scores])).toBe(0.5);
    expect(over(metrics.sparseCategoricalAccuracy(), [classes(1, 0, 2, 2), scores])).toBe(0.75);
    expect(() => over(metrics.categoricalAccuracy(), [classes(1, 0, 2, 2), scores])).toThrow(
      'categoricalAccuracy: yTrue expected one-hot labels [4, 3] for predictions [4, 3], got [4]; use metric "accuracy" for either form',
    );
    expect(() => over(metrics.sparseCategoricalAccuracy(), [hot, scores])).toThrow(
      'sparseCategoricalAccuracy: yTrue expected class numbers [4] for predictions [4, 3], got [4, 3]; use metric "accuracy" for either form',
    );
    expect(() => over(metrics.categoricalAccuracy(), [classes(1), floats([1], [1, 1])])).toThrow(
      'use metric "binaryAccuracy"',
    );
  });

  test("topK: among the k greatest, ties included", () => {
    const p = floats([0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1, 0.25, 0.25, 0.25, 0.25], [3, 4]);
    expect(over(metrics.topK(1), [classes(3, 1, 2), p])).toBeCloseTo(2 / 3, 15);
    expect(over(metrics.topK(2), [classes(2, 2, 0), p])).toBeCloseTo(2 / 3, 15);
    expect(over(metrics.topK(), [classes(0, 3, 1), p])).toBe(1);
    expect(metrics.topK(3).name).toBe("top3Accuracy");
    expect(over(metrics.topK(4), [classes(0), floats([NaN, 1, 2, 3], [1, 4])])).toBe(0);
    expect(() => metrics.topK(0)).toThrow("topK: k expected a whole number ≥ 1, got 0");
  });
});

describe("errors", () => {
  test("MAE, MSE, RMSE over all elements", () => {
    const t = floats([1, 2, 3, 4], [2, 2]);
    const p = floats([1, 4, 2, 0], [2, 2]);
    expect(over(metrics.meanAbsoluteError(), [t, p])).toBe(7 / 4);
    expect(over(metrics.meanSquaredError(), [t, p])).toBe(21 / 4);
    expect(over(metrics.rootMeanSquaredError(), [t, p])).toBe(Math.sqrt(21 / 4));
    // Not the mean of the batches' roots.
    const batches: [HostArray, HostArray][] = [
      [floats([0]), floats([1], [1, 1])],
      [floats([0, 0, 0]), floats([3, 3, 3], [3, 1])],
    ];
    expect(over(metrics.rootMeanSquaredError(), ...batches)).toBe(Math.sqrt(28 / 4));
    expect(over(metrics.meanSquaredError(), [floats([NaN]), floats([1])])).toBeNaN();
  });
});

// Labels 0 0 1 1 2 2, predictions 0 1 1 1 0 2.
const six: [HostArray, HostArray] = [
  classes(0, 0, 1, 1, 2, 2),
  floats([1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1], [6, 3]),
];

describe("precision, recall, f1", () => {
  // tp 2 (rows 0, 3), fp 1 (row 1), fn 2 (rows 2, 4).
  const binary: [HostArray, HostArray] = [classes(1, 0, 1, 1, 1), floats([0.9, 0.8, 0.2, 0.7, 0.5], [5, 1])];

  test("binary, of class 1", () => {
    expect(over(metrics.precision(), binary)).toBeCloseTo(2 / 3, 15);
    expect(over(metrics.recall(), binary)).toBe(0.5);
    expect(over(metrics.f1(), binary)).toBeCloseTo(4 / 7, 15);
    expect(over(metrics.recall({ threshold: 0.4 }), binary)).toBe(0.75);
    expect(over(metrics.precision(), binary, binary)).toBeCloseTo(2 / 3, 15);
  });

  test("macro and micro, as scikit-learn", () => {
    expect(over(metrics.precision(), six)).toBeCloseTo((1 / 2 + 2 / 3 + 1) / 3, 15);
    expect(over(metrics.recall(), six)).toBeCloseTo((1 / 2 + 1 + 1 / 2) / 3, 15);
    expect(over(metrics.f1(), six)).toBeCloseTo((1 / 2 + 4 / 5 + 2 / 3) / 3, 15);
    for (const make of [metrics.precision, metrics.recall, metrics.f1]) {
      expect(over(make({ average: "micro" }), six)).toBeCloseTo(4 / 6, 15);
    }
    // Class 2 occurs nowhere, so it does not count.
    const two: [HostArray, HostArray] = [classes(0, 1), floats([1, 0, 0, 1, 0, 0], [2, 3])];
    expect(over(metrics.f1({ average: "macro" }), two)).toBeCloseTo((2 / 3 + 0) / 2, 15);
    const both: [HostArray, HostArray] = [classes(0, 1), floats([0.1, 0.9], [2, 1])];
    expect(over(metrics.recall({ average: "macro" }), both)).toBe(1);
    expect(over(metrics.precision({ average: "binary" }), [classes(0, 1), floats([0, 1, 0, 1], [2, 2])])).toBe(0.5);
  });

  test("0 / 0 is 0", () => {
    const none: [HostArray, HostArray] = [classes(0, 0), floats([0.1, 0.2])];
    for (const make of [metrics.precision, metrics.recall, metrics.f1]) {
      expect(over(make(), none)).toBe(0);
      expect(make().result()).toBe(0);
    }
  });

  test("bad input", () => {
    expect(() => over(metrics.precision(), [classes(0, 3), floats([1, 0, 0, 1, 0, 0], [2, 3])])).toThrow(
      "precision: labels expected whole numbers from 0 to 2 for 3 classes, got 3 in row 1",
    );
    expect(() => metrics.recall({ average: "makro" } as never)).toThrow('did you mean "macro"?');
    expect(() => over(metrics.f1({ average: "binary" }), six)).toThrow(
      'f1: average expected "macro" or "micro" for 3 classes, got "binary"; name one of these',
    );
    expect(() => over(metrics.f1(), six, [classes(1), floats([1])])).toThrow(
      "f1: predictions expected 3 outputs a row as before, got 1; call reset()",
    );
  });
});

describe("auc", () => {
  test("by hand, with ties, in batches, of two outputs", () => {
    const t = classes(0, 0, 1, 1);
    expect(over(metrics.auc(), [t, floats([0.1, 0.4, 0.35, 0.8])])).toBe(0.75);
    expect(over(metrics.auc(), [t, floats([0.5, 0.5, 0.5, 0.5])])).toBe(0.5);
    // Pairs: (0.4, 0.1) 1, (0.4, 0.4) ½, (0.8, ·) 2: 3.5 of 4.
    expect(over(metrics.auc(), [t, floats([0.1, 0.4, 0.4, 0.8], [4, 1])])).toBe(0.875);
    const halves: [HostArray, HostArray][] = [
      [classes(0, 1), floats([0.1, 0.4])],
      [classes(0, 1), floats([0.4, 0.8])],
    ];
    expect(over(metrics.auc(), ...halves)).toBe(0.875);
    expect(over(metrics.auc(), [classes(0, 1), floats([0.7, 0.3, 0.2, 0.8], [2, 2])])).toBe(1);
    expect(over(metrics.auc(), [floats([1, 0, 0, 1], [2, 2]), floats([0.7, 0.3, 0.2, 0.8], [2, 2])])).toBe(1);
  });

  test("many scores agree with counting all pairs", () => {
    const n = 3000;
    const t = Int32Array.from({ length: n }, (_, i) => ((i * 7919) % 13 < 5 ? 1 : 0));
    const p = Float32Array.from({ length: n }, (_, i) => ((i * 104729) % 101) / 101 + (t[i] as number) * 0.2);
    let wins = 0;
    let pairs = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; t[i] === 1 && j < n; j++) {
        if (t[j] === 1) continue;
        pairs++;
        const [a, b] = [p[i] as number, p[j] as number];
        wins += a > b ? 1 : a === b ? 0.5 : 0;
      }
    }
    expect(
      over(metrics.auc(), [
        { data: t, shape: [n] },
        { data: p, shape: [n] },
      ]),
    ).toBeCloseTo(wins / pairs, 14);
  });

  test("not defined: NaN; bad input", () => {
    expect(metrics.auc().result()).toBe(0);
    expect(over(metrics.auc(), [classes(1, 1), floats([0.1, 0.2])])).toBeNaN();
    expect(over(metrics.auc(), [classes(1, 0), floats([0.1, NaN])])).toBeNaN();
    expect(() => over(metrics.auc(), [classes(1, 2), floats([0.1, 0.2])])).toThrow(
      "auc: labels expected 0 or 1, got 2 in row 1; map the two classes to 0 and 1",
    );
    expect(() => over(metrics.auc(), six)).toThrow(
      "auc: predictions expected [batch], [batch, 1] or [batch, 2], got [6, 3]; take one class against the rest",
    );
  });
});

describe("confusionMatrix", () => {
  test("rows are labels, columns predictions", () => {
    expect(metrics.confusionMatrix([0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 0, 2], 3)).toEqual([
      [1, 1, 0],
      [0, 2, 0],
      [1, 0, 1],
    ]);
    expect(metrics.confusionMatrix(tensor([1, 0], undefined, "int32"), Uint8Array.of(0, 0))).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(metrics.confusionMatrix([], [])).toEqual([]);
  });

  test("bad input", () => {
    expect(() => metrics.confusionMatrix([0], [0, 1])).toThrow(
      "confusionMatrix: predictions expected 1 class numbers, one a label, got 2",
    );
    expect(() => metrics.confusionMatrix([0, 2], [0, 1], 2)).toThrow(
      "confusionMatrix: labels expected whole numbers from 0 to 1 for 2 classes, got 2 in row 1",
    );
    expect(() => metrics.confusionMatrix([0, 1], [0, -1], 2)).toThrow("predictions expected whole numbers");
    expect(() => metrics.confusionMatrix([0.5], [0], 2)).toThrow("got 0.5 in row 0");
  });
});

describe("metricNamed", () => {
  test("camel case, Keras's snake case, short names, a metric itself", () => {
    const names: Record<string, string> = {
      accuracy: "accuracy",
      acc: "accuracy",
      binary_accuracy: "binaryAccuracy",
      sparse_categorical_accuracy: "sparseCategoricalAccuracy",
      mse: "meanSquaredError",
      RMSE: "rootMeanSquaredError",
      mean_absolute_error: "meanAbsoluteError",
      AUC: "auc",
      f1_score: "f1",
      top_k_categorical_accuracy: "top5Accuracy",
      top3Accuracy: "top3Accuracy",
    };
    for (const [name, want] of Object.entries(names)) expect(metricNamed(name).name, name).toBe(want);
    const metric = metrics.auc();
    expect(metricNamed(metric)).toBe(metric);
  });

  test("an unknown name names the nearest", () => {
    expect(() => metricNamed("acuracy")).toThrow('got "acuracy"; did you mean "accuracy"?');
    expect(() => metricNamed("toString")).toThrow("metrics: expected one of");
  });

  test("labels that fit no form", () => {
    expect(() => over(metrics.accuracy(), [classes(1, 2), scores])).toThrow(
      "accuracy: yTrue expected one-hot labels [4, 3] or class numbers [4] for predictions [4, 3], got [2]; reshape the labels",
    );
    expect(() => over(metrics.accuracy(), [classes(1), floats([1, 0], [2, 1])])).toThrow(
      "accuracy: yTrue expected [2, 1] for predictions [2, 1], got [1]; reshape the labels",
    );
    expect(() => over(metrics.meanSquaredError(), [floats([1, 2]), floats([1])])).toThrow(
      "meanSquaredError: yTrue expected shape [1] as the predictions, got [2]; reshape the labels",
    );
  });
});
