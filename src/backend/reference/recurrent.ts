import { activate, through } from "./activation.js";
import type { Real } from "./real.js";

type Heap = Float32Array | Float64Array;

/** The activation of a cell and that of its gates: number and parameter of each. */
type Functions = readonly [activation: number, alpha: number, recurrent: number, recurrentAlpha: number];

export function recurrent(real: Real) {
  const { shift } = real;

  /** Calls `visit` for each unit of rows that are no padding, `pad` for each of those that are; places count elements of [rows, units]. */
  const each = (
    [mask, units, begin, end]: readonly [number, number, number, number],
    visit: (h: Heap, i: number, row: number, j: number) => void,
    pad: (h: Heap, i: number, row: number, j: number) => void,
  ): void => {
    const h = real.heap();
    for (let row = begin; row < end; row++) {
      const does = mask !== 0 && real.memory.u8[mask + row] === 0 ? pad : visit;
      for (let j = 0; j < units; j++) does(h, row * units + j, row, j);
    }
  };

  return {
    simple_rnn_forward(
      h: number,
      x: number,
      r: number,
      before: number,
      mask: number,
      units: number,
      activation: number,
      alpha: number,
      begin: number,
      end: number,
    ): void {
      const [H, X, R, P] = [h >>> shift, x >>> shift, r >>> shift, before >>> shift];
      each(
        [mask, units, begin, end],
        (m, i) => {
          m[H + i] = activate(activation, (m[X + i] as number) + (m[R + i] as number), alpha);
        },
        (m, i) => {
          m[H + i] = m[P + i] as number;
        },
      );
    },

    simple_rnn_backward(
      dz: number,
      dh: number,
      dy: number,
      h: number,
      mask: number,
      units: number,
      activation: number,
      alpha: number,
      begin: number,
      end: number,
    ): void {
      const [DZ, DH, DY, H] = [dz >>> shift, dh >>> shift, dy >>> shift, h >>> shift];
      each(
        [mask, units, begin, end],
        (m, i) => {
          const d = (m[DH + i] as number) + (m[DY + i] as number);
          m[DZ + i] = through(activation, d, m[H + i] as number, alpha);
          m[DH + i] = 0;
        },
        (m, i) => {
          m[DZ + i] = 0;
          (m[DH + i] as number) += m[DY + i] as number;
        },
      );
    },

    lstm_forward(
      h: number,
      c: number,
      gates: number,
      x: number,
      r: number,
      before: number,
      cellBefore: number,
      peepholes: number,
      mask: number,
      units: number,
      ...[f, alpha, s, recurrentAlpha, begin, end]: [...Functions, begin: number, end: number]
    ): void {
      const [H, C, G, X, R] = [h >>> shift, c >>> shift, gates >>> shift, x >>> shift, r >>> shift];
      const [HP, CP, P] = [before >>> shift, cellBefore >>> shift, peepholes >>> shift];
      each(
        [mask, units, begin, end],
        (m, i, row, j) => {
          const sum = (gate: number) => {
            const at = (row * 4 + gate) * units + j;
            return (m[X + at] as number) + (m[R + at] as number);
          };
          const peep = (gate: number, cell: number) => (P ? (m[P + gate * units + j] as number) * cell : 0);
          const last = m[CP + i] as number;
          const input = activate(s, sum(0) + peep(0, last), recurrentAlpha);
          const forget = activate(s, sum(1) + peep(1, last), recurrentAlpha);
          const candidate = activate(f, sum(2), alpha);
          const cell = forget * last + input * candidate;
          const output = activate(s, sum(3) + peep(2, cell), recurrentAlpha);
          const active = activate(f, cell, alpha);
          [input, forget, candidate, output, active].forEach((value, gate) => {
            m[G + (row * 5 + gate) * units + j] = value;
          });
          m[C + i] = cell;
          m[H + i] = output * active;
        },
        (m, i) => {
          m[C + i] = m[CP + i] as number;
          m[H + i] = m[HP + i] as number;
        },
      );
    },

    lstm_backward(
      dz: number,
      dpeepholes: number,
      dh: number,
      dc: number,
      dy: number,
      gates: number,
      c: number,
      cellBefore: number,
      peepholes: number,
      mask: number,
      units: number,
      ...[f, alpha, s, recurrentAlpha, begin, end]: [...Functions, begin: number, end: number]
    ): void {
      const [DZ, DP, DH, DC, DY] = [dz >>> shift, dpeepholes >>> shift, dh >>> shift, dc >>> shift, dy >>> shift];
      const [G, C, CP, P] = [gates >>> shift, c >>> shift, cellBefore >>> shift, peepholes >>> shift];
      each(
        [mask, units, begin, end],
        (m, i, row, j) => {
          const saved = (gate: number) => m[G + (row * 5 + gate) * units + j] as number;
          const peep = (gate: number) => (P ? (m[P + gate * units + j] as number) : 0);
          const [input, forget, candidate, output, active] = [0, 1, 2, 3, 4].map(saved) as [
            ...[number, number, number, number, number],
          ];
          const last = m[CP + i] as number;
          const d = (m[DH + i] as number) + (m[DY + i] as number);
          const dOutput = through(s, d * active, output, recurrentAlpha);
          const dCell = (m[DC + i] as number) + through(f, d * output, active, alpha) + dOutput * peep(2);
          const dInput = through(s, dCell * candidate, input, recurrentAlpha);
          const dForget = through(s, dCell * last, forget, recurrentAlpha);
          const dCandidate = through(f, dCell * input, candidate, alpha);
          [dInput, dForget, dCandidate, dOutput].forEach((value, gate) => {
            m[DZ + (row * 4 + gate) * units + j] = value;
          });
          m[DC + i] = dCell * forget + dInput * peep(0) + dForget * peep(1);
          m[DH + i] = 0;
          if (!P) return;
          [dInput * last, dForget * last, dOutput * (m[C + i] as number)].forEach((value, gate) => {
            m[DP + (row * 3 + gate) * units + j] = value;
          });
        },
        (m, i, row, j) => {
          for (let gate = 0; gate < 4; gate++) m[DZ + (row * 4 + gate) * units + j] = 0;
          for (let gate = 0; DP && gate < 3; gate++) m[DP + (row * 3 + gate) * units + j] = 0;
          (m[DH + i] as number) += m[DY + i] as number;
        },
      );
    },

    gru_forward(
      h: number,
      gates: number,
      x: number,
      r: number,
      before: number,
      mask: number,
      units: number,
      ...[f, alpha, s, recurrentAlpha, begin, end]: [...Functions, begin: number, end: number]
    ): void {
      const [H, G, X, R, P] = [h >>> shift, gates >>> shift, x >>> shift, r >>> shift, before >>> shift];
      each(
        [mask, units, begin, end],
        (m, i, row, j) => {
          const place = (gate: number) => (row * 3 + gate) * units + j;
          const [x0, x1, x2] = [0, 1, 2].map((gate) => m[X + place(gate)] as number) as [number, number, number];
          const [r0, r1, r2] = [0, 1, 2].map((gate) => m[R + place(gate)] as number) as [number, number, number];
          const update = activate(s, x0 + r0, recurrentAlpha);
          const reset = activate(s, x1 + r1, recurrentAlpha);
          const candidate = activate(f, x2 + reset * r2, alpha);
          m[G + place(0)] = update;
          m[G + place(1)] = reset;
          m[G + place(2)] = candidate;
          m[H + i] = update * (m[P + i] as number) + (1 - update) * candidate;
        },
        (m, i) => {
          m[H + i] = m[P + i] as number;
        },
      );
    },

    gru_backward(
      dx: number,
      dr: number,
      dh: number,
      dy: number,
      gates: number,
      r: number,
      before: number,
      mask: number,
      units: number,
      ...[f, alpha, s, recurrentAlpha, begin, end]: [...Functions, begin: number, end: number]
    ): void {
      const [DX, DR, DH, DY] = [dx >>> shift, dr >>> shift, dh >>> shift, dy >>> shift];
      const [G, R, P] = [gates >>> shift, r >>> shift, before >>> shift];
      each(
        [mask, units, begin, end],
        (m, i, row, j) => {
          const place = (gate: number) => (row * 3 + gate) * units + j;
          const [update, reset, candidate] = [0, 1, 2].map((gate) => m[G + place(gate)] as number) as [
            ...[number, number, number],
          ];
          const d = (m[DH + i] as number) + (m[DY + i] as number);
          const dCandidate = through(f, d * (1 - update), candidate, alpha);
          const dUpdate = through(s, d * ((m[P + i] as number) - candidate), update, recurrentAlpha);
          const dReset = through(s, dCandidate * (m[R + place(2)] as number), reset, recurrentAlpha);
          [dUpdate, dReset, dCandidate].forEach((value, gate) => {
            m[DX + place(gate)] = value;
            m[DR + place(gate)] = gate === 2 ? value * reset : value;
          });
          m[DH + i] = d * update;
        },
        (m, i, row, j) => {
          for (let gate = 0; gate < 3; gate++) {
            m[DX + (row * 3 + gate) * units + j] = 0;
            m[DR + (row * 3 + gate) * units + j] = 0;
          }
          (m[DH + i] as number) += m[DY + i] as number;
        },
      );
    },

    gru_reset_forward(
      m: number,
      gates: number,
      x: number,
      r: number,
      before: number,
      units: number,
      s: number,
      recurrentAlpha: number,
      begin: number,
      end: number,
    ): void {
      const [M, G, X, R, P] = [m >>> shift, gates >>> shift, x >>> shift, r >>> shift, before >>> shift];
      const all = (h: Heap, i: number, row: number, j: number) => {
        const gate = (number: number) => {
          const [from, state] = [(row * 3 + number) * units + j, (row * 2 + number) * units + j];
          h[G + from] = activate(s, (h[X + from] as number) + (h[R + state] as number), recurrentAlpha);
          return h[G + from] as number;
        };
        gate(0);
        h[M + i] = gate(1) * (h[P + i] as number);
      };
      each([0, units, begin, end], all, all);
    },

    gru_reset_backward(
      dx: number,
      dr: number,
      dh: number,
      dm: number,
      gates: number,
      before: number,
      mask: number,
      units: number,
      s: number,
      recurrentAlpha: number,
      begin: number,
      end: number,
    ): void {
      const [DX, DR, DH, DM] = [dx >>> shift, dr >>> shift, dh >>> shift, dm >>> shift];
      const [G, P] = [gates >>> shift, before >>> shift];
      each(
        [mask, units, begin, end],
        (h, i, row, j) => {
          const [z, k] = [row * 3 * units + j, (row * 3 + 1) * units + j];
          const d = h[DM + i] as number;
          const reset = h[G + k] as number;
          h[DX + z] = through(s, h[DX + z] as number, h[G + z] as number, recurrentAlpha);
          h[DX + k] = through(s, d * (h[P + i] as number), reset, recurrentAlpha);
          h[DR + row * 2 * units + j] = h[DX + z] as number;
          h[DR + (row * 2 + 1) * units + j] = h[DX + k] as number;
          (h[DH + i] as number) += d * reset;
        },
        (h, _, row, j) => {
          h[DR + row * 2 * units + j] = 0;
          h[DR + (row * 2 + 1) * units + j] = 0;
        },
      );
    },

    gru_candidate_forward(
      h: number,
      gates: number,
      x: number,
      r: number,
      before: number,
      mask: number,
      units: number,
      f: number,
      alpha: number,
      begin: number,
      end: number,
    ): void {
      const [H, G, X, R, P] = [h >>> shift, gates >>> shift, x >>> shift, r >>> shift, before >>> shift];
      each(
        [mask, units, begin, end],
        (m, i, row, j) => {
          const at = (row * 3 + 2) * units + j;
          const update = m[G + row * 3 * units + j] as number;
          const candidate = activate(f, (m[X + at] as number) + (m[R + i] as number), alpha);
          m[G + at] = candidate;
          m[H + i] = update * (m[P + i] as number) + (1 - update) * candidate;
        },
        (m, i) => {
          m[H + i] = m[P + i] as number;
        },
      );
    },

    gru_candidate_backward(
      dx: number,
      dr: number,
      dh: number,
      dy: number,
      gates: number,
      before: number,
      mask: number,
      units: number,
      f: number,
      alpha: number,
      begin: number,
      end: number,
    ): void {
      const [DX, DR, DH, DY] = [dx >>> shift, dr >>> shift, dh >>> shift, dy >>> shift];
      const [G, P] = [gates >>> shift, before >>> shift];
      each(
        [mask, units, begin, end],
        (m, i, row, j) => {
          const [z, at] = [row * 3 * units + j, (row * 3 + 2) * units + j];
          const [update, candidate] = [m[G + z] as number, m[G + at] as number];
          const d = (m[DH + i] as number) + (m[DY + i] as number);
          m[DX + z] = d * ((m[P + i] as number) - candidate);
          m[DX + at] = through(f, d * (1 - update), candidate, alpha);
          m[DR + i] = m[DX + at] as number;
          m[DH + i] = d * update;
        },
        (m, i, row, j) => {
          for (let gate = 0; gate < 3; gate++) m[DX + (row * 3 + gate) * units + j] = 0;
          m[DR + i] = 0;
          (m[DH + i] as number) += m[DY + i] as number;
        },
      );
    },
  };
}
