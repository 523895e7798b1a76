// The pixels of a large photo, of which the layers have fewer: fetched for the visible part and its
// surroundings once the zoom shows more of them than the layers have.

import type { Size } from './coordinates';
import type { Area } from './mask';

/** How long the photo must be still. */
const kWaitMilliseconds = 200;
/** How much more is fetched than what is visible, at each side, so that a short move needs nothing. */
const kSurroundings = 1 / 4;
/** A picture may be shown larger than it is by this factor. */
const kEnough = 1.1;
/** No screen has more pixels. */
const kLongest = 8192;

export interface Source {
  size: Size;
  /** Fetches a part of the photo, its longer side at most `longest` pixels. */
  fetch: (area: Area, longest: number) => Promise<Blob>;
}

export class Detail {
  private source: Source | null = null;
  private shown: { image: HTMLImageElement; area: Area; scale: number } | null = null;
  private waiting = 0;
  private turn = 0;

  /** `place` puts an image above the layers. */
  constructor(private readonly place: (image: HTMLImageElement) => void) {}

  /** Sets the source of the next images. One on its way from the source before is dropped. */
  setSource(source: Source): void {
    this.forget();
    this.source = source;
  }

  clear(): void {
    this.forget();
    this.remove();
  }

  /** `seen` is visible. Per pixel of the photo the screen has `scale` pixels, and the layers have `layers`. */
  look(seen: Area, scale: number, layers: number): void {
    clearTimeout(this.waiting);
    const { source } = this;
    if (!source || layers >= 1 || scale <= kEnough * layers) return this.remove();
    const { shown } = this;
    if (shown && contains(shown.area, seen) && (shown.scale >= 1 || scale <= kEnough * shown.scale)) return;
    this.waiting = window.setTimeout(() => void this.load(source, seen, Math.min(1, scale)), kWaitMilliseconds);
  }

  private async load({ size, fetch }: Source, seen: Area, scale: number): Promise<void> {
    const turn = ++this.turn;
    const image = new Image();
    const area = withSurroundings(seen, size);
    const longest = Math.min(kLongest, Math.ceil(scale * Math.max(area.x1 - area.x0, area.y1 - area.y0)));
    try {
      const blob = await fetch(area, longest);
      image.src = URL.createObjectURL(blob);
      await image.decode();
    } catch {
      URL.revokeObjectURL(image.src);
      return; // the layers remain visible
    }
    if (turn !== this.turn) return URL.revokeObjectURL(image.src);
    this.remove();
    image.className = 'detail';
    image.draggable = false;
    image.alt = '';
    placeImage(image, area);
    this.shown = { image, area, scale };
    this.place(image);
  }

  private forget(): void {
    clearTimeout(this.waiting);
    this.turn++;
  }

  private remove(): void {
    if (!this.shown) return;
    URL.revokeObjectURL(this.shown.image.src);
    this.shown.image.remove();
    this.shown = null;
  }
}

function withSurroundings({ x0, y0, x1, y1 }: Area, { width, height }: Size): Area {
  const [dx, dy] = [Math.round(kSurroundings * (x1 - x0)), Math.round(kSurroundings * (y1 - y0))];
  return { x0: Math.max(0, x0 - dx), y0: Math.max(0, y0 - dy), x1: Math.min(width, x1 + dx), y1: Math.min(height, y1 + dy) };
}

/** Lays an image over the part of the photo that it shows. */
export function placeImage(image: HTMLImageElement, { x0, y0, x1, y1 }: Area): void {
  Object.assign(image.style, { left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0}px`, height: `${y1 - y0}px` });
}

function contains(outer: Area, inner: Area): boolean {
  return outer.x0 <= inner.x0 && outer.y0 <= inner.y0 && outer.x1 >= inner.x1 && outer.y1 >= inner.y1;
}
