import type { Graph, Step } from "../../../model/graph.js";
import type { AnyLayer } from "../../../nn/layer.js";

/** How many layers Keras has in front of one of ours, and behind it. */
export interface Around {
  readonly before: number;
  readonly behind: number;
}

/**
 * A graph's layers in the order in which Keras lists those of a functional model, whatever the order in its file: those that are furthest from
 * the outputs first, and of one distance in the order in which a walk from the outputs meets them. Files have weights by a layer's place in it.
 *
 * @param around what a layer becomes in the file; default: itself
 */
export function kerasOrder(
  graph: Graph,
  around: (layer: AnyLayer) => Around = () => ({ before: 0, behind: 0 }),
): AnyLayer[] {
  const makers = new Map(graph.steps.flatMap((step) => step.outputs.map((value) => [value, step] as const)));
  const met = meetings(graph, makers);
  const depths = new Map<Step, number>();
  const layerDepths = new Map<AnyLayer, number>();
  for (const step of [...graph.steps].reverse()) {
    const { before, behind } = around(step.layer);
    const depth = Math.max((depths.get(step) ?? 0) + behind, layerDepths.get(step.layer) ?? 0);
    layerDepths.set(step.layer, depth);
    for (const [i, value] of step.inputs.entries()) {
      const maker = makers.get(value);
      // What is in front has the last input.
      const own = depth + 1 + (i === step.inputs.length - 1 ? before : 0);
      if (maker) depths.set(maker, Math.max(depths.get(maker) ?? 0, own));
    }
  }
  const place = (layer: AnyLayer) => [layerDepths.get(layer) ?? 0, met.get(layer) ?? 0] as const;
  return graph.placed
    .map(({ layer }) => layer)
    .sort((a, b) => {
      const [[depthA, metA], [depthB, metB]] = [place(a), place(b)];
      return depthB - depthA || metA - metB;
    });
}

/** When a walk from the outputs, depth first, meets each layer; in a loop, as a graph may be deep. */
function meetings(graph: Graph, makers: ReadonlyMap<number, Step>): Map<AnyLayer, number> {
  const met = new Map<AnyLayer, number>();
  const seen = new Set<Step>();
  const stack = [...graph.outputs].reverse();
  while (stack.length > 0) {
    const step = makers.get(stack.pop() as number);
    if (!step || seen.has(step)) continue;
    seen.add(step);
    if (!met.has(step.layer)) met.set(step.layer, met.size);
    stack.push(...[...step.inputs].reverse());
  }
  return met;
}
