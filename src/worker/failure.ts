import * as errors from "../util/errors.js";

/** An error as it goes over: what makes one of the same class with the same text. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: Failure | undefined;
  /** Of an `OutOfMemoryError`: its numbers, and what asked. */
  readonly memory?: {
    readonly bytes: readonly [requested: number, inUse: number, limit: number];
    readonly operation: string | undefined;
  };
}

const { bytes: _, inOperation, OutOfMemoryError, ...named } = errors;
const classes: Readonly<Record<string, new (message: string) => Error>> = {
  ...named,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
};

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined, cause: undefined };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    cause: cause === undefined ? undefined : failureOf(cause),
    ...(error instanceof OutOfMemoryError ? { memory: memoryOf(error) } : {}),
  };
}

const memoryOf = ({ requested, inUse, limit, operation }: errors.OutOfMemoryError): Failure["memory"] => ({
  bytes: [requested, inUse, limit],
  operation,
});

export function errorFrom({ name, message, stack, cause, memory }: Failure): Error {
  const error = memory ? new OutOfMemoryError(...memory.bytes) : new (classes[name] ?? Error)(message);
  if (memory?.operation) inOperation(memory.operation, error);
  // A class of the user's own is known by its name.
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true });
  if (cause) error.cause = errorFrom(cause);
  if (stack !== undefined) error.stack = `${stack}\n    in the worker, called from\n${error.stack}`;
  return error;
}
