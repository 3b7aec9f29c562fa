import { FormatError } from "../../util/errors.js";
import type { FileArray } from "../../util/file-array.js";
import { Unsupported } from "../graph/unsupported.js";
import type { OnnxAttribute, OnnxNode } from "../onnx/model.js";
import { outputName } from "./output-name.js";
import type { MxnetNode } from "./symbol.js";

/** Attributes of an ONNX node: whole numbers unless they are given as `{ float }`. */
type Given = Readonly<
  Record<
    string,
    | number
    | readonly number[]
    | string
    | { readonly float: number | readonly number[] }
    | { readonly texts: readonly string[] }
  >
>;

/** What a node knows of the others. */
export interface Surroundings {
  /** Names of values that are nothing but zeros. */
  readonly zeros: ReadonlySet<string>;
  /** Names of values that other nodes read, or that are outputs. */
  readonly read: ReadonlySet<string>;
}

/** An operator of MXNet as ONNX's say the same, with its attributes read the way MXNet writes them. */
export class Translation {
  readonly nodes: OnnxNode[] = [];

  constructor(
    private readonly node: MxnetNode,
    /** Names of the values that it is fed. */
    readonly inputs: readonly string[],
    /** Axes of its first input. */
    readonly rank: number,
    private readonly weights: Map<string, FileArray>,
    private readonly surroundings: Surroundings,
  ) {}

  get name(): string {
    return this.node.name;
  }

  get where(): string {
    return `${this.node.op} "${this.node.name}"`;
  }

  unsupported(what: string): Unsupported {
    return new Unsupported(`${this.where}: ${what}`);
  }

  damaged(expected: string, got: string): FormatError {
    return new FormatError(`${this.where}: ${expected} expected, got ${got}`);
  }

  input(i: number): string {
    const found = this.inputs[i];
    if (found === undefined) throw this.damaged(`input ${i}`, "none");
    return found;
  }

  /** Whether an input is nothing but zeros. */
  isZero(i: number): boolean {
    const name = this.input(i);
    return this.surroundings.zeros.has(name) || (this.weights.get(name)?.bytes.every((byte) => byte === 0) ?? false);
  }

  /** Whether anybody reads an output. */
  isRead(output: number): boolean {
    return this.surroundings.read.has(outputName(this.name, output));
  }

  has(key: string): boolean {
    return this.node.attributes.has(key) && this.node.attributes.get(key) !== "None";
  }

  text(key: string, otherwise: string): string {
    return this.has(key) ? (this.node.attributes.get(key) as string) : otherwise;
  }

  flag(key: string, otherwise: boolean): boolean {
    return /^(true|1)$/i.test(this.text(key, String(otherwise)));
  }

  number(key: string, otherwise?: number): number {
    const text = this.text(key, otherwise === undefined ? "" : String(otherwise));
    const found = Number(text);
    if (text !== "" && Number.isFinite(found)) return found;
    throw this.damaged(`a number as ${key}`, JSON.stringify(text));
  }

  /** `(3, 3)`, `[3,3]` or `3`. */
  numbers(key: string, otherwise: readonly number[]): number[] {
    if (!this.has(key)) return [...otherwise];
    const text = this.text(key, "").replace(/[()[\]L\s]/g, "");
    const list = text === "" ? [] : text.replace(/,$/, "").split(",").map(Number);
    if (list.every((n) => Number.isInteger(n) && Math.abs(n) < 2 ** 31)) return list;
    throw this.damaged(`whole numbers as ${key}`, JSON.stringify(this.text(key, "")));
  }

  /** @throws Unsupported where the attribute has another value than this one, which it has when it is left out */
  only(key: string, ...values: readonly string[]): void {
    const found = this.text(key, values[0] as string);
    if (!values.includes(found)) throw this.unsupported(`${key} ${found}`);
  }

  /** @throws FormatError where the input is no weight */
  weight(i: number): FileArray {
    const found = this.weights.get(this.input(i));
    if (found) return found;
    throw this.damaged(`weight "${this.input(i)}" among the parameters`, "none");
  }

  /** A weight made here. */
  constant(what: string, array: FileArray): string {
    const name = `${this.name}:${what}`;
    this.weights.set(name, array);
    return name;
  }

  floats(what: string, values: readonly number[], shape: readonly number[] = []): string {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
    return this.constant(what, { dtype: "float32", shape, bytes: new Uint8Array(view.buffer) });
  }

  /** Puts a node there, by default what makes the operator's output; returns the name of what it puts out. */
  put(opType: string, inputs: readonly string[], given: Given = {}, outputs: readonly string[] = [this.name]): string {
    const attributes = new Map(Object.entries(given).map(([key, value]) => [key, attributeOf(value)]));
    this.nodes.push({ opType, domain: "", name: this.name, inputs, outputs, attributes });
    return outputs[0] as string;
  }

  /** The same in front of that. */
  before(opType: string, inputs: readonly string[], given: Given = {}): string {
    return this.put(opType, inputs, given, [`${this.name}:${this.nodes.length}`]);
  }
}

function attributeOf(value: Given[string]): OnnxAttribute {
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "number") return { kind: "int", value };
  if ("texts" in value) return { kind: "strings", value: value.texts };
  if (!("float" in value)) return { kind: "ints", value };
  const { float } = value;
  return typeof float === "number" ? { kind: "float", value: float } : { kind: "floats", value: float };
}
