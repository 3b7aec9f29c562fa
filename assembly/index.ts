export * from "./activation";
export * from "./dropout";
export * from "./memory";
export * from "./optimizer";
export * from "./penalty";
export * from "./random";
