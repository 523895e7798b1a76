// The work on one photo: its pictures (as opened, and after every fill), the mask, and the way back.

import type { StoredImage } from './api';
import { Mask, type Area } from './mask';
import { Timeline } from './timeline';

const kUndoBytes = 128 << 20;

/** The photo as it was opened, or after a fill. */
export interface Picture {
  /** Its id on the server, which has the pixels. */
  image: string;
  /** What the page shows of it: URLs of blobs. */
  preview: string;
  thumbnail: string;
  /** The job that made it; null for the photo as opened. */
  job: string | null;
}

export interface WorkListener {
  pictureChanged(): void;
  maskChanged(area: Area): void;
  /** What can be undone or redone, or the number of pictures, is another. */
  stepsChanged(): void;
}

export class Work {
  readonly mask: Mask;
  /** In the order they were made. None is ever lost: going back to an early one keeps the later. */
  readonly pictures: Picture[];
  /** Whether the user has a file of every fill. */
  saved = true;
  private readonly timeline = new Timeline(kUndoBytes);
  private shown: Picture;

  constructor(
    readonly source: StoredImage,
    readonly original: Picture,
    private readonly listener: WorkListener,
  ) {
    this.mask = new Mask(source.width, source.height);
    this.pictures = [original];
    this.shown = original;
  }

  get current(): Picture {
    return this.shown;
  }

  get canUndo(): boolean {
    return this.timeline.canUndo;
  }

  get canRedo(): boolean {
    return this.timeline.canRedo;
  }

  /** Makes what was done to the mask one step. Returns whether anything was. */
  commitMask(): boolean {
    const area = this.mask.touched();
    const change = this.mask.commit();
    if (area) this.listener.maskChanged(area);
    if (!change) return false;
    const apply = () => {
      this.mask.apply(change);
      this.listener.maskChanged(change.area);
    };
    this.timeline.add({ undo: apply, redo: apply, bytes: change.bits.length });
    this.listener.stepsChanged();
    return true;
  }

  /** The hole was filled: shows the result and clears the mask, in one step. */
  filled(picture: Picture): void {
    this.pictures.push(picture);
    this.saved = false;
    this.mask.clear();
    const area = this.mask.touched();
    const change = this.mask.commit();
    if (area) this.listener.maskChanged(area);
    const before = this.shown;
    const turn = (to: Picture) => {
      if (change) {
        this.mask.apply(change);
        this.listener.maskChanged(change.area);
      }
      this.show(to);
    };
    this.show(picture);
    this.timeline.add({
      undo: () => turn(before),
      redo: () => turn(picture),
      bytes: change?.bits.length ?? 0,
    });
    this.listener.stepsChanged();
  }

  /** Shows another of the pictures, to compare or to continue on it; the mask stays. */
  goTo(picture: Picture): void {
    const before = this.shown;
    if (picture === before) return;
    this.show(picture);
    this.timeline.add({ undo: () => this.show(before), redo: () => this.show(picture), bytes: 0 });
    this.listener.stepsChanged();
  }

  undo(): void {
    this.timeline.undo();
    this.listener.stepsChanged();
  }

  redo(): void {
    this.timeline.redo();
    this.listener.stepsChanged();
  }

  /** Frees what the browser holds for the pictures. */
  close(): void {
    for (const { preview, thumbnail } of this.pictures) {
      URL.revokeObjectURL(preview);
      URL.revokeObjectURL(thumbnail);
    }
  }

  private show(picture: Picture): void {
    this.shown = picture;
    this.listener.pictureChanged();
  }
}
