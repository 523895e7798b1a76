// Small copies of the pictures, drawn from their layers.

import type { Picture, Work } from './work';

const kLongest = 192;

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
  const scale = scaleOf(work);
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
  context.drawImage(bitmap, x0 * scale, y0 * scale, w, h);
  bitmap.close();
  return canvas;
}

function blank(work: Work): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(work.photo.size.width * scaleOf(work)));
  canvas.height = Math.max(1, Math.round(work.photo.size.height * scaleOf(work)));
  return canvas;
}

function scaleOf({ photo: { size } }: Work): number {
  return kLongest / Math.max(size.width, size.height);
}
