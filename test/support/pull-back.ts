import { Tape, taping } from "../../src/tensor/tape.js";
import { type Tensor, zerosLike } from "../../src/tensor/tensor.js";

/** The value of `run` and, for the gradient `dy` of it, the gradients of `inputs`. */
export function pullBack(inputs: Tensor[], dy: Tensor, run: () => Tensor): { y: Tensor; gradients: Tensor[] } {
  const tape = new Tape();
  for (const x of inputs) tape.watch(x);
  const y = taping(tape, run);
  const into = new Map(inputs.map((x) => [x, zerosLike(x)]));
  tape.backward(y, into, dy);
  return { y, gradients: [...into.values()] };
}
