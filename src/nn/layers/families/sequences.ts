// What networks for steps in time and for words have.

export { additiveAttention, attention } from "../attention.js";
export { bidirectional } from "../bidirectional.js";
export { dot } from "../dot.js";
export { embedding } from "../embedding.js";
export { layerNormalization, rmsNormalization, unitNormalization } from "../layer-normalization.js";
export { masking } from "../masking.js";
export { multiHeadAttention } from "../multi-head-attention.js";
export { permute, repeatVector } from "../permute.js";
export { positionalEmbedding, sinusoidalPositionalEmbedding } from "../positional-embedding.js";
export { gru, lstm, simpleRNN } from "../recurrent.js";
