// The work on one photo: its pictures (as opened, and after every fill), the mask, and the way back.

import type { Size } from './coordinates';
import { bitsOf, kMissing, Mask, type Area, type MaskChange } from './mask';
import { Timeline, type Step } from './timeline';

const kUndoBytes = 128 << 20;

/** The photo as it was opened, or after a fill. What is shown of it are layers: its own over its parent's. */
export interface Picture {
  /** The file, in the source's format. Null until it has come from the server. */
  file: Blob | null;
  /** Its id on the server; null if the server does not know it. */
  image: string | null;
  /** The job that made it; null for the photo as opened, and where the server has forgotten it. */
  job: string | null;
  /** The place in Work.pictures of the one that it was made from; null for the photo as opened. */
  parent: number | null;
  layer: Layer;
}

/** A part of a picture, for display: 8 bits, sRGB. */
export interface Layer {
  blob: Blob;
  /** The blob's address in this tab. */
  url: string;
  area: Area;
}

export interface WorkListener {
  pictureChanged(): void;
  maskChanged(area: Area): void;
  /** Something is other than it was kept: steps, pictures, or what belongs to one. */
  changed(): void;
}

/** What stays the same of a work. */
export interface Photo {
  /** In this browser. */
  id: string;
  name: string;
  size: Size;
  /** When it was opened: the order of the photos. */
  opened: number;
}

/** The rest of it, as it is kept. */
export interface WorkState {
  pictures: Picture[];
  current: number;
  saved: boolean;
  past: Step[];
  future: Step[];
  /** What is missing; null if nothing. */
  mask: MaskChange | null;
}

export class Work {
  readonly mask: Mask;
  /** What is being filled; null if nothing is. What is painted meanwhile is in `mask`. */
  filling: Mask | null = null;
  /** In the order they were made. None is ever lost: going back to an early one keeps the later. */
  readonly pictures: Picture[];
  /** Whether the user has a file of every fill. */
  saved: boolean;
  readonly timeline: Timeline;
  private shown: number;
  /** The fill that runs: what it took from the mask, and how many steps there were. */
  private taken: { change: MaskChange; steps: number } | null = null;

  constructor(
    readonly photo: Photo,
    state: WorkState,
    private readonly listener: WorkListener,
  ) {
    this.mask = new Mask(photo.size.width, photo.size.height);
    if (state.mask) this.mask.apply(state.mask);
    this.pictures = state.pictures;
    this.shown = state.current;
    this.saved = state.saved;
    this.timeline = new Timeline(kUndoBytes, state.past, state.future);
  }

  get current(): Picture {
    return this.pictures[this.shown]!;
  }

  /** The place of the current one. */
  get currentPlace(): number {
    return this.shown;
  }

  get canUndo(): boolean {
    return this.timeline.past.length > (this.taken?.steps ?? 0);
  }

  get canRedo(): boolean {
    return this.timeline.future.length > 0;
  }

  /** What to show of a picture: the layers from the lowest to the uppermost. */
  layers(place: number): Layer[] {
    const layers: Layer[] = [];
    for (let at: number | null = place; at !== null; at = this.pictures[at]!.parent) layers.unshift(this.pictures[at]!.layer);
    return layers;
  }

  /** All of the mask, a running fill's included: what to keep. */
  wholeMask(): MaskChange {
    return bitsOf(this.filling ? [this.mask, this.filling] : [this.mask]);
  }

  /** Makes what was done to the mask one step. Returns whether anything was. */
  commitMask(): boolean {
    const change = this.commit();
    if (!change) return false;
    this.timeline.add({ change, from: this.shown, to: this.shown });
    this.listener.changed();
    return true;
  }

  /** Takes the mask to be filled; what is painted from now on waits for the next fill. */
  beginFill(): Mask {
    this.commitMask();
    this.mask.clear();
    const change = this.commit()!;
    this.filling = new Mask(this.mask.width, this.mask.height);
    this.filling.apply(change);
    this.timeline.future = [];
    this.taken = { change, steps: this.timeline.past.length };
    this.listener.changed();
    return this.filling;
  }

  /** The hole was filled: shows the result, in one step. */
  filled(picture: Picture): void {
    const { change, steps } = this.endFill();
    this.pictures.push(picture);
    this.saved = false;
    const to = this.pictures.length - 1;
    // The strokes made meanwhile come after it, and are independent of it.
    this.timeline.insert(steps, { change, from: this.shown, to });
    this.show(to);
    this.listener.changed();
  }

  /** The fill came to nothing: the mask is what it was, with what was painted meanwhile. */
  abandonFill(): void {
    const { change, steps } = this.endFill();
    this.timeline.past.length = Math.min(steps, this.timeline.past.length);
    this.timeline.future = [];
    const painted = Array.from({ length: this.mask.height }, (_, y) => this.mask.runs(y));
    this.mask.clear();
    this.commit();
    this.mask.apply(change);
    this.listener.maskChanged(change.area);
    painted.forEach((runs, y) => runs.forEach(([x0, x1]) => this.mask.set(y, x0, x1, kMissing)));
    this.commitMask();
    this.listener.changed();
  }

  /** Shows another of the pictures, to compare or to continue on it; the mask stays. */
  goTo(place: number): void {
    if (place === this.shown) return;
    this.timeline.add({ change: null, from: this.shown, to: place });
    this.show(place);
    this.listener.changed();
  }

  undo(): void {
    if (this.canUndo) this.apply(this.timeline.undo()!, 'from');
  }

  redo(): void {
    if (this.canRedo) this.apply(this.timeline.redo()!, 'to');
  }

  private apply(step: Step, side: 'from' | 'to'): void {
    if (step.change) {
      this.mask.apply(step.change);
      this.listener.maskChanged(step.change.area);
    }
    if (step.from !== step.to) this.show(step[side]);
    this.listener.changed();
  }

  private endFill(): { change: MaskChange; steps: number } {
    const taken = this.taken!;
    this.taken = null;
    this.filling = null;
    return taken;
  }

  private commit(): MaskChange | null {
    const area = this.mask.touched();
    const change = this.mask.commit();
    if (area) this.listener.maskChanged(area);
    return change;
  }

  private show(place: number): void {
    this.shown = place;
    this.listener.pictureChanged();
  }
}
