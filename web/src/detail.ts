// The real pixels of a large photo, of which the layers have fewer: fetched for the visible part once
// the zoom shows more of them than the layers have.

import type { Area } from './mask';

/** How long the photo must be still. */
const kWaitMilliseconds = 200;

export class Detail {
  /** Pixels of the layers per pixel of the photo; and the function that fetches the real ones. */
  private source: { scale: number; fetch: (area: Area) => Promise<Blob> } | null = null;
  private image: HTMLImageElement | null = null;
  private area: Area | null = null;
  private waiting = 0;
  private turn = 0;

  constructor(
    private readonly stage: HTMLElement,
    private readonly original: HTMLElement,
  ) {}

  /** Sets the source of the real pixels, and the layers' `scale`: their pixels per pixel of the photo. */
  setSource(scale: number, fetch: (area: Area) => Promise<Blob>): void {
    this.source = { scale, fetch };
  }

  clear(): void {
    clearTimeout(this.waiting);
    this.turn++;
    this.area = null;
    this.remove();
  }

  /** `seen` is visible, with `scale` screen pixels per pixel of the photo. */
  look(seen: Area, scale: number): void {
    clearTimeout(this.waiting);
    const { source } = this;
    if (!source || source.scale >= 1 || scale <= 1.1 * source.scale) return this.remove();
    if (this.area && contains(this.area, seen) && this.image) return;
    this.waiting = window.setTimeout(() => void this.load(seen), kWaitMilliseconds);
  }

  private async load(seen: Area): Promise<void> {
    const turn = ++this.turn;
    const image = new Image();
    try {
      const blob = await this.source!.fetch(seen);
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
    placeImage(image, seen);
    this.image = image;
    this.area = seen;
    this.original.before(image);
    this.stage.dataset['detail'] = 'shown';
  }

  private remove(): void {
    if (!this.image) return;
    URL.revokeObjectURL(this.image.src);
    this.image.remove();
    this.image = null;
    delete this.stage.dataset['detail'];
  }
}

/** Lays an image over the part of the photo that it shows. */
export function placeImage(image: HTMLImageElement, { x0, y0, x1, y1 }: Area): void {
  Object.assign(image.style, { left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0}px`, height: `${y1 - y0}px` });
}

function contains(outer: Area, inner: Area): boolean {
  return outer.x0 <= inner.x0 && outer.y0 <= inner.y0 && outer.x1 >= inner.x1 && outer.y1 >= inner.y1;
}
