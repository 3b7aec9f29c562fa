import { memory } from "../../../backend/engine.js";
import type { BaseModel } from "../../../model/base.js";
import { blocksOf } from "../../../model/blocks.js";
import type { Tensor } from "../../../tensor/tensor.js";
import type { HostArray } from "../../../util/host-array.js";
import { sameShape, showShape, sizeOfShape } from "../../../util/shapes.js";
import { Unsupported } from "../../graph/unsupported.js";
import { importArrays } from "../import.js";
import { type Imported, type ImportedLayer, pathOf } from "../imported.js";
import type { KerasFile, KerasPlace, KerasTraining, OptimizerVariable } from "../read.js";
import { kerasOptimizers } from "./optimizers.js";

// What an optimizer of Keras keeps is a list: its count of steps, from Keras 2.11 on its learning rate where that is no schedule, then arrays
// shaped like the weights that are trained, in the order of the layers; at the end of Nadam's a product of momenta.

/** Which slot of which weight each array is. Until Keras 2.11 all of one slot follow each other, since then some lie weight by weight. */
export function arrayOrder(
  groups: readonly (readonly string[])[],
  weights: number,
  slotBySlot: boolean,
): [slot: string, weight: number][] {
  const all = Array.from({ length: weights }, (_, i) => i);
  const together = slotBySlot ? groups.flat().map((slot) => [slot]) : groups;
  return together.flatMap((group) => all.flatMap((i) => group.map((slot): [string, number] => [slot, i])));
}

/**
 * Puts what a file's optimizer keeps into the model, which is compiled with that optimizer.
 *
 * @throws Unsupported where it does not fit the weights that are trained, and the model stays as it is; FormatError where the file is damaged
 */
export function restoreState(imported: Imported, file: KerasFile, training: KerasTraining, name: string): void {
  const { model, layers } = imported;
  const { optimizer } = model.requireCompiled("load");
  const variables = training.variables();
  const { optimizers = kerasOptimizers } = training;
  const counter = variables.find(({ array }) => array.shape.length === 0);
  const step = counter?.array.data[0] ?? 0;
  if (!Number.isSafeInteger(step) || step < 0) throw misfit(`steps ${step}`);
  const slots = arraysBySlot(imported, variables, optimizers.slots(optimizer), isOld(file, counter));
  const filled = [...slots].map(([slot, arrays]): [string, readonly HostArray[]] => [
    slot,
    importArrays({ ...file, weightsOf: placed(layers, arrays) }, name),
  ]);
  for (const [slot, arrays] of filled) {
    // TensorFlow.js keeps momenta of 0 too.
    if (optimizer.slots.includes(slot)) fill(model, slot, arrays, optimizers.turn(optimizer, slot)?.from);
  }
  model.position.step = step;
}

/** The optimizers of Keras 2.11 count "iteration", those before it "iterations" or "iter", and TensorFlow.js too. */
const isOld = ({ dialect }: KerasFile, counter: OptimizerVariable | undefined): boolean =>
  dialect.version < 3 && !/(^|\/)iteration(:0)?$/.test(counter?.name ?? "");

const misfit = (what: string): Unsupported =>
  new Unsupported(`state of the optimizer: ${what}; training begins with a new one`);

function arraysBySlot(
  { layers }: Imported,
  variables: readonly OptimizerVariable[],
  groups: readonly (readonly string[])[],
  slotBySlot: boolean,
): Map<string, HostArray[]> {
  const shapes = layers.flatMap((layer) => layer.shapes.slice(0, layer.trained));
  const order = arrayOrder(groups, shapes.length, slotBySlot);
  const arrays = variables.filter(({ array }) => array.shape.length > 0).map(({ array }) => array);
  // The first Adams of Keras 2 keep one number more for each weight where there is no amsgrad.
  const surplus = slotBySlot ? arrays.slice(order.length).filter(({ data }) => data.length > 1) : [];
  const slots = new Map(groups.flat().map((slot) => [slot, [] as HostArray[]]));
  // A file of a model that was never trained may have none.
  if (variables.every(({ array }) => array.shape.length === 0 && array.data[0] === 0)) return new Map();
  if (arrays.length < order.length || (!slotBySlot && arrays.length > order.length) || surplus.length > 0) {
    throw misfit(`${order.length} arrays expected for ${shapes.length} trained weights, got ${arrays.length}`);
  }
  for (const [i, [slot, weight]] of order.entries()) {
    const [array, shape] = [arrays[i] as HostArray, shapes[weight] as readonly number[]];
    if (!sameShape(array.shape, shape)) {
      throw misfit(`array ${i} expected ${showShape(shape)} as the weight, got ${showShape(array.shape)}`);
    }
    slots.get(slot)?.push(array);
  }
  return slots;
}

/** A slot's arrays as if they were the weights; zeros for what is not trained. */
function placed(layers: readonly ImportedLayer[], arrays: readonly HostArray[]) {
  const byPlace = new Map<string, readonly HostArray[]>();
  let next = 0;
  for (const { place, shapes, trained } of layers) {
    const own = shapes.map((shape, i) =>
      i < trained ? (arrays[next + i] as HostArray) : { data: new Float32Array(sizeOfShape(shape)), shape },
    );
    byPlace.set(pathOf(place), own);
    next += trained;
  }
  return (place: KerasPlace): readonly HostArray[] => byPlace.get(pathOf(place)) ?? [];
}

function fill(
  { parameters }: BaseModel,
  slot: string,
  arrays: readonly HostArray[],
  turn: ((theirs: number) => number) | undefined,
): void {
  const tensors = blocksOf(parameters).slotTensors([slot]);
  for (const [i, parameter] of parameters.list.entries()) {
    if (!parameter.trainable()) continue;
    const { at, size, dtype } = tensors.get(`${slot}/${parameter.name}`) as Tensor;
    const { data } = arrays[i] as HostArray;
    memory()
      .view(at, size, dtype)
      .set(turn ? data.map(turn) : data);
  }
}
