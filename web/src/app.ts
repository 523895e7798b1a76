// What the user can do: the actions behind buttons and keys, and the state they share.

import * as api from './api';
import { Compare } from './compare';
import { positionOf, sizeAt, toPicture, type Point } from './coordinates';
import { byId, save } from './elements';
import { fill } from './fill';
import { Gestures } from './gestures';
import type { Mask } from './mask';
import { loadMask } from './mask_file';
import { maskPng } from './mask_png';
import { clearErrors, showError, showNote } from './messages';
import { grow, shrink } from './morphology';
import { fillOptions, fillsOnRelease } from './settings';
import { showStrip } from './strip';
import { text } from './texts';
import { Tools } from './tools';
import { View } from './view';
import { Work, type Picture } from './work';

/** The longer side of what is shown. Phones have smaller screens, and less memory. */
const kLongestPreview = matchMedia('(pointer: coarse)').matches ? 2560 : 4096;
const kThumbnail = 192;
/** Grow and shrink change the mask by this share of the photo's longer side. */
const kGrowth = 1 / 400;

export class App {
  private work: Work | null = null;
  private running: AbortController | null = null;
  private opening = false;
  /** What the server takes, in bytes. It would say so itself, but by hanging up, which says less. */
  largestFile = Infinity;
  private hover: Point | null = null;

  private readonly view: View = new View(() => {
    this.compare.update();
    this.showCursor();
  });
  private readonly compare = new Compare(this.view);
  readonly tools = new Tools({
    drawn: (area) => this.view.maskChanged(area),
    outlined: (points) => this.view.showOutline(points),
    finished: (tool) => {
      const changed = this.work?.commitMask() ?? false;
      if (changed && tool !== 'eraser' && fillsOnRelease()) void this.fill();
    },
    chosen: () => this.showTool(),
  });
  private readonly gestures = new Gestures(this.view, this.tools, {
    canDraw: () => this.work !== null && this.running === null,
    hovered: (point) => {
      this.hover = point;
      this.showCursor();
    },
  });

  /** Opens a photo, in the place of the one before. */
  async open(photo: Blob, name: string): Promise<void> {
    if (this.opening) return;
    if (this.running) return showNote(text('stillFilling'));
    if (photo.size > this.largestFile) {
      const message = `${name}: ${megabytes(photo.size)} > ${megabytes(this.largestFile)}`;
      return showError('openFailed', new api.ApiError('too_large', message));
    }
    if (this.work && !this.work.saved && !confirm(text('leave'))) return;
    this.opening = true;
    clearErrors();
    this.showBusy(text('opening'));
    try {
      const source = await api.upload(photo, name);
      const original = await this.fetchPicture(source.id, null);
      this.closeWork();
      const work = new Work(source, original, {
        pictureChanged: () => void this.showPicture(),
        maskChanged: (area) => this.view.maskChanged(area),
        stepsChanged: () => this.showSteps(),
      });
      this.work = work;
      document.body.classList.add('has-photo');
      byId('welcome', HTMLElement).hidden = true;
      byId('workspace', HTMLElement).hidden = false;
      this.view.open(work.mask, work.mask, original.preview);
      this.tools.open(work.mask);
      this.compare.reset();
      this.showSteps();
      await this.showPicture();
      this.view.element.focus();
    } catch (error) {
      showError('openFailed', error);
    } finally {
      this.opening = false;
      this.showBusy(null);
    }
  }

  async fill(): Promise<void> {
    const work = this.work;
    if (!work || this.running || this.tools.drawing) return;
    if (work.mask.count === 0) return showNote(text('nothingPainted'));
    clearErrors();
    this.running = new AbortController();
    const { signal } = this.running;
    this.showProgress(text('sending'), null);
    document.body.classList.add('filling');
    try {
      const job = await fill(
        work.current.image,
        work.mask,
        fillOptions(),
        (state) => {
          if (!signal.aborted) this.showJob(state);
        },
        signal,
      );
      if (job.state === 'cancelled') return showNote(text('cancelled'));
      this.showProgress(text('preparing'), 1);
      const picture = await this.fetchPicture(job.result!.image, job.id);
      work.filled(picture);
      showNote(text('done', { seconds: job.seconds.toFixed(1), model: job.result!.model }));
    } catch (error) {
      showError('fillFailed', error);
    } finally {
      this.running = null;
      document.body.classList.remove('filling');
      byId('progress', HTMLElement).hidden = true;
      byId('fill', HTMLElement).hidden = false;
      this.showSteps();
    }
  }

  /** Cancels the shape being drawn, else the fill. */
  cancel(): void {
    if (this.tools.drawing) return this.tools.abort();
    if (!this.running) return;
    this.running.abort();
    this.showProgress(text('cancelling'), null);
  }

  undo(): void {
    if (!this.running && !this.tools.drawing) this.work?.undo();
  }

  redo(): void {
    if (!this.running && !this.tools.drawing) this.work?.redo();
  }

  growMask(): void {
    this.changeMask((mask) => grow(mask, growth(mask)));
  }

  shrinkMask(): void {
    this.changeMask((mask) => shrink(mask, growth(mask)));
  }

  invertMask(): void {
    this.changeMask((mask) => mask.invert());
  }

  clearMask(): void {
    this.changeMask((mask) => mask.clear());
  }

  async loadMask(file: Blob): Promise<void> {
    const work = this.work;
    if (!work || this.running) return;
    try {
      await loadMask(file, work.mask);
      work.commitMask();
    } catch (error) {
      showError('maskFailed', error);
    }
  }

  async saveMask(): Promise<void> {
    if (this.work) save(await maskPng(this.work.mask), `${stem(this.work.source.name)}_mask.png`);
  }

  async download(): Promise<void> {
    const work = this.work;
    if (!work) return;
    try {
      const file = await api.file(work.current.image);
      save(file, work.current.job ? filledName(work.source.name) : work.source.name);
      if (work.current === work.pictures.at(-1)) work.saved = true;
    } catch (error) {
      showError('downloadFailed', error);
    }
  }

  async copy(): Promise<void> {
    const work = this.work;
    if (!work) return;
    if (!isSecureContext) return showError('copyFailed', new Error(text('copyInsecure')));
    showNote(text('copying'));
    try {
      const { width, height } = work.source;
      // The promise itself is given: Safari allows the clipboard only right after the click.
      const png = api.preview(work.current.image, Math.max(width, height), 'png');
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
      showNote(text('copied'));
    } catch (error) {
      showError('copyFailed', error);
    }
  }

  async showRemoved(): Promise<void> {
    const job = this.work?.current.job;
    if (!this.work || !job) return;
    try {
      const cutOut = await api.removed(job);
      const image = byId('removed-image', HTMLImageElement);
      URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(cutOut);
      const name = `${stem(this.work.source.name)}_removed.png`;
      byId('removed-save', HTMLButtonElement).onclick = () => save(cutOut, name);
      byId('removed-dialog', HTMLDialogElement).showModal();
    } catch (error) {
      showError('removedFailed', error);
    }
  }

  toggleDivider(): void {
    if (this.work) this.compare.toggle();
  }

  holdOriginal(held: boolean): void {
    if (this.work) this.compare.hold(held);
  }

  holdSpace(held: boolean): void {
    if (this.work) this.gestures.holdSpace(held);
  }

  zoom(factor: number): void {
    this.view.zoom(null, factor);
  }

  zoomToFit(): void {
    this.view.fit();
  }

  zoomToActualSize(): void {
    this.view.actualSize();
  }

  /** Sets the brush by the slider, 0 to 1. */
  slideSize(position: number): void {
    this.tools.size = sizeAt(position, this.tools.largestSize);
    this.view.showCursor(this.view.middle, this.tools.size);
  }

  endSlide(): void {
    this.showCursor();
  }

  /** The page has another language. */
  translate(): void {
    if (this.work) this.showSteps();
  }

  get hasPhoto(): boolean {
    return this.work !== null;
  }

  get hasUnsaved(): boolean {
    return this.work !== null && !this.work.saved;
  }

  private changeMask(change: (mask: Mask) => void): void {
    if (!this.work || this.running || this.tools.drawing) return;
    change(this.work.mask);
    this.work.commitMask();
  }

  private async fetchPicture(image: string, job: string | null): Promise<Picture> {
    const [preview, thumbnail] = await Promise.all([api.preview(image, kLongestPreview), api.preview(image, kThumbnail)]);
    return { image, job, preview: URL.createObjectURL(preview), thumbnail: URL.createObjectURL(thumbnail) };
  }

  private closeWork(): void {
    if (!this.work) return;
    this.work.close();
    for (const { image } of this.work.pictures) void api.deleteImage(image).catch(() => undefined); // it expires anyway
    this.work = null;
  }

  private async showPicture(): Promise<void> {
    const work = this.work;
    if (!work) return;
    byId('removed', HTMLButtonElement).disabled = work.current.job === null;
    await this.view.show(work.current.preview).catch((error: unknown) => showError('openFailed', error));
  }

  private showSteps(): void {
    const { work } = this;
    if (!work) return;
    byId('undo', HTMLButtonElement).disabled = !work.canUndo || this.running !== null;
    byId('redo', HTMLButtonElement).disabled = !work.canRedo || this.running !== null;
    showStrip(work, (picture) => {
      if (!this.running) work.goTo(picture);
    });
  }

  private showTool(): void {
    for (const button of document.querySelectorAll<HTMLElement>('[data-tool]')) {
      const chosen = button.dataset['tool'] === this.tools.tool;
      button.setAttribute('aria-checked', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    const size = byId('size', HTMLInputElement);
    size.disabled = !this.tools.hasSize;
    size.value = String(positionOf(this.tools.size, this.tools.largestSize));
    size.setAttribute('aria-valuetext', `${this.tools.size} px`);
    byId('size-value', HTMLOutputElement).value = `${this.tools.size} px`;
    this.view.element.dataset['cursor'] = this.tools.tool;
    this.showCursor();
  }

  private showCursor(): void {
    const shown = this.hover !== null && this.tools.hasSize && !this.running;
    this.view.showCursor(shown ? toPicture(this.view.placement, this.hover!) : null, this.tools.size);
  }

  private showJob(job: api.Job): void {
    if (job.state === 'queued') {
      this.showProgress(job.position > 0 ? text('queued', { ahead: job.position }) : text('next'), null);
    } else {
      this.showProgress(text('running', { percent: Math.round(100 * job.progress) }), job.progress);
    }
  }

  /** A share from 0 to 1, or null while nobody knows. */
  private showProgress(message: string, share: number | null): void {
    byId('fill', HTMLElement).hidden = true;
    byId('progress', HTMLElement).hidden = false;
    byId('progress-text', HTMLElement).textContent = message;
    const bar = byId('progress-bar', HTMLProgressElement);
    if (share === null) bar.removeAttribute('value');
    else bar.value = share;
    byId('undo', HTMLButtonElement).disabled = true;
    byId('redo', HTMLButtonElement).disabled = true;
    this.showCursor();
  }

  private showBusy(message: string | null): void {
    byId('busy', HTMLElement).hidden = message === null;
    byId('busy-text', HTMLElement).textContent = message ?? '';
  }
}

function growth(mask: Mask): number {
  return Math.max(1, Math.round(kGrowth * Math.max(mask.width, mask.height)));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, '');
}

function filledName(name: string): string {
  return `${stem(name)}_filled${name.slice(stem(name).length)}`;
}
