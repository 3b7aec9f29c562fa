import type { BaseModel } from "../../../model/base.js";
import type { Step } from "../../../model/graph.js";
import type { Weights as Variables } from "../../../nn/layer.js";
import type { Shape } from "../../../util/shapes.js";
import { Unsupported, UnsupportedModel } from "../../graph/unsupported.js";
import { arraysOf } from "../../graph/weights.js";
import type { CaffeNet } from "../net.js";
import { layerWriters, takesZeros } from "./layers.js";
import { type Edge, type Part, Writer } from "./writer.js";

/**
 * A model as a Caffe net, for inference. Images are `[batch, channels, height, width]` there.
 *
 * @throws UnsupportedModel that lists the layers that Caffe has no equal of
 */
export function exportCaffe(model: BaseModel): CaffeNet {
  const { graph, weights } = model.network;
  const writer = new Writer();
  const edges: (Edge | undefined)[] = [];
  const problems: string[] = [];
  graph.inputs.forEach(({ name, shape }, value) => {
    writer.begin(name);
    const dim = shape.length === 3 ? [1, shape[2], shape[0], shape[1]] : [1, ...shape];
    const [top] = writer.many("Input", [], 1, { settings: { input_param: { shape: [{ dim }] } } }) as [string];
    edges[value] = { name: top, shape };
  });
  for (const step of graph.steps) {
    const given = step.inputs.map((value) => edges[value]);
    if (given.some((each) => each === undefined)) continue;
    writer.begin(step.name);
    try {
      const held = arraysOf(weights.get(step.name) as Variables);
      const made = written({ step, inputs: given as Edge[], weights: held, writer });
      step.outputs.forEach((value, i) => {
        edges[value] = made[i];
      });
      // What nothing reads would be an output.
      const unread = made.filter((_, i) => graph.reads[step.outputs[i] as number] === 0);
      if (unread.length > 0) writer.many("Silence", unread, 0, {});
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      problems.push(error.message);
    }
  }
  graph.outputs.forEach((value, i) => {
    const edge = edges[value];
    const name = model.outputNames[i] as string;
    if (!edge) return;
    if (edge.image) problems.push(`output "${name}": a flattened image, whose channels Caffe has in front`);
    if (edge.zeros) problems.push(`output "${name}": zeros around an image`);
    writer.begin(name);
    // A net puts out what no layer reads.
    if (writer.isRead(edge.name)) writer.layer("Split", [edge]);
  });
  if (problems.length > 0) throw new UnsupportedModel(`save: model "${model.name}"`, problems);
  return { name: model.name, inputs: [], layers: writer.layers };
}

function written(part: Part): readonly Edge[] {
  const { step, writer, inputs } = part;
  const write = Object.hasOwn(layerWriters, step.layer.kind) ? layerWriters[step.layer.kind] : undefined;
  if (!write) throw writer.unsupported(step, "no equal in Caffe is known here");
  const odd = shapesOf(step).find(({ length }) => length !== 1 && length !== 3);
  if (odd) throw writer.unsupported(step, `rows of ${odd.length} axes; images and rows of numbers there are`);
  if (inputs.some(({ zeros }) => zeros) && !takesZeros.has(step.layer.kind)) {
    throw writer.unsupported(step, "zeros around an image; a convolution or a mean right behind them lays them there");
  }
  const made = write(part);
  return Array.isArray(made) ? made : [made as Edge];
}

const shapesOf = ({ inputShapes, outputShapes }: Step): readonly Shape[] => [...inputShapes, ...outputShapes];
