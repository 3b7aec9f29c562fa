/** The element type of this binary. The compiler makes the exports of this folder global (`--lib`). */
export type real = f64;
