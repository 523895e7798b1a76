// Reads a picture as a mask, by the rules of `lama inpaint`: white (at least half) is missing; opacity
// counts instead of brightness if it varies and the brightness hardly does.

import type { Size } from './coordinates';
import { kMissing, type Mask } from './mask';

const kRows = 256; // read in strips: some phones have no canvas of 24 megapixels

/** A difference of brightness, times the opacity, that shows: an eighth of white. */
const kShows = Math.floor(255 / 8) * 255;

/** The mask is not of the photo's size. */
export class MaskSizeError extends Error {
  constructor(
    readonly found: Size,
    readonly wanted: Size,
  ) {
    super(`${found.width} × ${found.height} instead of ${wanted.width} × ${wanted.height}`);
  }
}

/** Replaces the mask by the picture in `file`. Throws MaskSizeError and the errors of createImageBitmap. */
export async function loadMask(file: Blob, mask: Mask): Promise<void> {
  const bitmap = await createImageBitmap(file, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  try {
    const { width, height } = bitmap; // closing it forgets them
    if (width !== mask.width || height !== mask.height) throw new MaskSizeError({ width, height }, mask);
    const channels = new MaskChannels(mask);
    const canvas = new OffscreenCanvas(mask.width, kRows);
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    for (let y = 0; y < mask.height; y += kRows) {
      context.clearRect(0, 0, mask.width, kRows);
      context.drawImage(bitmap, 0, -y);
      channels.add(context.getImageData(0, 0, mask.width, Math.min(kRows, mask.height - y)).data);
      await new Promise((resolve) => setTimeout(resolve)); // the page stays alive
    }
    channels.fill(mask);
  } finally {
    bitmap.close();
  }
}

/** Gathers the pixels of a picture, then decides which of its channels is the mask. */
export class MaskChannels {
  private readonly brightness: Uint8Array;
  private readonly opacity: Uint8Array;
  private size = 0;
  private leastOpacity = 255;
  private mostOpacity = -1;
  /** The brightness of the first pixel of most opacity. */
  private painted = 0;

  constructor({ width, height }: Size) {
    this.brightness = new Uint8Array(width * height);
    this.opacity = new Uint8Array(width * height);
  }

  /** The next pixels: red, green, blue and alpha of each, 0 to 255. Masks are long runs of one colour. */
  add(pixels: Uint8ClampedArray<ArrayBuffer>): void {
    const { brightness, opacity } = this;
    const colours = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
    let luma = 0;
    let opaque = 0;
    for (let i = 0, size = this.size; i < colours.length; i++, size++) {
      if (i === 0 || colours[i] !== colours[i - 1]) {
        const k = 4 * i;
        luma = Math.round(0.299 * pixels[k]! + 0.587 * pixels[k + 1]! + 0.114 * pixels[k + 2]!);
        opaque = pixels[k + 3]!;
        this.leastOpacity = Math.min(this.leastOpacity, opaque);
        if (opaque > this.mostOpacity) [this.mostOpacity, this.painted] = [opaque, luma];
      }
      brightness[size] = luma;
      opacity[size] = opaque;
    }
    this.size += colours.length;
  }

  fill(mask: Mask): void {
    const { brightness, opacity } = this;
    const byOpacity = this.leastOpacity < this.mostOpacity && this.hasOneBrightness();
    // Transparent parts count as on black.
    const isMissing = (i: number) => (byOpacity ? opacity[i]! : Math.round((brightness[i]! * opacity[i]!) / 255)) >= 128;
    mask.clear();
    for (let y = 0; y < mask.height; y++) {
      for (let x0 = 0, x1; x0 < mask.width; x0 = x1) {
        const missing = isMissing(y * mask.width + x0);
        for (x1 = x0 + 1; x1 < mask.width && isMissing(y * mask.width + x1) === missing; ) x1++;
        if (missing) mask.set(y, x0, x1, kMissing);
      }
    }
  }

  /** Whether strokes have one brightness, nearly: only what shows of a difference counts. */
  private hasOneBrightness(): boolean {
    const { brightness, opacity, painted } = this;
    return brightness.every((luma, i) => Math.abs(luma - painted) * opacity[i]! <= kShows);
  }
}
