/** Lines where a function on a grid crosses 0: quadruples x₀, y₀, x₁, y₁ in cells of the grid, by marching squares with linear crossings. */
export function contour(side: number, valueAt: (row: number, column: number) => number): number[] {
  const lines: number[] = [];
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const corners = [
        valueAt(row, column),
        valueAt(row, column + 1),
        valueAt(row + 1, column + 1),
        valueAt(row + 1, column),
      ];
      const crossings: [number, number][] = [];
      for (let edge = 0; edge < 4; edge++) {
        const from = corners[edge] as number;
        const to = corners[(edge + 1) % 4] as number;
        if (from > 0 === to > 0) continue;
        const share = from / (from - to);
        const at: readonly [number, number][] = [
          [column + share, row],
          [column + 1, row + share],
          [column + 1 - share, row + 1],
          [column, row + 1 - share],
        ];
        crossings.push(at[edge] as [number, number]);
      }
      for (let i = 0; i + 1 < crossings.length; i += 2)
        lines.push(...(crossings[i] as number[]), ...(crossings[i + 1] as number[]));
    }
  }
  return lines;
}
