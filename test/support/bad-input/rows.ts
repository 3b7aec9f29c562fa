/** Two rows of three numbers, and their classes. */
export const X = [
  [1, 2, 3],
  [4, 5, 6],
];
export const Y = Int32Array.of(0, 1);
