/**
 * For an engine that runs two neighbouring vectors as one of 256 bits (V8's `--experimental-wasm-revectorize`). Where it does not, tiles of
 * twice the columns do not fit the registers.
 */
export type Width = u16;
