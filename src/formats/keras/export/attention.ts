import { direct, type Writer } from "./written.js";

/** Attention without heads. */
export const attention =
  (className: string): Writer =>
  (c) => ({
    className,
    // Of an .h5 file Keras 3 takes "dot", the default, for the function of that name.
    config: c.pick("dropout", "useScale", ...(c.get("scoreMode") === "concat" ? ["scoreMode"] : [])),
    call: { least: 2, options: c.get("causal") ? { use_causal_mask: true } : {} },
    hold: direct,
  });

const HEADS = { query: "query", key: "key", value: "value", output: "attention_output" } as const;

export const multiHeadAttention: Writer = (c) => {
  return {
    className: "MultiHeadAttention",
    config: {
      ...c.pick("numHeads", "keyDim", "valueDim", "dropout", "useBias"),
      output_shape: c.get("outputShape") ?? null,
      ...c.ofWeight("kernel", 3),
      ...c.ofWeight("bias", 1),
    },
    call: {
      least: 2,
      options: c.get("causal") ? { use_causal_mask: true } : {},
      separate: c.get("useMask") ? { last: "attention_mask" } : {},
    },
    hold: (arrays) => ({
      own: [],
      inner: Object.fromEntries(
        Object.entries(HEADS).map(([part, name]) => {
          const own = arrays.filter(([key]) => key.startsWith(part));
          return [`${part}_dense`, { name, ...direct(own.map(([key, array]) => [key.slice(part.length), array])) }];
        }),
      ),
    }),
  };
};
