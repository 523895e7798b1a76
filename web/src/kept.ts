// Keeps the work in the browser (IndexedDB), so that a refresh or a crash loses nothing.
// One tab keeps it; a second tab of the same address works without storage.

import type { Area, MaskChange } from './mask';
import type { Step } from './timeline';
import type { Photo, Picture, RunningFill, Work, WorkState } from './work';

const kLock = 'lama-work';
/** How long a closing tab may still hold the lock. */
const kLockMilliseconds = 1500;
const kStores = ['works', 'pictures', 'steps'] as const;

interface KeptWork {
  photo: Photo;
  current: number;
  saved: boolean;
  past: number[];
  future: number[];
  mask: MaskChange | null;
  fill: RunningFill | null;
  pictures: { image: string | null; job: string | null; parent: number | null; area: Area }[];
}

export interface RestoredWork {
  photo: Photo;
  state: WorkState;
}

export class Kept {
  /** The written parts of a work: keys of the stores `pictures` and `steps`. */
  private readonly written = new Map<string, Set<string>>();
  private readonly waiting = new Set<Work>();
  private readonly closed = new Set<Work>();
  private busy = false;
  private failed = false;

  /** `database` is null if the browser has no storage. `report` is called after a failed write. */
  private constructor(
    private readonly database: IDBDatabase | null,
    private readonly report: () => void,
  ) {}

  static async open(report: () => void): Promise<Kept> {
    try {
      if (!(await lock())) return new Kept(null, report);
      const request = indexedDB.open('lama', 1);
      request.onupgradeneeded = () => kStores.forEach((store) => request.result.createObjectStore(store));
      return new Kept(await done(request), report);
    } catch {
      return new Kept(null, report); // browsers may refuse, as in private windows
    }
  }

  /** Whether all work is kept. */
  get settled(): boolean {
    return this.database !== null && !this.failed && !this.busy && this.waiting.size === 0;
  }

  /** The works of an earlier visit, in the order of their opening. */
  async restore(): Promise<RestoredWork[]> {
    if (!this.database) return [];
    const stores = this.stores('readonly');
    const works = (await done(stores.works.getAll())) as KeptWork[];
    works.sort((a, b) => a.photo.opened - b.photo.opened);
    return Promise.all(
      works.map(async (work) => {
        const { id } = work.photo;
        const written = new Set<string>();
        this.written.set(id, written);
        const get = async (store: IDBObjectStore, key: string) => {
          const value = await done(store.get(key));
          if (value !== undefined) written.add(key);
          return value ?? null;
        };
        const steps = (serials: number[]) =>
          Promise.all(serials.map(async (serial) => (await get(stores.steps, stepKey(id, serial))) as Step));
        const [past, future, pictures] = await Promise.all([
          steps(work.past),
          steps(work.future),
          Promise.all(
            work.pictures.map(async ({ image, job, parent, area }, place): Promise<Picture> => {
              const file = (await get(stores.pictures, fileKey(id, place))) as Blob | null;
              const blob = (await get(stores.pictures, layerKey(id, place))) as Blob;
              return { file, image, job, parent, layer: { blob, url: URL.createObjectURL(blob), area } };
            }),
          ),
        ]);
        const { photo, current, saved, mask, fill } = work;
        return { photo, state: { pictures, current, saved, past, future, mask, fill: fill ?? null } };
      }),
    );
  }

  /** Call it after a change of this work, which is then written soon. */
  changed(work: Work): void {
    this.waiting.add(work);
    if (!this.busy) void this.write();
  }

  /** This work is closed. */
  remove(work: Work): void {
    this.waiting.delete(work);
    this.closed.add(work);
    if (!this.busy) void this.write();
  }

  private async write(): Promise<void> {
    this.busy = true;
    document.body.classList.add('keeping');
    try {
      // Strokes in quick succession are written together.
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (let [work] = this.waiting; work; [work] = this.waiting) {
        this.waiting.delete(work);
        await this.writeWork(work);
      }
      for (let [work] = this.closed; work; [work] = this.closed) {
        this.closed.delete(work);
        await this.removeWork(work);
      }
      if (this.database) this.failed = false;
    } catch {
      if (!this.failed) this.report();
      this.failed = true;
    } finally {
      this.busy = false;
      document.body.classList.remove('keeping');
    }
  }

  private async writeWork(work: Work): Promise<void> {
    if (!this.database) return;
    const { photo, pictures, saved, timeline } = work;
    const { id } = photo;
    const before = this.written.get(id) ?? new Set();
    const now = new Set<string>();
    const stores = this.stores('readwrite');
    const put = (store: IDBObjectStore, key: string, value: unknown) => {
      now.add(key);
      if (!before.has(key)) store.put(value, key);
    };
    pictures.forEach(({ file, layer }, place) => {
      if (file) put(stores.pictures, fileKey(id, place), file);
      put(stores.pictures, layerKey(id, place), layer.blob);
    });
    const { past, future } = timeline;
    for (const step of [...past, ...future]) put(stores.steps, stepKey(id, step.serial), step);
    for (const key of before) if (!now.has(key)) stores.steps.delete(key);
    const serials = (steps: Step[]) => steps.map(({ serial }) => serial);
    const kept: KeptWork = {
      photo,
      current: work.currentPlace,
      saved,
      past: serials(past),
      future: serials(future),
      ...work.keptMask(),
      pictures: pictures.map(({ image, job, parent, layer }) => ({ image, job, parent, area: layer.area })),
    };
    stores.works.put(kept, id);
    await complete(stores.works.transaction);
    this.written.set(id, now);
    await this.takeBack(pictures, (place) => now.has(fileKey(id, place)) && !before.has(fileKey(id, place)), id);
  }

  /** Exchanges the files of pictures for the written ones, which take no memory. */
  private async takeBack(pictures: Picture[], written: (place: number) => boolean, id: string): Promise<void> {
    const stores = this.stores('readonly');
    const take = async (picture: Picture, place: number) => {
      picture.file = ((await done(stores.pictures.get(fileKey(id, place)))) as Blob | undefined) ?? picture.file;
    };
    await Promise.all(pictures.map((picture, place) => (written(place) ? take(picture, place) : undefined)));
  }

  private async removeWork({ photo: { id } }: Work): Promise<void> {
    if (!this.database) return;
    const stores = this.stores('readwrite');
    stores.works.delete(id);
    for (const key of this.written.get(id) ?? []) {
      stores.pictures.delete(key);
      stores.steps.delete(key);
    }
    await complete(stores.works.transaction);
    this.written.delete(id);
  }

  private stores(mode: IDBTransactionMode): Record<(typeof kStores)[number], IDBObjectStore> {
    const transaction = this.database!.transaction(kStores, mode);
    return {
      works: transaction.objectStore('works'),
      pictures: transaction.objectStore('pictures'),
      steps: transaction.objectStore('steps'),
    };
  }
}

const fileKey = (work: string, place: number) => `${work}/file/${place}`;
const layerKey = (work: string, place: number) => `${work}/layer/${place}`;
const stepKey = (work: string, serial: number) => `${work}/step/${serial}`;

/** Whether this tab may keep the work. It holds the lock until it is left. */
function lock(): Promise<boolean> {
  if (!('locks' in navigator)) return Promise.resolve(true); // not on plain http:// of other machines
  return new Promise((resolve) => {
    navigator.locks
      .request(kLock, { signal: AbortSignal.timeout(kLockMilliseconds) }, () => {
        resolve(true);
        return new Promise(() => undefined);
      })
      .catch(() => resolve(false));
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'));
  });
}

function complete(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('IndexedDB'));
  });
}
