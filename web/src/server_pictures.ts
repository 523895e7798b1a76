// The photos' pictures on the server, which forgets them after a while: this page sends them again.

import * as api from './api';
import { insist } from './insist';
import type { Area } from './mask';
import type { Layer, Picture, Work } from './work';

/** The longer side of previews: the screen's. View.detail has the pixels that zooming in shows. */
const kLongestPreview = Math.min(4096, Math.ceil(Math.max(screen.width, screen.height) * devicePixelRatio));
const kPatchMargin = 8;
/** How many pixels the patches over a preview may have. Beyond, a new preview replaces them. */
const kPatchPixels = 4e6;

export interface Sending {
  report(sent: number): void;
  signal: AbortSignal;
}

export class ServerPictures {
  /** Calls `changed` when the page has a picture's file, or the server has it under another id. */
  constructor(private readonly changed: (work: Work) => void) {}

  /** Calls `use` with the picture's id on the server. Sends the picture again if the server has forgotten it. */
  async use<T>(
    work: Work,
    picture: Picture,
    use: (image: string) => Promise<T>,
    { report, signal }: Sending = { report: () => undefined, signal: new AbortController().signal },
  ): Promise<T> {
    if (picture.image !== null) {
      try {
        return await use(picture.image);
      } catch (error) {
        const forgotten = error instanceof api.ApiError && error.code === 'not_found';
        if (!forgotten || !picture.file) throw error;
      }
    }
    if (!picture.file) throw new api.ApiError('not_found', '');
    picture.image = (await api.upload(picture.file, work.photo.name, report, signal)).id;
    this.changed(work);
    return use(picture.image);
  }

  /** Fetches the file of a result to keep it, because the server forgets it. */
  async fetchFile(work: Work, picture: Picture): Promise<void> {
    if (picture.image === null) return;
    const { image } = picture;
    try {
      picture.file = await insist(() => api.file(image));
      this.changed(work);
    } catch {
      // A later use requests it again.
    }
  }
}

export async function fetchLayer(image: string, area: Area, signal: AbortSignal): Promise<Layer> {
  const blob = await api.preview(image, kLongestPreview, area, { signal });
  return { blob, url: URL.createObjectURL(blob), area };
}

/** The part of a result to fetch: a little more than the new pixels, to hide its edge; or all, instead of many patches. */
export function newLayerOf(work: Work, parent: number, { x, y, width, height }: NonNullable<api.Job['result']>['replaced']): Area {
  const { size } = work.photo;
  const patch = {
    x0: Math.max(0, x - kPatchMargin),
    y0: Math.max(0, y - kPatchMargin),
    x1: Math.min(size.width, x + width + kPatchMargin),
    y1: Math.min(size.height, y + height + kPatchMargin),
  };
  const [, ...patches] = work.layers(parent);
  const pixels = [patch, ...patches.map(({ area }) => area)].reduce((sum, area) => sum + previewPixels(area), 0);
  return pixels <= kPatchPixels ? patch : { x0: 0, y0: 0, x1: size.width, y1: size.height };
}

function previewPixels({ x0, y0, x1, y1 }: Area): number {
  const [width, height] = [x1 - x0, y1 - y0];
  return width * height * Math.min(1, kLongestPreview / Math.max(width, height)) ** 2;
}
