// Small copies of the pictures, drawn from their layers.

import type { Picture, Work } from './work';

/** The shorter side in pixels. Of the longer one they show the middle, at most so many times as long. */
const kShortest = 128;
const kAspect = 2;
/** The longer side of the whole picture that a thumbnail is cut from: browsers draw none of any length. */
const kLongest = 4096;

const drawn = new WeakMap<Picture, HTMLCanvasElement>();
const coming = new WeakMap<Picture, Promise<HTMLCanvasElement>>();

/** A canvas with this picture, at once or as soon as it can be drawn. */
export function thumbnail(work: Work, place: number): HTMLCanvasElement {
  const canvas = blank(work);
  const source = drawn.get(work.pictures[place]!);
  if (source) copy(source, canvas);
  else void master(work, place).then((late) => copy(late, canvas), () => undefined); // it stays empty
  return canvas;
}

function copy(from: HTMLCanvasElement, to: HTMLCanvasElement): void {
  to.getContext('2d')!.drawImage(from, 0, 0);
}

/** Its parent's with its own layer over it. */
function master(work: Work, place: number): Promise<HTMLCanvasElement> {
  const picture = work.pictures[place]!;
  const known = coming.get(picture);
  if (known) return known;
  const made = draw(work, picture).then((canvas) => {
    drawn.set(picture, canvas);
    return canvas;
  });
  coming.set(picture, made);
  return made;
}

async function draw(work: Work, { parent, layer }: Picture): Promise<HTMLCanvasElement> {
  const canvas = blank(work);
  const { scale, left, top } = placeOf(work, canvas);
  const context = canvas.getContext('2d')!;
  if (parent !== null) context.drawImage(await master(work, parent), 0, 0);
  const { x0, y0, x1, y1 } = layer.area;
  const [w, h] = [(x1 - x0) * scale, (y1 - y0) * scale];
  // Scaled by createImageBitmap, off this thread.
  const bitmap = await createImageBitmap(layer.blob, {
    resizeWidth: Math.max(1, Math.round(w)),
    resizeHeight: Math.max(1, Math.round(h)),
    resizeQuality: 'medium',
  });
  context.drawImage(bitmap, x0 * scale - left, y0 * scale - top, w, h);
  bitmap.close();
  return canvas;
}

function blank(work: Work): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const { width, height } = work.photo.size;
  const scale = scaleOf(work);
  const side = (length: number) => Math.max(1, Math.round(Math.min(length * scale, kAspect * kShortest)));
  canvas.width = side(width);
  canvas.height = side(height);
  return canvas;
}

function scaleOf({ photo: { size } }: Work): number {
  return Math.min(kShortest / Math.min(size.width, size.height), kLongest / Math.max(size.width, size.height));
}

/** How the whole picture lies on its thumbnail: its scale, and what is cut off to the left and above. */
function placeOf(work: Work, canvas: HTMLCanvasElement): { scale: number; left: number; top: number } {
  const { width, height } = work.photo.size;
  const scale = scaleOf(work);
  return { scale, left: (width * scale - canvas.width) / 2, top: (height * scale - canvas.height) / 2 };
}
