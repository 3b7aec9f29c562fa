export * from "./activation";
export * from "./batchnorm";
export * from "./memory";
