// Undo and redo, for strokes and fills alike: a line of steps with a point "now" in it. Steps are data, so
// that the browser can keep them.

import type { MaskChange } from './mask';

export interface Step {
  /** Identifies the step, also in the browser's store. */
  serial: number;
  /** The flipped pixels of the mask; null if there are none. */
  change: MaskChange | null;
  /** The pictures shown before and after, by their places in Work.pictures; equal if it changed the mask alone. */
  from: number;
  to: number;
}

export type NewStep = Omit<Step, 'serial'>;

export class Timeline {
  /** The last serial number. Numbers are never used twice, because stored steps keep theirs. */
  private serial: number;

  /** Forgets the oldest steps whose changes are more than `limit` bytes together. */
  constructor(
    private readonly limit: number,
    public past: Step[] = [],
    public future: Step[] = [],
  ) {
    this.serial = Math.max(0, ...[...past, ...future].map(({ serial }) => serial));
  }

  /** Adds a new step. */
  add(step: NewStep): void {
    this.future = [];
    this.insert(this.past.length, step);
  }

  /** A step that was done before the last ones, and does not depend on them. */
  insert(place: number, step: NewStep): void {
    this.past.splice(place, 0, { ...step, serial: ++this.serial });
    let bytes = this.past.reduce((sum, each) => sum + size(each), 0);
    while (bytes > this.limit && this.past.length > 1) bytes -= size(this.past.shift()!);
  }

  /** The place in `past` behind the step with this serial number: the first one if that step is forgotten. */
  placeAfter(serial: number): number {
    return this.past.findIndex((step) => step.serial === serial) + 1;
  }

  /** The step to take back, which is in the future from now on. */
  undo(): Step | null {
    const step = this.past.pop();
    if (step) this.future.push(step);
    return step ?? null;
  }

  /** The step to do again. */
  redo(): Step | null {
    const step = this.future.pop();
    if (step) this.past.push(step);
    return step ?? null;
  }
}

function size(step: Step): number {
  return step.change?.bits.length ?? 0;
}
