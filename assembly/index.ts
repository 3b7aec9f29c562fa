export * from "./activation";
export * from "./dense";
export * from "./gemm";
export * from "./memory";
export * from "./transpose";
export * from "./unary";
