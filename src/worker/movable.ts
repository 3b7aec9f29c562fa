import type { BaseModel } from "../model/base.js";
import * as factories from "../nn/layers/index.js";
import { partsOf } from "../optim/optimizer.js";
import * as optimizers from "../optim/optimizers.js";
import { ValueError } from "../util/errors.js";

/** @throws ValueError that names what is a function of the user's own: a worker has the library's alone */
export function checkMovable(model: BaseModel): void {
  const refuse = (what: string, expected: string, got: string): never => {
    throw new ValueError(
      `inWorker: ${what} expected ${expected}, got ${got}, code of your own, which cannot move to a worker; train in the page with model.fit`,
    );
  };
  const { graph } = model.network;
  for (const { layer, name } of graph.placed) {
    const isOwn = !(layer.kind in factories) || layer.isOwnCode;
    if (isOwn) refuse(`layer "${name}"`, "a kind of wg.layers", `"${layer.kind}"`);
  }
  for (const { name, constraint } of model.parameters.list) {
    if (constraint && !constraint.config) refuse(`the constraint of "${name}"`, "one of wg.constraints", "another one");
  }
  const { compiled } = model;
  if (!compiled) return;
  const { optimizer, heads, kernelRegularizer, biasRegularizer } = compiled;
  for (const { name } of partsOf(optimizer)) {
    if (!(name in optimizers)) refuse("compile's optimizer", "one of wg.optimizers", `"${name}"`);
  }
  for (const { loss, metrics } of heads) {
    if (!loss.config) refuse("compile's loss", "a name or what wg.losses returns", `the function "${loss.name}"`);
    const own = metrics.find(({ config }) => !config);
    if (own) refuse("compile's metrics", "names or what wg.metrics returns", `"${own.name}"`);
  }
  for (const [argument, regularizer] of Object.entries({ kernelRegularizer, biasRegularizer })) {
    if (regularizer && !regularizer.config) refuse(`compile's ${argument}`, "one of wg.regularizers", "another one");
  }
}
