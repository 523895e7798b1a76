// Keeps the work in the browser (IndexedDB), so that a refresh or a crash loses nothing.
// The tab opened last keeps it: an older tab of the same address writes nothing more. Each transaction checks that,
// because tabs sleep, and only pages on https:// and localhost have locks.

import type { Area, MaskChange } from './mask';
import type { Step } from './timeline';
import type { Photo, Picture, RunningFill, Work, WorkState } from './work';

const kVersion = 2;
const kStores = ['works', 'pictures', 'steps', 'tab'] as const;
/** The key in the store `tab` of the id of the tab that keeps the work. */
const kKeeper = 'keeper';

type Stores = Record<(typeof kStores)[number], IDBObjectStore>;

/** Why work is not kept, as a text's key. */
export type Failure = 'notKept' | 'keptElsewhere';

class NewerTab extends Error {}

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

export interface Restored {
  /** In the order of their opening. */
  works: RestoredWork[];
  /** The names of the photos of which a part is lost. They are not kept any longer. */
  damaged: string[];
}

export class Kept {
  private readonly tab = crypto.getRandomValues(new Uint32Array(2)).join('-');
  /** The written parts of a work: keys of the stores `pictures` and `steps`. */
  private readonly written = new Map<string, Set<string>>();
  /** The works to write, or to erase if they are closed. */
  private readonly waiting = new Set<Work>();
  private readonly closed = new WeakSet<Work>();
  private busy = false;
  private failure: Failure | null = null;

  /** `database` is null if the browser has no storage. `report` is called when a write fails that succeeded before. */
  private constructor(
    private readonly database: IDBDatabase | null,
    private readonly report: (failure: Failure) => void,
  ) {}

  static async open(report: (failure: Failure) => void): Promise<Kept> {
    try {
      const request = indexedDB.open('lama', kVersion);
      request.onupgradeneeded = () => {
        const { result } = request;
        for (const store of kStores) if (!result.objectStoreNames.contains(store)) result.createObjectStore(store);
      };
      const database = await done(request);
      database.onversionchange = () => database.close(); // a newer page, which would wait for this one
      const kept = new Kept(database, report);
      await kept.take();
      return kept;
    } catch {
      return new Kept(null, report); // browsers may refuse, as in private windows
    }
  }

  /** Whether all work is kept. */
  get settled(): boolean {
    return this.database !== null && !this.busy && this.waiting.size === 0;
  }

  /** The works of an earlier visit. */
  async restore(): Promise<Restored> {
    const restored: Restored = { works: [], damaged: [] };
    if (!this.database) return restored;
    const works = (await done(this.stores('readonly').works.getAll())) as KeptWork[];
    works.sort((a, b) => a.photo.opened - b.photo.opened);
    for (const work of works) {
      try {
        restored.works.push(await this.restoreWork(work));
      } catch {
        restored.damaged.push(work.photo.name);
        await this.erase(work.photo.id).catch(() => undefined); // the next visit tries it again
      }
    }
    return restored;
  }

  private async restoreWork({ photo, current, saved, mask, fill, ...work }: KeptWork): Promise<RestoredWork> {
    const { id } = photo;
    const stores = this.stores('readonly');
    const written = new Set<string>();
    const find = async (store: IDBObjectStore, key: string): Promise<unknown> => {
      const value: unknown = await done(store.get(key));
      if (value !== undefined) written.add(key);
      return value ?? null;
    };
    const get = async (store: IDBObjectStore, key: string): Promise<unknown> => {
      const value = await find(store, key);
      if (value === null) throw new Error(`${key} is missing`);
      return value;
    };
    const steps = (serials: number[]) => Promise.all(serials.map((serial) => get(stores.steps, stepKey(id, serial)) as Promise<Step>));
    const picture = async ({ image, job, parent, area }: KeptWork['pictures'][number], place: number): Promise<Picture> => {
      const file = (await find(stores.pictures, fileKey(id, place))) as Blob | null;
      const blob = (await get(stores.pictures, layerKey(id, place))) as Blob;
      return { file, image, job, parent, layer: { blob, url: URL.createObjectURL(blob), area } };
    };
    const [past, future, pictures] = await Promise.all([steps(work.past), steps(work.future), Promise.all(work.pictures.map(picture))]);
    this.written.set(id, written);
    return { photo, state: { pictures, current, saved, past, future, mask, fill } };
  }

  /** Call it after a change of this work, which is then written soon. */
  changed(work: Work): void {
    this.waiting.add(work);
    if (!this.busy) void this.write();
  }

  /** This work is closed. */
  remove(work: Work): void {
    this.closed.add(work);
    this.changed(work);
  }

  private async write(): Promise<void> {
    this.busy = true;
    document.body.classList.add('keeping');
    // Strokes in quick succession are written together.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const failed: Work[] = [];
    let failure: Failure | null = null;
    for (let work = this.next; work; work = this.next) {
      this.waiting.delete(work);
      try {
        if (this.closed.has(work)) await this.erase(work.photo.id);
        else await this.writeWork(work);
      } catch (error) {
        failed.push(work);
        failure = error instanceof NewerTab ? 'keptElsewhere' : 'notKept';
      }
    }
    for (const work of failed) this.waiting.add(work); // the next change tries again
    if (failure && failure !== this.failure) this.report(failure);
    this.failure = failure;
    this.busy = false;
    document.body.classList.remove('keeping');
  }

  /** The work to write next. Closed ones first: they make room. */
  private get next(): Work | undefined {
    const works = [...this.waiting];
    return works.find((work) => this.closed.has(work)) ?? works[0];
  }

  private async writeWork(work: Work): Promise<void> {
    if (!this.database) return;
    const { photo, pictures, saved, timeline } = work;
    const { id } = photo;
    const before = this.written.get(id) ?? new Set();
    const now = new Set<string>();
    const stores = await this.ownStores();
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

  private async erase(id: string): Promise<void> {
    if (!this.database) return;
    const stores = await this.ownStores();
    stores.works.delete(id);
    const parts = IDBKeyRange.bound(`${id}/`, `${id}0`); // 0 follows /
    stores.pictures.delete(parts);
    stores.steps.delete(parts);
    await complete(stores.works.transaction);
    this.written.delete(id);
  }

  /** From now on this tab keeps the work. */
  private async take(): Promise<void> {
    const { tab } = this.stores('readwrite');
    tab.put(this.tab, kKeeper);
    await complete(tab.transaction);
  }

  /** To write. Throws NewerTab if another tab keeps the work now. */
  private async ownStores(): Promise<Stores> {
    const stores = this.stores('readwrite');
    if ((await done(stores.tab.get(kKeeper))) !== this.tab) throw new NewerTab();
    return stores;
  }

  private stores(mode: IDBTransactionMode): Stores {
    const transaction = this.database!.transaction(kStores, mode);
    return Object.fromEntries(kStores.map((store) => [store, transaction.objectStore(store)])) as Stores;
  }
}

const fileKey = (work: string, place: number) => `${work}/file/${place}`;
const layerKey = (work: string, place: number) => `${work}/layer/${place}`;
const stepKey = (work: string, serial: number) => `${work}/step/${serial}`;

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
