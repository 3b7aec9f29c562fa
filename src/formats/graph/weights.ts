import type { Weights as Variables } from "../../nn/layer.js";
import type { HostArray } from "../../util/host-array.js";
import { type Known, transposed } from "./values.js";

/** The weights of a step that is written, by the layer's names for them. */
export type Weights = Readonly<Record<string, HostArray>>;

/** Copies of a layer's variables as float32. */
export const arraysOf = (variables: Variables): Weights =>
  Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [
      name,
      { data: Float32Array.from(variable.toTypedArray() as Float32Array), shape: variable.shape },
    ]),
  );

/** An array with its axes in another order. */
export const turned = (array: HostArray, perm: readonly number[]): HostArray =>
  transposed({ ...array, dtype: "float32" } as Known["array"], perm);
