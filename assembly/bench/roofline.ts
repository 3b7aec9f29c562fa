// What a kernel of multiplications and additions can reach: loops that touch no memory. Not part of the library; bench/kernels/gemm.bench.ts
// compiles it as it is needed. Constants come from memory: V8 makes a constant vector anew wherever it is used.

/** 13 chains c = a · c + b, as many as fit V8's 15 registers: 13 madds of a vector a step. */
export function chains(out: usize, steps: usize): void {
  const a = v128.load(out, 208);
  const b = v128.load(out, 224);
  let c0 = v128.load(out, 0);
  let c1 = v128.load(out, 16);
  let c2 = v128.load(out, 32);
  let c3 = v128.load(out, 48);
  let c4 = v128.load(out, 64);
  let c5 = v128.load(out, 80);
  let c6 = v128.load(out, 96);
  let c7 = v128.load(out, 112);
  let c8 = v128.load(out, 128);
  let c9 = v128.load(out, 144);
  let c10 = v128.load(out, 160);
  let c11 = v128.load(out, 176);
  let c12 = v128.load(out, 192);
  for (let i: usize = 0; i < steps; i++) {
    c0 = madd(c0, a, b);
    c1 = madd(c1, a, b);
    c2 = madd(c2, a, b);
    c3 = madd(c3, a, b);
    c4 = madd(c4, a, b);
    c5 = madd(c5, a, b);
    c6 = madd(c6, a, b);
    c7 = madd(c7, a, b);
    c8 = madd(c8, a, b);
    c9 = madd(c9, a, b);
    c10 = madd(c10, a, b);
    c11 = madd(c11, a, b);
    c12 = madd(c12, a, b);
  }
  v128.store(out, c0, 0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
  v128.store(out, c8, 128);
  v128.store(out, c9, 144);
  v128.store(out, c10, 160);
  v128.store(out, c11, 176);
  v128.store(out, c12, 192);
}

/** 7 chains of multiplications and 7 of additions, half as deep: 7 of each a step. */
export function pairs(out: usize, steps: usize): void {
  const a = v128.load(out, 224);
  let x0 = v128.load(out, 0);
  let c0 = v128.load(out, 112);
  let x1 = v128.load(out, 16);
  let c1 = v128.load(out, 128);
  let x2 = v128.load(out, 32);
  let c2 = v128.load(out, 144);
  let x3 = v128.load(out, 48);
  let c3 = v128.load(out, 160);
  let x4 = v128.load(out, 64);
  let c4 = v128.load(out, 176);
  let x5 = v128.load(out, 80);
  let c5 = v128.load(out, 192);
  let x6 = v128.load(out, 96);
  let c6 = v128.load(out, 208);
  for (let i: usize = 0; i < steps; i++) {
    x0 = v128.mul<real>(x0, a);
    c0 = v128.add<real>(c0, x0);
    x1 = v128.mul<real>(x1, a);
    c1 = v128.add<real>(c1, x1);
    x2 = v128.mul<real>(x2, a);
    c2 = v128.add<real>(c2, x2);
    x3 = v128.mul<real>(x3, a);
    c3 = v128.add<real>(c3, x3);
    x4 = v128.mul<real>(x4, a);
    c4 = v128.add<real>(c4, x4);
    x5 = v128.mul<real>(x5, a);
    c5 = v128.add<real>(c5, x5);
    x6 = v128.mul<real>(x6, a);
    c6 = v128.add<real>(c6, x6);
  }
  v128.store(out, c0, 112);
  v128.store(out, c1, 128);
  v128.store(out, c2, 144);
  v128.store(out, c3, 160);
  v128.store(out, c4, 176);
  v128.store(out, c5, 192);
  v128.store(out, c6, 208);
}
