/** How wide the kernels take the engine's vectors to be: the size of this type in units of 128 bits. The compiler makes it global (`--lib`). */
export type Width = u8;
