// One fill, from the mask to the job's end.

import * as api from './api';
import type { Mask } from './mask';
import { maskPng } from './mask_png';

const kRetryMilliseconds = 1000;

/** Fills the hole in `image` and calls `report` at every change. Aborting cancels the job. Throws ApiError. */
export async function fill(
  image: string,
  mask: Mask,
  options: api.FillOptions,
  report: (job: api.Job) => void,
  signal: AbortSignal,
): Promise<api.Job> {
  return follow(await api.startJob(image, await maskPng(mask), options), report, signal);
}

/** The same for a job that runs already. */
export async function follow(job: api.Job, report: (job: api.Job) => void, signal: AbortSignal): Promise<api.Job> {
  const cancel = () => void api.cancelJob(job.id).catch(() => undefined); // it may have just ended
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    report(job);
    while (!ended(job)) {
      try {
        for await (const state of api.jobEvents(job.id)) {
          job = state;
          report(job);
        }
      } catch (error) {
        if (error instanceof api.ApiError) throw error;
        // else the stream broke off: see below
      }
      if (ended(job)) break;
      // The connection ended before the job did.
      await new Promise((resolve) => setTimeout(resolve, kRetryMilliseconds));
      job = await api.job(job.id);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  if (job.state === 'failed') throw new api.ApiError(job.error?.code ?? 'failed', job.error?.message ?? '');
  return job;
}

function ended(job: api.Job): boolean {
  return job.state === 'done' || job.state === 'failed' || job.state === 'cancelled';
}
