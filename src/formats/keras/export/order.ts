import type { Graph, Step } from "../../../model/graph.js";
import type { AnyLayer } from "../../../nn/layer.js";

/**
 * A graph's layers in the order in which Keras lists those of a functional model, whatever the order in its file: those that are furthest from
 * the outputs first, and of one distance in the order in which a walk from the outputs meets them. Files have weights by a layer's place in it.
 */
export function kerasOrder(graph: Graph): AnyLayer[] {
  const makers = new Map(graph.steps.flatMap((step) => step.outputs.map((value) => [value, step] as const)));
  const met = meetings(graph, makers);
  const depths = new Map<Step, number>();
  const layerDepths = new Map<AnyLayer, number>();
  for (const step of [...graph.steps].reverse()) {
    const depth = Math.max(depths.get(step) ?? 0, layerDepths.get(step.layer) ?? 0);
    layerDepths.set(step.layer, depth);
    for (const value of step.inputs) {
      const before = makers.get(value);
      if (before) depths.set(before, Math.max(depths.get(before) ?? 0, depth + 1));
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
