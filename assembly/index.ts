export * from "./activation";
export * from "./gemm";
export * from "./memory";
