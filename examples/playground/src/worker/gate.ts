/** Lets epochs pass: all of them, a number, or none. */
export class Gate {
  private left = 0;
  private wake: (() => void) | undefined;

  get isOpen(): boolean {
    return this.left > 0;
  }

  /** Lets so many more epochs pass. */
  open(epochs = Number.POSITIVE_INFINITY): void {
    this.left += epochs;
    this.wake?.();
  }

  close(): void {
    this.left = 0;
  }

  /** An epoch has passed. */
  count(): void {
    this.left = Math.max(0, this.left - 1);
  }

  async opened(): Promise<void> {
    while (!this.isOpen) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
