// The viewport: the photo, the mask over it, the cursor, and their places.
// The photo's pictures are elements that the browser moves and scales by itself; only the mask is drawn.

import { fit, held, toPicture, toScreen, zoomAbout, type Placement, type Point, type Size } from './coordinates';
import { Detail, placeImage } from './detail';
import { byId } from './elements';
import { united, type Area, type Mask } from './mask';
import { Overlay } from './overlay';
import type { Layer } from './work';

const kFitMargin = 16;
/** Under the whole photo there is room for the zoom and a message. */
const kBand = 64;
const kReveal = 40;

export class View {
  placement: Placement = { scale: 1, x: 0, y: 0 };
  readonly element = byId('viewport', HTMLElement);
  /** The photo as it was opened, above the others; shown by compare.ts. */
  private readonly original = new Image();
  private readonly originals = document.createElement('div');
  private readonly stage = byId('stage', HTMLElement);
  private readonly cursor = byId('cursor', HTMLElement);
  private readonly zoomLevel = byId('zoom-level', HTMLOutputElement);
  private readonly overlay = new Overlay(byId('overlay', HTMLCanvasElement));
  /** The running fill's mask, under the one that the user paints. */
  private readonly fillingOverlay = new Overlay(byId('overlay-filling', HTMLCanvasElement));
  private readonly outlines = document.querySelectorAll('#outline path');
  private picture: Size = { width: 1, height: 1 };
  private size: Size = { width: 1, height: 1 };
  private fitted: Placement = this.placement;
  private atFit = true;
  /** The images of the shown layers. */
  private layers = new Map<Layer, HTMLImageElement>();
  /** The layers' pixels per pixel of the photo. */
  private density = 1;
  /** The pixels of the visible part, where the layers have fewer; and those of the photo as it was opened. */
  readonly detail = new Detail((image) => this.originals.before(image));
  readonly originalDetail = new Detail((image) => this.originals.append(image));
  private changed: Area | null = null;
  private everything = false;
  private frame = 0;
  /** Number of requests to show a picture; decoding may end in another order. */
  private shows = 0;

  /** `moved` is called whenever the photo moves on the screen. */
  constructor(private readonly moved: () => void) {
    new ResizeObserver(() => this.resize()).observe(this.element);
    byId('zoom-fit', HTMLButtonElement).addEventListener('click', () => this.fit());
    this.original.className = 'original';
    this.original.draggable = false;
    this.original.alt = '';
    this.originals.className = 'originals';
    this.originals.append(this.original);
  }

  /** Starts with a new photo. */
  open(picture: Size, mask: Mask, filling: Mask | null, originalUrl: string): void {
    this.picture = picture;
    this.layers.clear();
    this.detail.clear();
    this.originalDetail.clear();
    this.stage.replaceChildren(this.originals);
    this.stage.style.width = `${picture.width}px`;
    this.stage.style.height = `${picture.height}px`;
    this.original.src = originalUrl;
    this.overlay.setMask(mask);
    this.fillingOverlay.setMask(filling);
    this.resize();
    this.fit();
  }

  /** The colour of masks, as #rrggbb. */
  setMaskColour(colour: string): void {
    this.overlay.setColour(colour);
    this.fillingOverlay.setColour(colour);
    this.element.style.setProperty('--mask', colour);
    this.drawAll();
  }

  /** The mask that is being filled, or none. */
  setFilling(mask: Mask | null): void {
    this.fillingOverlay.setMask(mask);
    this.drawAll();
  }

  /** Shows a picture of the photo, as layers from the lowest to the uppermost. Changes fade in. */
  async show(layers: Layer[]): Promise<void> {
    const turn = ++this.shows;
    const images = layers.map((layer) => this.layers.get(layer) ?? imageOf(layer));
    await Promise.all(images.map((image) => image.decode()));
    if (turn !== this.shows) return; // another one came later
    const isFirst = this.layers.size === 0;
    const leaving = [...this.layers.values()].filter((image) => !images.includes(image));
    const entering = images.filter((image) => ![...this.layers.values()].includes(image));
    this.layers = new Map(layers.map((layer, i) => [layer, images[i]!]));
    if (!isFirst) entering.forEach((image) => image.classList.add('entering'));
    this.density = images[0]!.naturalWidth / this.picture.width;
    for (const image of entering) this.originals.before(image);
    // Under a new layer the details of the layers below it remain right.
    if (leaving.length > 0) this.detail.clear();
    leaving.forEach((image) => image.classList.add('leaving'));
    entering.forEach((image) => {
      image.getBoundingClientRect(); // the browser notices the state that the fading starts from
      image.classList.remove('entering');
    });
    const remove = () => leaving.forEach((image) => image.remove());
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) remove();
    else setTimeout(remove, 600); // the length of the fading, in page.css
    this.drawAll();
  }

  fit(): void {
    this.placement = this.fitted;
    this.atFit = true;
    this.drawAll();
  }

  actualSize(): void {
    this.zoom(null, 1 / devicePixelRatio / this.placement.scale);
  }

  /** Zooms about a screen point, or about the middle. */
  zoom(anchor: Point | null, factor: number): void {
    this.place(zoomAbout(this.placement, anchor ?? this.screenMiddle, factor, this.fitted.scale));
  }

  pan(dx: number, dy: number): void {
    this.place({ ...this.placement, x: this.placement.x + dx, y: this.placement.y + dy });
  }

  /** The mask changed inside `area`. */
  maskChanged(area: Area): void {
    this.overlay.update(area);
    this.changed = united(this.changed, area);
    this.schedule();
  }

  /** Shows the photo as it was opened, up to `end` from the left, in pixels of the screen; null hides it. */
  showOriginal(end: number | null): void {
    const { style } = this.originals;
    const before = style.visibility;
    style.visibility = end === null ? 'hidden' : 'visible';
    const hidden = this.picture.width - ((end ?? 0) - this.placement.x) / this.placement.scale;
    style.clipPath = `inset(0 ${Math.max(0, hidden)}px 0 0)`;
    if (style.visibility !== before) this.drawAll(); // it may need details
  }

  /** The circle of the brush: `size` picture pixels wide about a picture point; null hides it. */
  showCursor(point: Point | null, size: number): void {
    this.cursor.hidden = point === null;
    if (!point) return;
    const { x, y } = toScreen(this.placement, point);
    const width = Math.max(3, size * this.placement.scale);
    this.cursor.style.width = this.cursor.style.height = `${width}px`;
    this.cursor.style.transform = `translate(${x - width / 2}px, ${y - width / 2}px)`;
  }

  get pictureSize(): Size {
    return this.picture;
  }

  /** Moves the photo so that a picture point is well inside the viewport. */
  reveal(point: Point): void {
    const { x, y } = toScreen(this.placement, point);
    const into = (at: number, length: number) => Math.min(length - kReveal, Math.max(kReveal, at)) - at;
    const [dx, dy] = [into(x, this.size.width), into(y, this.size.height)];
    if (!this.atFit && (dx !== 0 || dy !== 0)) this.pan(dx, dy);
  }

  /** The middle of the visible part, as a picture point. */
  get middle(): Point {
    const { x0, y0, x1, y1 } = this.seen;
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
  }

  /** The line of a shape that is being drawn, in picture points. */
  showOutline(points: Point[]): void {
    const path = points
      .map((point) => toScreen(this.placement, point))
      .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`)
      .join('');
    for (const outline of this.outlines) outline.setAttribute('d', path && `${path}Z`);
  }

  /** The left and right end of the photo's visible part, in CSS pixels of the viewport. */
  get visible(): { left: number; right: number } {
    const { scale, x } = this.placement;
    return { left: Math.max(0, x), right: Math.min(this.size.width, x + scale * this.picture.width) };
  }

  /** The photo's visible part. */
  private get seen(): Area {
    const from = toPicture(this.placement, { x: 0, y: 0 });
    const to = toPicture(this.placement, { x: this.size.width, y: this.size.height });
    return {
      x0: Math.max(0, Math.floor(from.x)),
      y0: Math.max(0, Math.floor(from.y)),
      x1: Math.min(this.picture.width, Math.ceil(to.x)),
      y1: Math.min(this.picture.height, Math.ceil(to.y)),
    };
  }

  private get screenMiddle(): Point {
    return { x: this.size.width / 2, y: this.size.height / 2 };
  }

  private place(placement: Placement): void {
    this.placement = held(placement, this.picture, this.size);
    this.atFit = false;
    this.drawAll();
  }

  private resize(): void {
    this.size = { width: this.element.clientWidth, height: this.element.clientHeight };
    if (this.size.width === 0) return; // not shown yet
    this.overlay.resize(this.size);
    this.fillingOverlay.resize(this.size);
    const band = Math.max(kFitMargin, Math.min(kBand, this.size.height / 7)); // in low windows messages lie elsewhere
    this.fitted = fit(this.picture, { ...this.size, height: this.size.height + kFitMargin - band }, kFitMargin);
    if (this.atFit) this.placement = this.fitted;
    this.drawAll();
  }

  private drawAll(): void {
    this.everything = true;
    this.schedule();
  }

  private schedule(): void {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const { scale, x, y } = this.placement;
    if (this.everything) {
      this.stage.style.setProperty('--scale', String(scale));
      this.stage.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
      this.stage.classList.toggle('magnified', scale >= 4);
      const { seen, density } = this;
      this.detail.look(seen, scale * devicePixelRatio, density);
      if (this.originals.style.visibility === 'visible') this.originalDetail.look(seen, scale * devicePixelRatio, density);
      this.zoomLevel.value = `${Math.round(100 * scale * devicePixelRatio)} %`;
      this.moved();
    }
    this.overlay.draw(this.placement, this.everything ? null : this.changed);
    if (this.everything) this.fillingOverlay.draw(this.placement, null);
    this.everything = false;
    this.changed = null;
  }
}

function imageOf({ url, area }: Layer): HTMLImageElement {
  const image = new Image();
  image.draggable = false;
  image.alt = '';
  image.src = url;
  placeImage(image, area);
  return image;
}
