export * from "./activation";
export * from "./memory";
