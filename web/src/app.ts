// The user's actions behind buttons and keys, and the state they share.

import * as api from './api';
import { Compare } from './compare';
import type { Source } from './detail';
import { positionOf, sizeAt, toPicture, type Point } from './coordinates';
import { byId, save } from './elements';
import { FillQueue } from './fill_queue';
import { Gestures } from './gestures';
import { Kept } from './kept';
import { Mask, type Area } from './mask';
import { loadMask } from './mask_file';
import { maskPng } from './mask_png';
import { announce, clearMessage, Reason, shortName, showError, showNote, showWarning, showWork, translateMessage } from './messages';
import { grow, shrink } from './morphology';
import { fetchLayer, ServerPictures } from './server_pictures';
import { fillsOnRelease } from './settings';
import { PaintKeys } from './paint_keys';
import { hideBusy, showBusy } from './progress';
import { showStrip } from './strip';
import { text } from './texts';
import { Tools, type Hint, type Tool } from './tools';
import { showTray } from './tray';
import { View } from './view';
import { Work, type Photo, type Picture, type WorkState } from './work';

/** The width of a scribble on the screen, in CSS pixels, and its smallest on the photo. */
const kScribble = 20;
const kSmallestScribble = 3;
/** Grow and shrink change the mask by this share of the photo's longer side. */
const kGrowth = 1 / 400;

export class App {
  /** The open photos, in the order of their opening. */
  private works: Work[] = [];
  private work: Work | null = null;
  /** Photos are opened one after another: how many wait, and what cancels them all. */
  private opening = 0;
  private openingAbort = new AbortController();
  private lastOpened: Promise<void> = Promise.resolve();
  private readonly kept: Promise<Kept>;
  private keeps: Kept | null = null;
  /** The server's limit for a file, in bytes. Beyond it the server closes the connection without a message. */
  largestFile = Infinity;
  /** The user ordered a fill while the server looks for the object. */
  private fillsSelected = false;
  private hover: Point | null = null;
  /** The cursor that keys move. */
  private keyPoint: Point | null = null;

  private readonly pictures = new ServerPictures((work) => this.keep(work));
  private readonly fills = new FillQueue(this.pictures, {
    begins: (work) => {
      if (work === this.work && this.tools.selecting) this.tools.takeBack(); // a scribble is no part of the mask
    },
    changed: (work) => this.showFilling(work),
    ended: () => this.showWorks(),
    about: (work) => this.about(work),
  });
  private readonly view: View = new View(() => {
    this.compare.update();
    this.showCursor();
  });
  private readonly compare = new Compare(this.view);
  readonly tools = new Tools({
    drawn: (area) => this.view.maskChanged(area),
    outlined: (points) => this.view.showOutline(points),
    object: (hint) => this.select(hint),
    finished: (tool) => {
      const changed = this.work?.commitMask() ?? false;
      const ordered = (tool === 'select' && this.fillsSelected) || (tool !== 'eraser' && fillsOnRelease());
      this.fillsSelected = false;
      if (tool === 'select') showNote('selected');
      if (changed && ordered) this.fill();
    },
    chosen: () => this.showTool(),
    scribbleWidth: () => Math.max(kSmallestScribble, kScribble / this.view.placement.scale),
  });
  private readonly gestures = new Gestures(this.view, this.tools, {
    canDraw: () => this.work !== null,
    hovered: (point) => {
      this.hover = point;
      this.showCursor();
    },
  });

  private readonly paintKeys = new PaintKeys(this.view, this.tools, (point) => {
    this.keyPoint = point;
    this.showCursor();
  });

  constructor() {
    this.kept = Kept.open(showWarning);
  }

  /** Shows the photos of an earlier visit in their last state. */
  async restore(): Promise<void> {
    this.keeps = await this.kept;
    const restored = await this.keeps.restore().catch(() => null);
    if (!restored) return showWarning('notKept');
    const { works, damaged } = restored;
    if (damaged.length > 0) showError('restoreFailed', new Reason('keptDamaged'), { name: damaged.map(shortName).join(', ') });
    if (works.length === 0) return;
    const before = this.works; // opened meanwhile
    this.works = works.map(({ photo, state }) => this.workOf(photo, state)).concat(before);
    for (const work of this.works) {
      for (const picture of work.pictures) if (!picture.file) void this.pictures.fetchFile(work, picture);
    }
    if (before.length === 0) await this.show(this.works.at(-1)!);
    else this.showWorks();
    for (const work of this.works) if (work.filling) this.fills.add(work);
  }

  /** Opens another photo, with the mask of an object to remove if there is one. */
  open(photo: Blob, name: string, mask?: Blob): Promise<void> {
    this.opening++;
    this.lastOpened = this.lastOpened.then(() => this.openNext(photo, name, mask));
    return this.lastOpened;
  }

  private async openNext(photo: Blob, name: string, mask?: Blob): Promise<void> {
    const { signal } = this.openingAbort;
    let image: string | null = null;
    try {
      if (signal.aborted) return;
      clearMessage();
      showBusy(text('opening'), null);
      announce(text('opening'));
      if (photo.size > this.largestFile) {
        throw new api.ApiError('too_large', `${name}: ${megabytes(photo.size)} > ${megabytes(this.largestFile)}`);
      }
      const report = (sent: number) => {
        if (sent < 1) showBusy(text('uploading', { percent: Math.floor(100 * sent) }), sent);
        else showBusy(text('opening'), null);
      };
      const { id, width, height } = await api.upload(photo, name, report, signal);
      image = id;
      const layer = await fetchLayer(image, { x0: 0, y0: 0, x1: width, y1: height }, signal);
      const work = this.workOf(
        { id: crypto.getRandomValues(new Uint32Array(2)).join('-'), name, size: { width, height }, opened: Date.now() },
        {
          pictures: [{ file: photo, image, job: null, parent: null, layer }],
          current: 0,
          saved: true,
          past: [],
          future: [],
          mask: null,
          fill: null,
        },
      );
      this.works.push(work);
      image = null; // the work has it
      this.keep(work);
      await this.show(work);
      this.view.element.focus();
      if (mask) {
        await loadMask(mask, work.mask);
        work.commitMask();
        showNote('suggested');
      } else {
        this.explain();
      }
    } catch (error) {
      if (image !== null) void api.deleteImage(image).catch(() => undefined); // it expires anyway
      if (api.isAbort(error)) showNote('openCancelled');
      else showError('openFailed', error, { name: shortName(name) });
    } finally {
      this.opening--;
      if (this.opening === 0) {
        this.openingAbort = new AbortController();
        hideBusy();
      }
    }
  }

  /** Opens none of the photos that are not open yet. */
  cancelOpening(): void {
    this.openingAbort.abort();
  }

  /** Closes a photo. Asks first if unsaved work would be lost. */
  close(work: Work): void {
    if (this.fills.isRunning(work)) return showNote('stillFilling', this.about(work));
    if (!work.saved && !confirm(text('closeUnsaved', { name: work.photo.name }))) return;
    const place = this.works.indexOf(work);
    this.works.splice(place, 1);
    this.fills.remove(work);
    void this.kept.then((kept) => kept.remove(work));
    if (work.job) void api.cancelJob(work.job).catch(() => undefined); // it may have ended
    for (const { image, layer } of work.pictures) {
      if (image) void api.deleteImage(image).catch(() => undefined); // it expires anyway
      URL.revokeObjectURL(layer.url);
    }
    if (work !== this.work) return this.showWorks();
    const next = this.works[Math.min(place, this.works.length - 1)];
    if (next) {
      void this.show(next);
    } else {
      this.work = null;
      document.body.classList.remove('has-photo');
      byId('welcome', HTMLElement).hidden = false;
      byId('workspace', HTMLElement).hidden = true;
      this.showWorks();
      byId('drop', HTMLButtonElement).focus();
    }
  }

  /** Fills the painted part, after the running fill if there is one. */
  fill(): void {
    const work = this.work;
    if (this.tools.selecting) this.fillsSelected = true;
    if (!work || this.tools.drawing) return;
    if (work.mask.count === 0) {
      if (!work.filling) showNote('nothingPainted');
      return;
    }
    clearMessage();
    if (this.fills.add(work)) return;
    showNote('ordered', this.about(work));
    this.showWorks();
  }

  /** Cancels the shape being drawn, else the opening of photos, else the fill. */
  cancel(): void {
    if (this.tools.drawing) return this.tools.abort();
    if (this.opening > 0) return this.cancelOpening();
    this.fills.cancel();
  }

  chooseTool(tool: Tool): void {
    this.tools.tool = tool;
    if (tool === 'select' && this.work) this.explain();
  }

  /** Selects by boxes or by scribbles. */
  chooseHint(boxes: boolean): void {
    this.tools.boxes = boxes;
    this.explain();
  }

  undo(): void {
    if (!this.tools.drawing) this.work?.undo();
  }

  redo(): void {
    if (!this.tools.drawing) this.work?.redo();
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
    if (!work) return;
    try {
      await loadMask(file, work.mask);
      work.commitMask();
    } catch (error) {
      showError('maskFailed', error, this.about(work));
    }
  }

  async saveMask(): Promise<void> {
    const work = this.work;
    if (!work) return;
    try {
      save(await maskPng(work.mask.copy()), `${stem(work.photo.name)}_mask.png`); // the user may paint meanwhile
    } catch (error) {
      showError('downloadFailed', error, this.about(work));
    }
  }

  async download(): Promise<void> {
    const work = this.work;
    if (!work) return;
    try {
      const { current, photo, pictures } = work;
      const file = current.file ?? (await this.pictures.use(work, current, api.file));
      save(file, current.parent === null ? photo.name : filledName(photo.name, file.type));
      if (current === pictures.at(-1) && !work.saved) {
        work.saved = true;
        this.keep(work);
      }
    } catch (error) {
      showError('downloadFailed', error, this.about(work));
    }
  }

  async copy(): Promise<void> {
    const work = this.work;
    if (!work) return;
    if (!isSecureContext) return showError('copyFailed', new Reason('copyInsecure'));
    showWork('copying');
    try {
      const { width, height } = work.photo.size;
      // Passes the promise itself: Safari allows the clipboard only right after the click.
      const png = this.pictures.use(work, work.current, (image) => api.preview(image, Math.max(width, height), undefined, { format: 'png' }));
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
      showNote('copied');
    } catch (error) {
      showError('copyFailed', error, this.about(work));
    }
  }

  async showRemoved(): Promise<void> {
    const { work } = this;
    const job = work?.current.job;
    if (!work || !job) return;
    try {
      const cutOut = await api.removed(job);
      const image = byId('removed-image', HTMLImageElement);
      URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(cutOut);
      const name = `${stem(work.photo.name)}_removed.png`;
      byId('removed-save', HTMLButtonElement).onclick = () => save(cutOut, name);
      byId('removed-dialog', HTMLDialogElement).showModal();
    } catch (error) {
      showError('removedFailed', error, this.about(work));
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

  /** Called after a change of language. */
  translate(): void {
    translateMessage();
    this.showWorks();
    this.showSteps();
  }

  setMaskColour(colour: string): void {
    this.view.setMaskColour(colour);
  }

  get hasPhoto(): boolean {
    return this.work !== null;
  }

  /** Whether leaving the page now would lose work. */
  get hasUnkept(): boolean {
    if (this.works.length === 0) return false;
    if (this.keeps?.settled) return this.works.some(({ pictures }) => pictures.some(({ file }) => !file));
    return this.works.some(({ saved, timeline }) => !saved || timeline.past.length > 0);
  }

  private workOf(photo: Photo, state: WorkState): Work {
    const work: Work = new Work(photo, state, {
      pictureChanged: () => {
        if (work === this.work) void this.showPicture();
      },
      maskChanged: (area: Area) => {
        if (work === this.work) this.view.maskChanged(area);
      },
      changed: () => {
        this.keep(work);
        if (work === this.work) this.showSteps();
      },
    });
    return work;
  }

  private async select(hint: Hint): Promise<Mask | null> {
    const work = this.work;
    if (!work) return null;
    showWork('selecting');
    this.fillsSelected = false;
    try {
      const sent = 'box' in hint ? hint : { scribble: await maskPng(hint.scribble) };
      const png = await this.pictures.use(work, work.current, (image) => api.select(image, sent));
      const object = new Mask(work.mask.width, work.mask.height);
      await loadMask(png, object);
      clearMessage();
      return object;
    } catch (error) {
      showError('selectFailed', error, this.about(work));
      return null;
    }
  }

  /** Names the photo that a message is about, where it could be another. */
  private about({ photo }: Work): { photo?: string } {
    return this.works.length > 1 ? { photo: shortName(photo.name) } : {};
  }

  private keep(work: Work): void {
    void this.kept.then((kept) => {
      if (this.works.includes(work)) kept.changed(work);
    });
  }

  private changeMask(change: (mask: Mask) => void): void {
    if (!this.work || this.tools.drawing) return;
    change(this.work.mask);
    this.work.commitMask();
  }

  private async show(work: Work): Promise<void> {
    this.paintKeys.leave();
    this.tools.abort();
    this.work = work;
    document.body.classList.add('has-photo');
    byId('welcome', HTMLElement).hidden = true;
    byId('workspace', HTMLElement).hidden = false;
    this.view.open(work.photo.size, work.mask, work.filling, work.pictures[0]!.layer.url);
    this.tools.open(work.mask);
    this.compare.reset();
    this.showWorks();
    this.showSteps();
    await this.showPicture();
  }

  private async showPicture(): Promise<void> {
    const work = this.work;
    if (!work) return;
    byId('removed', HTMLButtonElement).disabled = work.current.job === null;
    this.compare.pictureChanged(work.filledColumn);
    const source = (picture: Picture): Source => ({
      size: work.photo.size,
      fetch: (area, longest) => this.pictures.use(work, picture, (image) => api.preview(image, longest, area)),
    });
    this.view.detail.setSource(source(work.current));
    this.view.originalDetail.setSource(source(work.pictures[0]!));
    await this.view.show(work.layers(work.currentPlace)).catch((error: unknown) => showError('openFailed', error, { name: shortName(work.photo.name) }));
  }

  private showFilling(work: Work): void {
    if (work === this.work) this.view.setFilling(work.filling);
    this.showWorks();
    this.showSteps();
    this.showCursor();
  }

  private showWorks(): void {
    showTray(this.works, this.work, {
      fills: (work) => work.filling !== null || this.fills.isWaiting(work),
      chosen: (work) => {
        if (work !== this.work) void this.show(work);
      },
      closed: (work) => this.close(work),
    });
  }

  private showSteps(): void {
    const { work } = this;
    if (!work) return;
    byId('undo', HTMLButtonElement).disabled = !work.canUndo;
    byId('redo', HTMLButtonElement).disabled = !work.canRedo;
    showStrip(work, (place) => {
      if (!work.filling) work.goTo(place);
    });
  }

  /** A note on what to do with the tool. */
  private explain(): void {
    const { tool, boxes } = this.tools;
    showNote(tool !== 'select' ? 'nothingPainted' : boxes ? 'selectBox' : 'selectScribble');
  }

  private showTool(): void {
    for (const button of document.querySelectorAll<HTMLElement>('[data-tool]')) {
      const chosen = button.dataset['tool'] === this.tools.tool;
      button.setAttribute('aria-checked', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    const { tool, boxes, choosesSize, hasSize } = this.tools;
    byId('hints', HTMLElement).hidden = tool !== 'select';
    byId('hint-box', HTMLInputElement).checked = boxes;
    byId('hint-scribble', HTMLInputElement).checked = !boxes;
    const size = byId('size', HTMLInputElement);
    size.parentElement!.hidden = tool === 'select';
    size.disabled = !choosesSize;
    if (choosesSize) {
      size.value = String(positionOf(this.tools.size, this.tools.largestSize));
      size.setAttribute('aria-valuetext', `${this.tools.size} px`);
      byId('size-value', HTMLOutputElement).value = `${this.tools.size} px`;
    }
    this.view.element.dataset['cursor'] = hasSize ? tool : 'shape';
    this.showCursor();
  }

  private showCursor(): void {
    const point = this.keyPoint ?? (this.hover && this.tools.hasSize ? toPicture(this.view.placement, this.hover) : null);
    this.view.showCursor(point, this.tools.hasSize ? this.tools.size : 0);
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

/** The server fills photos in formats that it does not write as PNG files. */
function filledName(name: string, type: string): string {
  return `${stem(name)}_filled${type === 'image/png' ? '.png' : name.slice(stem(name).length)}`;
}
