// How the picture lies on the screen. Screen points are CSS pixels from the upper left corner of the
// viewport; picture points are pixels of the photo at full resolution, (0, 0) its upper left corner.

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Picture point p lies at screen point (x + scale·p.x, y + scale·p.y). */
export interface Placement {
  scale: number;
  x: number;
  y: number;
}

const kMaximalScale = 32;
const kMaximalFit = 8;
/** The picture always covers this much of the viewport, so that it cannot get lost. */
const kHold = 48;

export function toPicture(placement: Placement, screen: Point): Point {
  return { x: (screen.x - placement.x) / placement.scale, y: (screen.y - placement.y) / placement.scale };
}

export function toScreen(placement: Placement, picture: Point): Point {
  return { x: placement.x + placement.scale * picture.x, y: placement.y + placement.scale * picture.y };
}

/** The whole picture in the middle of the viewport, `margin` free around it; small ones at most at 8:1. */
export function fit(picture: Size, viewport: Size, margin: number): Placement {
  const scale = Math.min(
    kMaximalFit,
    Math.max(1, viewport.width - 2 * margin) / picture.width,
    Math.max(1, viewport.height - 2 * margin) / picture.height,
  );
  return {
    scale,
    x: (viewport.width - scale * picture.width) / 2,
    y: (viewport.height - scale * picture.height) / 2,
  };
}

/** Zooms by `factor`; the picture point under `anchor` stays there. Scales end at 32:1 and at a quarter of `fitted`. */
export function zoomAbout(placement: Placement, anchor: Point, factor: number, fitted: number): Placement {
  const scale = Math.min(Math.max(kMaximalScale, fitted), Math.max(fitted / 4, placement.scale * factor));
  const applied = scale / placement.scale;
  return {
    scale,
    x: anchor.x - (anchor.x - placement.x) * applied,
    y: anchor.y - (anchor.y - placement.y) * applied,
  };
}

/** Moved so that some of the picture stays in the viewport. */
export function held(placement: Placement, picture: Size, viewport: Size): Placement {
  const within = (position: number, length: number, room: number) => {
    const hold = Math.min(kHold, length);
    return Math.min(room - hold, Math.max(hold - length, position));
  };
  return {
    scale: placement.scale,
    x: within(placement.x, placement.scale * picture.width, viewport.width),
    y: within(placement.y, placement.scale * picture.height, viewport.height),
  };
}

/** Brush sizes on a slider of 0 to 1: equal steps are equal ratios, from 1 to `largest` pixels. */
export function sizeAt(position: number, largest: number): number {
  return Math.round(Math.pow(largest, position));
}

export function positionOf(size: number, largest: number): number {
  return Math.log(size) / Math.log(largest);
}

/** The next brush size by key or wheel: a tenth more or less, one pixel at least. */
export function stepped(size: number, steps: number, largest: number): number {
  const change = Math.sign(steps) * Math.max(1, Math.round(Math.abs(steps) * 0.1 * size));
  return Math.min(largest, Math.max(1, size + change));
}
