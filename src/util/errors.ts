/** The base of every error that this library throws on purpose. */
export class WasmgradError extends Error {
  // Written out in each class: a bundler may give the classes other names.
  override readonly name: string = "WasmgradError";
}

/** A tensor has the wrong rank or a size that does not fit. */
export class ShapeError extends WasmgradError {
  override readonly name: string = "ShapeError";
}

/** A tensor or an argument has the wrong data type. */
export class DTypeError extends WasmgradError {
  override readonly name: string = "DTypeError";
}

/** An argument has the right type and a value that is not allowed. */
export class ValueError extends WasmgradError {
  override readonly name: string = "ValueError";
}

/** A file or a byte sequence is not what its format demands. */
export class FormatError extends WasmgradError {
  override readonly name: string = "FormatError";
}

/** A step was asked for in the wrong order, such as `fit` before `compile`. */
export class StateError extends WasmgradError {
  override readonly name: string = "StateError";
}

/** A loss or a gradient became NaN or infinite. */
export class NumericError extends WasmgradError {
  override readonly name: string = "NumericError";
}

/** The platform lacks what the call needs. */
export class PlatformError extends WasmgradError {
  override readonly name: string = "PlatformError";
}

/** A worker did not start, or ended before it had answered. */
export class WorkerError extends WasmgradError {
  override readonly name: string = "WorkerError";
}

/** The one WebAssembly memory cannot grow by what was asked for. */
export class OutOfMemoryError extends WasmgradError {
  override readonly name: string = "OutOfMemoryError";
  readonly requested: number;
  readonly inUse: number;
  readonly limit: number;
  /** What it was asked for by: an operation or a method of a model. */
  operation: string | undefined;

  constructor(requested: number, inUse: number, limit: number) {
    super(
      `out of memory: ${bytes(requested)} asked for, ${bytes(inUse)} in use, ${bytes(limit)} allowed; ` +
        "take smaller batches, or allow more with init({ memoryLimit }); dropped tensors are collected only between tasks, so a long loop that never awaits must wrap its body " +
        "in scope(() => …), which frees everything made inside when it returns",
    );
    this.requested = requested;
    this.inUse = inUse;
    this.limit = limit;
  }
}

/** The same error; where memory ran out, it says in which operation: in the innermost one that has a name. */
export function inOperation(operation: string, error: unknown): unknown {
  if (error instanceof OutOfMemoryError && error.operation === undefined) {
    error.operation = operation;
    error.message = `${operation}: ${error.message}`;
  }
  return error;
}

/** `1536` → `"1.5 KiB"`. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} bytes`;
  const units = ["KiB", "MiB", "GiB"];
  let value = count / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}
