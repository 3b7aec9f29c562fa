/** A number between two bounds. Plain data, so that studies can be stored and compared. */
export interface NumberParameter {
  readonly type: "float" | "int";
  readonly low: number;
  readonly high: number;
  /** How the range is walked: evenly in the value, in its logarithm, or in the logarithm of 1 − value. */
  readonly scale: "linear" | "log" | "oneMinusLog";
  /** Only low, low + step, low + 2 step, … */
  readonly step?: number;
}

/** What JSON can hold, so that another program reads it. */
export type Choice = string | number | boolean | null;

/** One of a list, in no order. */
export interface ChoiceParameter {
  readonly type: "choice";
  readonly choices: readonly Choice[];
}

/** A parameter that a trial has only where another one has one of some values. */
export interface Condition {
  readonly parameter: string;
  readonly is: readonly Choice[];
}

declare const value: unique symbol;

/** What a hyper-parameter may be; `T` is the type of its value in `trial.params`. */
export type Parameter<T = unknown> = (NumberParameter | ChoiceParameter) & {
  readonly when?: Condition;
  readonly [value]?: T;
};

/** The parameters of a study by name. */
export type Space = Readonly<Record<string, Parameter>>;

/** The values of a trial: `undefined` where a condition does not hold. */
export type Params<S extends Space> = {
  readonly [K in keyof S]: S[K] extends Parameter<infer T> ? T : never;
};

/** Values by name, those of parameters whose conditions hold. */
export type Values = Readonly<Record<string, Choice>>;
