// Undo and redo, for strokes and fills alike: a line of steps with a point "now" in it.

export interface Step {
  undo(): void;
  redo(): void;
  /** Memory it holds. */
  bytes: number;
}

export class Timeline {
  private readonly past: Step[] = [];
  private future: Step[] = [];

  /** Forgets the oldest steps beyond `limit` bytes. */
  constructor(private readonly limit: number) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** A step that was just done. */
  add(step: Step): void {
    this.future = [];
    this.past.push(step);
    let bytes = this.past.reduce((sum, { bytes }) => sum + bytes, 0);
    while (bytes > this.limit && this.past.length > 1) bytes -= this.past.shift()!.bytes;
  }

  undo(): void {
    const step = this.past.pop();
    if (!step) return;
    step.undo();
    this.future.push(step);
  }

  redo(): void {
    const step = this.future.pop();
    if (!step) return;
    step.redo();
    this.past.push(step);
  }
}
