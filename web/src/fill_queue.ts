// The fills of all photos, one after another.

import { isAbort, type Job } from './api';
import { fill, follow, type FillListener } from './fill';
import { insist } from './insist';
import { announce, showEnd, showError, showNote } from './messages';
import { hideProgress, showJob, showProgress } from './progress';
import { fetchLayer, newLayerOf, type ServerPictures } from './server_pictures';
import { fillOptions } from './settings';
import { text } from './texts';
import type { Picture, Work } from './work';

export interface FillQueueListener {
  /** The photo's turn has come: its mask is about to be taken. */
  begins(work: Work): void;
  /** A fill of the photo has begun or ended. */
  changed(work: Work): void;
  /** No fill is left. */
  ended(): void;
  /** Names the photo for a message, where it could be another. */
  about(work: Work): { photo?: string };
}

export class FillQueue {
  private running: { work: Work; abort: AbortController } | null = null;
  /** The works to fill after that. */
  private readonly next = new Set<Work>();

  constructor(
    private readonly pictures: ServerPictures,
    private readonly listener: FillQueueListener,
  ) {}

  isRunning(work: Work): boolean {
    return this.running?.work === work;
  }

  /** Whether a fill of it waits for its turn. */
  isWaiting(work: Work): boolean {
    return this.next.has(work);
  }

  /** Fills the photo's mask, after the running fill if there is one: then returns false. */
  add(work: Work): boolean {
    this.next.add(work);
    if (this.running) return false;
    void this.fillAll();
    return true;
  }

  remove(work: Work): void {
    this.next.delete(work);
  }

  /** Cancels the running fill, and the orders behind it. */
  cancel(): void {
    if (!this.running) return;
    this.running.abort.abort();
    showProgress(text('cancelling'), null);
  }

  private async fillAll(): Promise<void> {
    document.body.classList.add('filling');
    try {
      for (let [work] = this.next; work; [work] = this.next) {
        this.next.delete(work);
        this.listener.begins(work);
        if (work.filling || work.mask.count > 0) await this.fillNext(work);
      }
    } finally {
      document.body.classList.remove('filling');
      hideProgress();
      this.listener.ended();
    }
  }

  private async fillNext(work: Work): Promise<void> {
    const abort = new AbortController();
    const { signal } = abort;
    this.running = { work, abort };
    const parent = work.currentPlace;
    const restored = work.job;
    const mask = work.filling ?? work.beginFill();
    showProgress(text('sending'), null);
    announce(text('sending'));
    this.listener.changed(work);
    const about = () => this.listener.about(work);
    let picture: Picture | null = null;
    try {
      const listener: FillListener = {
        changed: (state) => {
          work.fillStarted(state.id);
          if (!signal.aborted) showJob(state);
        },
        lost: () => showProgress(text('reconnecting'), null),
      };
      const job =
        restored === null
          ? await this.pictures.use(work, work.current, (image) => fill(image, mask, fillOptions(), listener, signal), { signal, report: (sent) => showProgress(text('sendingPhoto'), sent) })
          : await follow(restored, listener, signal);
      if (job.state === 'cancelled') {
        showNote('cancelled', about());
      } else {
        showProgress(text('preparing'), 1);
        const { image, replaced } = job.result!;
        const area = newLayerOf(work, parent, replaced);
        const layer = await insist(() => fetchLayer(image, area, signal), listener.lost, signal);
        picture = { file: null, image, job: job.id, parent, layer };
        if (isHard(job)) showEnd('hardHole', about());
        else showEnd('done', { seconds: job.seconds.toFixed(1), ...about() });
      }
    } catch (error) {
      if (isAbort(error)) showNote('cancelled', about());
      else showError('fillFailed', error, about());
    }
    this.running = null;
    if (picture) {
      work.filled(picture);
      void this.pictures.fetchFile(work, picture);
    } else {
      work.abandonFill();
      this.next.delete(work);
      // Cancelling takes back the orders too, but no fill that the server works at.
      if (signal.aborted) for (const other of this.next) if (!other.filling) this.next.delete(other);
    }
    this.listener.changed(work);
  }
}

/** Whether the server says that a better model would fill this better: by the command that fetches one. */
function isHard({ result }: Job): boolean {
  return result?.notes.some((note) => note.includes('lama models pull')) ?? false;
}
