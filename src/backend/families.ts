/** Costs of kernels that go element by element, and of those whose names do not say that they are simple. */
const SIMPLE = 0.22;
const slow: Readonly<Record<string, number>> = {
  elu: 1.2,
  selu: 1.2,
  tanh: 1.5,
  sigmoid: 1.2,
  softplus: 2,
  silu: 1.2,
  gelu: 2,
  gelu_tanh: 1.5,
  exp: 1,
  expm1: 1.5,
  log: 1.5,
  log1p: 2,
  sin: 2,
  cos: 2,
  erf: 2,
  tan: 3,
  asin: 2,
  acos: 2,
  atan: 2,
  sinh: 3.5,
  cosh: 3,
  asinh: 4.5,
  acosh: 4,
  atanh: 4,
  pow: 4,
  mod: 7,
  fmod: 7,
  div: 0.6,
  div_no_nan: 0.7,
  shifted_exp: 1.2,
  shifted_log: 1.5,
  cast: 0.6,
};

/** Families that are known by name: y = f(x), y = f(a, b), and their gradients, which add. */
const unary =
  /^(relu|leaky_relu|elu|selu|sigmoid|softplus|hard_sigmoid|hard_sigmoid_keras2|silu|gelu|gelu_tanh|exp|expm1|log|log1p|sqrt|rsqrt|reciprocal|square|abs|neg|sign|floor|ceil|round|a?sinh?|a?cosh?|a?tanh?|erf|clip|cast)_(forward|backward|to_\w+|from_\w+)$/;
const binary =
  /^(add|sub|mul|div|div_no_nan|pow|maximum|minimum|squared_difference|mod|fmod|prelu)_(forward|backward(_a|_b)?)$/;
const plain =
  /^(equal|not_equal|less|less_equal|logical_\w+|mark_peaks|mark_magnitude_peaks|sign_times|product_share|shifted_exp|shifted_log|divide_by|square_root|is_nan|is_finite)$/;

/** What an element costs of a kernel that goes element by element, in nanoseconds, and whether it adds into its output. */
export function elementwiseFamily(name: string): { cost: number; adds: boolean } | undefined {
  const family = unary.exec(name) ?? binary.exec(name);
  if (family) return { cost: slow[family[1] as string] ?? SIMPLE, adds: (family[2] as string).includes("backward") };
  return plain.test(name) ? { cost: slow[name] ?? SIMPLE, adds: false } : undefined;
}
