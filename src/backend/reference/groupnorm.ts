import type { Real } from "./real.js";

export function groupnorm(real: Real) {
  const { shift } = real;

  /** Visits each group of images begin … end: its image and channels, and the elements of x in it as [element, channel]. */
  const visit = (
    [positions, channels, groups]: [number, number, number],
    begin: number,
    end: number,
    each: (image: number, channels: number[], elements: [element: number, channel: number][]) => void,
  ): void => {
    const width = channels / groups;
    for (let image = begin; image < end; image++) {
      for (let group = 0; group < (width > 0 ? groups : 0); group++) {
        const own = Array.from({ length: width }, (_, c) => group * width + c);
        const elements: [number, number][] = [];
        for (let i = 0; i < positions; i++) {
          for (const c of own) elements.push([(image * positions + i) * channels + c, c]);
        }
        each(image, own, elements);
      }
    }
  };

  return {
    groupnorm_forward(
      y: number,
      mean: number,
      inverse: number,
      x: number,
      gamma: number,
      beta: number,
      epsilon: number,
      positions: number,
      channels: number,
      groups: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [Y, M, I, X, G, B] = [
        y >>> shift,
        mean >>> shift,
        inverse >>> shift,
        x >>> shift,
        gamma >>> shift,
        beta >>> shift,
      ];
      visit([positions, channels, groups], begin, end, (image, own, elements) => {
        if (positions === 0) return;
        let [average, variance] = [0, 0];
        for (const [i] of elements) average += (h[X + i] as number) / elements.length;
        for (const [i] of elements) variance += ((h[X + i] as number) - average) ** 2 / elements.length;
        const inverseDeviation = 1 / Math.sqrt(variance + epsilon);
        for (const c of own) {
          h[M + image * channels + c] = average;
          h[I + image * channels + c] = inverseDeviation;
        }
        for (const [i, c] of elements) {
          const normal = ((h[X + i] as number) - average) * inverseDeviation;
          h[Y + i] = normal * (gamma ? (h[G + c] as number) : 1) + (beta ? (h[B + c] as number) : 0);
        }
      });
    },

    groupnorm_backward_sums(
      sums: number,
      dy: number,
      x: number,
      mean: number,
      inverse: number,
      gamma: number,
      positions: number,
      channels: number,
      groups: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [S, DY, X, M, I] = [sums >>> shift, dy >>> shift, x >>> shift, mean >>> shift, inverse >>> shift];
      const scale = (c: number) => (gamma ? (h[(gamma >>> shift) + c] as number) : 1);
      visit([positions, channels, channels], begin, end, (image, [c], elements) => {
        const at = image * channels + (c as number);
        let [sum, product] = [0, 0];
        for (const [i] of elements) {
          sum += h[DY + i] as number;
          product += (h[DY + i] as number) * ((h[X + i] as number) - (h[M + at] as number)) * (h[I + at] as number);
        }
        h[S + at + 3 * image * channels] = sum;
        h[S + at + (3 * image + 1) * channels] = product;
      });
      visit([positions, channels, groups], begin, end, (image, own, elements) => {
        for (const row of [0, 1]) {
          const from = S + (4 * image + row) * channels;
          const mean = own.reduce((sum, c) => sum + (h[from + c] as number) * scale(c), 0) / elements.length;
          for (const c of own) h[from + 2 * channels + c] = mean;
        }
      });
    },

    groupnorm_backward(
      dx: number,
      sums: number,
      dy: number,
      x: number,
      mean: number,
      inverse: number,
      gamma: number,
      positions: number,
      channels: number,
      begin: number,
      end: number,
    ): void {
      const h = real.heap();
      const [DX, S, DY, X] = [dx >>> shift, sums >>> shift, dy >>> shift, x >>> shift];
      const [M, I, G] = [mean >>> shift, inverse >>> shift, gamma >>> shift];
      for (let position = begin; position < end; position++) {
        const image = Math.floor(position / positions);
        for (let c = 0; c < channels; c++) {
          const i = position * channels + c;
          const average = h[S + (4 * image + 2) * channels + c] as number;
          const slope = h[S + (4 * image + 3) * channels + c] as number;
          const deviation = h[I + image * channels + c] as number;
          const normal = ((h[X + i] as number) - (h[M + image * channels + c] as number)) * deviation;
          const g = (h[DY + i] as number) * (gamma ? (h[G + c] as number) : 1);
          (h[DX + i] as number) += deviation * (g - average - normal * slope);
        }
      }
    },
  };
}
