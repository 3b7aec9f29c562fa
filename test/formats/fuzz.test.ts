import { expect, test } from "vitest";
import { decodeNpz } from "../../src/formats/npz.js";
import { decodeTorch } from "../../src/formats/torch.js";
import { formatFixtures, unpacked } from "../support/format-fixtures.js";
import { fuzz, type Victim } from "../support/fuzz.js";

const npz = Object.values(formatFixtures("npz")).map(unpacked);
const torch = Object.entries(formatFixtures("torch_save"));
const torchFiles = (pattern: RegExp) => torch.filter(([name]) => pattern.test(name)).map(([, each]) => unpacked(each));

/** Every reader of src/formats. Millions of mutations: FUZZ_ROUNDS=1000000 npx vitest run --config test/vitest.config.ts test/formats/fuzz.test.ts */
const victims: Victim[] = [
  { name: "npz", samples: npz, read: (file) => decodeNpz("fuzz", file) },
  { name: "torch", samples: torchFiles(/^(views|types|checkpoint)/), read: (file) => decodeTorch("fuzz", file) },
  { name: "legacy torch", samples: torchFiles(/^legacy/), read: (file) => decodeTorch("fuzz", file) },
];

for (const victim of victims) {
  test(`${victim.name}: damaged files are refused in time, with an error that says so`, async () => {
    const { refused } = await fuzz(victim);
    expect(refused).toBeGreaterThan(0);
  });
}
