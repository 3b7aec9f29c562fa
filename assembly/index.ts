export * from "./activation";
export * from "./batchnorm";
export * from "./crossentropy";
export * from "./loss";
export * from "./memory";
export * from "./softmax";
