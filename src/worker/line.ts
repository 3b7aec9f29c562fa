import { buffersIn } from "./buffers.js";
import type { Endpoint } from "./endpoint.js";
import { errorFrom, type Failure, failureOf } from "./failure.js";

/** What the other side may call, by name. */
export type Handlers = Readonly<Record<string, (...args: never[]) => unknown>>;

type Message =
  | { readonly type: "call"; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly type: "result"; readonly id: number; readonly value: unknown }
  /** `place` is that of the error in the list of whoever threw it first; `own` says that this is the one who gets the message. */
  | {
      readonly type: "error";
      readonly id: number;
      readonly failure: Failure;
      readonly place: number;
      readonly own: boolean;
    };

interface Pending {
  readonly name: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Calls from either side to the other, as functions that return promises. An error that passes through both comes back as the object that it was. */
export class Line {
  private readonly pending = new Map<number, Pending>();
  private count = 0;
  private ended: string | undefined;
  private readonly thrown: unknown[] = [];
  private readonly foreign = new WeakMap<Error, number>();

  /** @param lost the error of a call that nobody will answer, and why */
  constructor(
    private readonly endpoint: Endpoint,
    private readonly handlers: Handlers,
    private readonly lost: (name: string, reason: string) => Error,
  ) {
    endpoint.onMessage((message) => this.take(message as Message));
  }

  call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    if (this.ended !== undefined) return Promise.reject(this.lost(name, this.ended));
    const id = this.count++;
    const answer = new Promise<T>((resolve, reject) => {
      this.pending.set(id, { name, resolve: resolve as Pending["resolve"], reject });
    });
    if (this.pending.size === 1) this.endpoint.wait(true);
    try {
      this.post({ type: "call", id, name, args });
    } catch (error) {
      this.settle(id)?.reject(error);
    }
    return answer;
  }

  /** Nothing is answered any more. */
  end(reason: string): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    for (const [id, { name, reject }] of this.pending) {
      this.settle(id);
      reject(this.lost(name, reason));
    }
  }

  private post(message: Message): void {
    this.endpoint.post(message, buffersIn(message));
  }

  private settle(id: number): Pending | undefined {
    const found = this.pending.get(id);
    if (this.pending.delete(id) && this.pending.size === 0) this.endpoint.wait(false);
    return found;
  }

  private take(message: Message): void {
    if (message.type === "call") void this.answer(message);
    else if (message.type === "result") this.settle(message.id)?.resolve(message.value);
    else this.settle(message.id)?.reject(this.received(message));
  }

  private async answer({ id, name, args }: Message & { type: "call" }): Promise<void> {
    try {
      const handler = this.handlers[name] as (...args: readonly unknown[]) => unknown;
      this.post({ type: "result", id, value: await handler(...args) });
    } catch (error) {
      const known = error instanceof Error ? this.foreign.get(error) : undefined;
      const place = known ?? this.thrown.push(error) - 1;
      this.post({ type: "error", id, failure: failureOf(error), place, own: known !== undefined });
    }
  }

  private received({ failure, place, own }: Message & { type: "error" }): unknown {
    if (own) return this.thrown[place];
    const error = errorFrom(failure);
    this.foreign.set(error, place);
    return error;
  }
}
