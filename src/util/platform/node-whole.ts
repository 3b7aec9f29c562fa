// Here every kernel is there from the beginning.
export {};
