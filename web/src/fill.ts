// One fill, from the mask to the job's end.

import * as api from './api';
import { insist } from './insist';
import type { Mask } from './mask';
import { maskPng } from './mask_png';

export interface FillListener {
  /** Called at every change. */
  changed(job: api.Job): void;
  /** The connection is lost, and tried again. */
  lost(): void;
}

/** Fills the hole in `image`. Aborting cancels the job. Throws ApiError and AbortError. */
export async function fill(image: string, mask: Mask, options: api.FillOptions, listener: FillListener, signal: AbortSignal): Promise<api.Job> {
  const job = await api.startJob(image, await maskPng(mask), options);
  listener.changed(job);
  return follow(job.id, listener, signal);
}

/** The same for a job that runs already. */
export async function follow(id: string, listener: FillListener, signal: AbortSignal): Promise<api.Job> {
  const cancel = () => void api.cancelJob(id).catch(() => undefined); // it may have just ended
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    const job = await insist(() => ended(id, listener, signal), () => listener.lost(), signal);
    if (job.state === 'failed') throw new api.ApiError(job.error?.code ?? 'failed', job.error?.message ?? '');
    if (job.state === 'cancelled' && !signal.aborted) throw new api.ApiError('cancelled', ''); // a server that ends does so
    return job;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** The job at its end. */
async function ended(id: string, listener: FillListener, signal: AbortSignal): Promise<api.Job> {
  for await (const job of api.jobEvents(id, signal)) {
    listener.changed(job);
    if (['done', 'failed', 'cancelled'].includes(job.state)) return job;
  }
  throw new api.ApiError('unreachable', 'the events ended before the job');
}
