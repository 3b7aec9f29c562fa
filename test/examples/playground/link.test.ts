import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checked, choices, defaults, limits } from "../../../examples/playground/src/defaults.js";
import { fromLink, toLink } from "../../../examples/playground/src/link.js";
import type { Settings } from "../../../examples/playground/src/settings.js";

const whole = ([min, max]: readonly [number, number]) => fc.integer({ min, max });
const real = ([min, max]: readonly [number, number]) =>
  fc.double({ min, max, noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value));
const anyOf = <T>(known: readonly T[]) => fc.constantFrom(...known);

const layer = fc.record({ units: whole(limits.units), batchNorm: fc.boolean(), dropout: real(limits.dropout) });
const settings: fc.Arbitrary<Settings> = fc.record({
  data: whole(limits.train).chain((train) =>
    fc.record({
      kind: anyOf(choices.kind),
      rows: whole(limits.rows),
      noise: real(limits.noise),
      train: fc.constant(train),
      dev: whole([limits.dev[0], Math.min(limits.dev[1], 100 - limits.least - train)]),
      normalize: anyOf(choices.normalize),
      augment: fc.boolean(),
    }),
  ),
  network: fc.record({
    layers: fc.array(layer, { maxLength: limits.layers[1] }),
    activation: anyOf(choices.activation),
    initializer: anyOf(choices.initializer),
    dropoutMode: anyOf(choices.dropoutMode),
    l1: real(limits.l1),
    l2: real(limits.l2),
  }),
  training: fc.record({
    optimizer: anyOf(choices.optimizer),
    learningRate: real(limits.learningRate),
    schedule: anyOf(choices.schedule),
    batchSize: fc.oneof(fc.constant("full" as const), whole(limits.batchSize)),
    earlyStopping: fc.boolean(),
    patience: whole(limits.patience),
    epochs: whole(limits.epochs),
    seed: whole(limits.seed),
  }),
});

describe("a link", () => {
  test("gives back the settings that it was made of, to the last bit", () => {
    fc.assert(
      fc.property(settings, (each) => {
        expect(fromLink(toLink(each))).toEqual(each);
      }),
    );
  });

  test("is the same for the same settings, and needs no escaping", () => {
    fc.assert(
      fc.property(settings, (each) => {
        expect(toLink(structuredClone(each))).toBe(toLink(each));
        expect(new URL(`https://example.org/#${toLink(each)}`).hash).toBe(`#${toLink(each)}`);
        expect(toLink(each)).toMatch(/^[\w.=&+-]+$/);
      }),
    );
  });

  test("of version 1 is read for ever", () => {
    const link =
      "v=1&d=spirals&n=500&noise=0.1&split=70_15&norm=minMax&aug=1&net=16b_8d0.25_4&act=relu&init=heNormal&drop=classic" +
      "&l1=0.001&l2=0.01&opt=nesterov&lr=0.05&sched=cosine&batch=full&stop=1&wait=7&ep=90&seed=3";
    const meant: Settings = {
      data: { kind: "spirals", rows: 500, noise: 0.1, train: 70, dev: 15, normalize: "minMax", augment: true },
      network: {
        layers: [
          { units: 16, batchNorm: true, dropout: 0 },
          { units: 8, batchNorm: false, dropout: 0.25 },
          { units: 4, batchNorm: false, dropout: 0 },
        ],
        activation: "relu",
        initializer: "heNormal",
        dropoutMode: "classic",
        l1: 0.001,
        l2: 0.01,
      },
      training: {
        optimizer: "nesterov",
        learningRate: 0.05,
        schedule: "cosine",
        batchSize: "full",
        earlyStopping: true,
        patience: 7,
        epochs: 90,
        seed: 3,
      },
    };
    expect(fromLink(`#${link}`)).toEqual(meant);
    expect(toLink(meant)).toBe(link);
  });

  test("that says nothing, or things unknown, means the defaults", () => {
    for (const link of ["", "#", "v=9&colour=red&d=torus&net=eight&batch=some&aug=yes&lr=&noise=NaN"]) {
      expect(fromLink(link)).toEqual(defaults);
    }
  });

  test("can be any text", () => {
    const texts = fc.oneof(
      fc.string(),
      settings.map(toLink).chain((link) => fc.subarray([...link]).map((l) => l.join(""))),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const read = fromLink(text);
        expect(checked(read)).toEqual(read);
      }),
    );
  });
});

describe("settings", () => {
  test("within their limits stay as they are", () => {
    expect(checked(defaults)).toEqual(defaults);
    fc.assert(
      fc.property(settings, (each) => {
        expect(checked(each)).toEqual(each);
      }),
    );
  });

  test("beyond their limits are brought within them", () => {
    const data = { ...defaults.data, rows: 1e9, noise: -1, train: 100, dev: 100 };
    expect(checked({ data }).data).toMatchObject({ rows: 5000, noise: 0, train: 90, dev: 5 });
    const training = { learningRate: Number.POSITIVE_INFINITY, batchSize: 0.2, epochs: -3, seed: 1.6 };
    expect(checked({ training }).training).toMatchObject({ learningRate: 10, batchSize: 1, epochs: 1, seed: 2 });
    expect(checked({ network: { layers: new Array(50).fill({ units: 1e6, dropout: 1 }) } }).network.layers).toEqual(
      new Array(8).fill({ units: 256, batchNorm: false, dropout: 0.9 }),
    );
  });

  test("of any shape become settings", () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        expect(checked(checked(given))).toEqual(checked(given));
      }),
    );
  });
});
