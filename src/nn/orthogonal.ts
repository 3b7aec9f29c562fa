/**
 * Turns `count` rows of `length` ≥ `count` numbers into rows of length 1 at right angles to each other, in place: Gram and Schmidt's method,
 * each row twice, which leaves the rows orthogonal to rounding. Of a matrix of independent normals the result is spread evenly over all
 * such matrices, as the diagonal of R comes out positive (Mezzadri 2007).
 */
export function orthonormalize(rows: Float64Array, count: number, length: number): void {
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * length, (i + 1) * length);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = rows.subarray(j * length, (j + 1) * length);
        const overlap = dot(row, other);
        for (let k = 0; k < length; k++) row[k] = (row[k] as number) - overlap * (other[k] as number);
      }
    }
    const norm = Math.sqrt(dot(row, row));
    for (let k = 0; k < length; k++) row[k] = (row[k] as number) / norm;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}
