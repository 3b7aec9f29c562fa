export * from "./activation";
export * from "./arithmetic";
export * from "./cast";
export * from "./compare";
export * from "./memory";
export * from "./unary";
export * from "./reduce";
export * from "./shape";
