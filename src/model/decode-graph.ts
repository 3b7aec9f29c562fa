import type { Layer } from "../nn/layer.js";
import { applyLayer, type SymbolicTensor } from "../nn/symbolic.js";
import { FormatError } from "../util/errors.js";
import type { Ends, ModelOptions } from "./base.js";
import { Functional } from "./functional.js";
import { inputOf } from "./graph.js";
import type { Wiring } from "./model-file.js";

/** Applies the layers as a file says. @throws FormatError where it names a layer or a value that is not there */
export function decodeGraph(
  wiring: Wiring,
  layers: readonly Layer[],
  options: Required<ModelOptions>,
  file: string,
): Functional {
  return new Functional(endsOf(wiring, layers, file), options);
}

function endsOf(wiring: Wiring, layers: readonly Layer[], file: string): Ends {
  const inputs = wiring.inputs.map(inputOf);
  const values: SymbolicTensor[] = [...inputs];
  const valueAt = (place: number, what: string): SymbolicTensor => {
    const found = values[place];
    if (found) return found;
    throw new FormatError(`${file}: ${what} expected one of the ${values.length} values before it, got ${place}`);
  };
  for (const [i, step] of wiring.steps.entries()) {
    const layer = layers[step.layer];
    if (!layer) {
      throw new FormatError(`${file}: step ${i} expected one of ${layers.length} layers, got ${step.layer}`);
    }
    const made = applyLayer(
      layer,
      step.inputs.map((place) => valueAt(place, `step ${i}`)),
    );
    values.push(...(Array.isArray(made) ? made : [made]));
  }
  return { inputs, outputs: wiring.outputs.map((place) => valueAt(place, "outputs")) };
}
