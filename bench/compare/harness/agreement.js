/** Relative to the largest loss or output, and to how far the weights moved. */
const TOLERANCE = { losses: 1e-4, outputs: 2e-5, movement: 1e-3 };

/**
 * How far a library's results are from those of the reference: losses of the steps that both did, the weights after the first step
 * (‖w − w′‖ over the way ‖w − w₀‖ from the first weights), or outputs.
 *
 * @returns { differences, agrees }
 */
export function compareResults({ kind, weights }, own, reference) {
  const differences = {};
  if (kind === "train") {
    const steps = Math.min(own.losses.length, reference.losses.length);
    differences.losses = largest(own.losses.slice(0, steps), reference.losses.slice(0, steps));
    differences.movement = movement(concat(weights.map(({ data }) => data)), own.values, reference.values);
  } else differences.outputs = largest(own.values, reference.values);
  const agrees = Object.entries(differences).every(([name, value]) => value <= TOLERANCE[name]);
  return { differences, agrees };
}

function largest(own, reference) {
  if (own.length !== reference.length) return Number.POSITIVE_INFINITY;
  const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return own.reduce((most, value, i) => worse(most, Math.abs(value - reference[i]) / scale), 0);
}

function movement(first, own, reference) {
  if (own.length !== first.length || reference.length !== first.length) return Number.POSITIVE_INFINITY;
  let apart = 0;
  let way = 0;
  for (let i = 0; i < first.length; i++) {
    apart += (own[i] - reference[i]) ** 2;
    way += (reference[i] - first[i]) ** 2;
  }
  return worse(0, Math.sqrt(apart / way));
}

/** The larger; a NaN is the worst of all. */
const worse = (most, value) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.max(most, value));

function concat(arrays) {
  const out = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of arrays) {
    out.set(each, at);
    at += each.length;
  }
  return out;
}

/** Cuts values into arrays of the given sizes, and joins them again. */
export const mapArrays = (values, sizes, change) => {
  let at = 0;
  return concat(change(sizes.map((length) => values.subarray(at, (at += length)))));
};
