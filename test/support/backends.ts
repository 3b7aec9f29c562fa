import { init } from "../../src/backend/engine.js";
import { hasRelaxedSimd } from "../../src/backend/wasm.js";

/** Every path that a kernel can take here: the SIMD builds and the plain loops. */
export const backends = [
  { name: "wasm strict", use: () => init({ backend: "wasm", numerics: "strict" }) },
  ...(hasRelaxedSimd() ? [{ name: "wasm fma", use: () => init({ backend: "wasm", numerics: "fma" }) }] : []),
  { name: "js", use: () => init({ backend: "js", numerics: "strict" }) },
];

/** The oracle: plain loops in f64. */
export const useOracle = () => init({ backend: "js", numerics: "strict" });
