// The work on one photo: its pictures (as opened, and after every fill), the mask, and the way back.

import type { Size } from './coordinates';
import { bitsOf, kMissing, Mask, middleColumn, type Area, type MaskChange } from './mask';
import { Timeline, type Step } from './timeline';

const kUndoBytes = 128 << 20;

/** The photo as opened, or after a fill. The view shows its layer over its parent's layers. */
export interface Picture {
  /** The file, in the source's format. Null until it has come from the server. */
  file: Blob | null;
  /** Its id on the server; null if the server does not know it. */
  image: string | null;
  /** The job that made it; null for the original photo, or if the server has forgotten the job. */
  job: string | null;
  /** The place in Work.pictures of its parent; null for the original photo. */
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
  /** Something differs from the kept work: steps, pictures, or a part of one. */
  changed(): void;
}

/** The constant part of a work. */
export interface Photo {
  /** In this browser. */
  id: string;
  name: string;
  size: Size;
  /** When it was opened: the order of the photos. */
  opened: number;
}

/** The stored part of a work. */
export interface WorkState {
  pictures: Picture[];
  current: number;
  saved: boolean;
  past: Step[];
  future: Step[];
  /** The missing pixels, without those of `fill`; null if there are none. */
  mask: MaskChange | null;
  /** The fill that the server works at. */
  fill: RunningFill | null;
}

export interface RunningFill {
  /** Its id on the server. */
  job: string;
  /** The pixels that it took from the mask. */
  change: MaskChange;
  /** The serial number of the last step before it; 0 if there was none. */
  after: number;
}

export class Work {
  readonly mask: Mask;
  /** The mask of the running fill, or null. The user's painting meanwhile goes into `mask`. */
  filling: Mask | null = null;
  /** In order of creation. None is ever lost: going back to an early one keeps the later ones. */
  readonly pictures: Picture[];
  /** Whether the user has a file of every fill. */
  saved: boolean;
  readonly timeline: Timeline;
  private shown: number;
  /** The job of the fill that runs; null before the server has begun it. */
  job: string | null = null;
  private taken: Omit<RunningFill, 'job'> | null = null;

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
    if (state.fill) {
      this.job = state.fill.job;
      this.take(state.fill.change, state.fill.after);
    }
  }

  get current(): Picture {
    return this.pictures[this.shown]!;
  }

  /** The place of the current one. */
  get currentPlace(): number {
    return this.shown;
  }

  /** A column through the current picture's fill; null if it is the original. */
  get filledColumn(): number | null {
    const { parent, layer } = this.current;
    if (parent === null) return null;
    const { past, future } = this.timeline;
    const change = [...past, ...future].find(({ change, from, to }) => change && from !== to && to === this.shown)?.change;
    return change ? middleColumn(change) : (layer.area.x0 + layer.area.x1) / 2; // the oldest steps are forgotten
  }

  get canUndo(): boolean {
    return this.timeline.past.length > (this.taken ? this.timeline.placeAfter(this.taken.after) : 0);
  }

  get canRedo(): boolean {
    return this.timeline.future.length > 0;
  }

  /** The layers of a picture, from the lowest to the uppermost. The lowest is the whole picture. */
  layers(place: number): Layer[] {
    const { width, height } = this.photo.size;
    const layers: Layer[] = [];
    for (let at: number | null = place; at !== null; at = this.pictures[at]!.parent) {
      const { layer } = this.pictures[at]!;
      layers.unshift(layer);
      const { x0, y0, x1, y1 } = layer.area;
      if (x1 - x0 === width && y1 - y0 === height) break;
    }
    return layers;
  }

  /** To keep: the running fill and the mask apart if the server knows the fill, else their union. */
  keptMask(): Pick<WorkState, 'mask' | 'fill'> {
    if (this.taken && this.job !== null) return { mask: bitsOf([this.mask]), fill: { job: this.job, ...this.taken } };
    return { mask: bitsOf(this.filling ? [this.mask, this.filling] : [this.mask]), fill: null };
  }

  /** Makes the edits of the mask one step. Returns false if there are none. */
  commitMask(): boolean {
    const change = this.commit();
    if (!change) return false;
    this.timeline.add({ change, from: this.shown, to: this.shown });
    this.listener.changed();
    return true;
  }

  /** Takes the mask for a fill; later strokes wait for the next one. */
  beginFill(): Mask {
    this.commitMask();
    this.mask.clear();
    const change = this.commit()!;
    this.timeline.future = [];
    const filling = this.take(change, this.timeline.past.at(-1)?.serial ?? 0);
    this.listener.changed();
    return filling;
  }

  /** The server works at the fill, as this job. */
  fillStarted(job: string): void {
    if (job === this.job) return;
    this.job = job;
    this.listener.changed();
  }

  /** Shows the result of a fill, as one step. */
  filled(picture: Picture): void {
    const { change, after } = this.endFill();
    this.pictures.push(picture);
    this.saved = false;
    const to = this.pictures.length - 1;
    // The strokes made during the fill come after it, and are independent of it.
    this.timeline.insert(this.timeline.placeAfter(after), { change, from: this.shown, to });
    this.show(to);
    this.listener.changed();
  }

  /** The fill failed: gives the mask back, with the strokes made during the fill. */
  abandonFill(): void {
    const { change, after } = this.endFill();
    this.timeline.past.length = this.timeline.placeAfter(after);
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

  /** Shows another picture, to compare or to continue on it; the mask stays. */
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

  private take(change: MaskChange, after: number): Mask {
    this.taken = { change, after };
    this.filling = new Mask(this.mask.width, this.mask.height);
    this.filling.apply(change);
    return this.filling;
  }

  private endFill(): Omit<RunningFill, 'job'> {
    const taken = this.taken!;
    this.taken = null;
    this.filling = null;
    this.job = null;
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
