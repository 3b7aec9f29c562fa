import { Unsupported } from "../graph/unsupported.js";

export type Json = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** An object of Keras's as a file has it. Every entry is asked for, silent, or as it is when left out; else it is not what Keras had. */
export class SavedConfig {
  private readonly asked = new Set<string>();

  constructor(
    readonly className: string,
    protected readonly entries: Json,
    /** Names of entries that say nothing. */
    private readonly silent: RegExp,
  ) {}

  get name(): string {
    return String(this.entries.name ?? this.className);
  }

  get where(): string {
    return this.name === this.className ? this.className : `${this.className} "${this.name}"`;
  }

  unsupported(what: string): Unsupported {
    return new Unsupported(`${this.where}: ${what}`);
  }

  /** Whether the file has the entry, be it null. */
  mentions(key: string): boolean {
    return this.entries[key] !== undefined;
  }

  has(key: string): boolean {
    return this.entries[key] !== undefined && this.entries[key] !== null;
  }

  /** Whether the entry is there and says none. */
  isNone(key: string): boolean {
    return this.entries[key] === null;
  }

  get<T>(key: string, otherwise: T): T {
    this.asked.add(key);
    return this.has(key) ? (this.entries[key] as T) : otherwise;
  }

  /** @throws Unsupported where the entry has another value than the one that is meant when it is left out */
  only(key: string, value: unknown): void {
    const got = this.get(key, value);
    if (JSON.stringify(got) !== JSON.stringify(value)) throw this.unsupported(`${key} ${JSON.stringify(got)}`);
  }

  /** @throws Unsupported for entries that nobody has asked for */
  finish(): void {
    const rest = Object.keys(this.entries).filter(
      (key) => !this.asked.has(key) && !this.silent.test(key) && this.has(key) && this.entries[key] !== false,
    );
    if (rest.length > 0)
      throw this.unsupported(`its ${rest.map((key) => `${key} ${JSON.stringify(this.entries[key])}`).join(", ")}`);
  }
}
