export * from "./activation";
export * from "./memory";
export * from "./unary";
