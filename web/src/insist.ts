// Requests that outlive a lost connection: a phone that sleeps or changes its network, a server that restarts.

import { ApiError, isLost } from './api';

const kShortestWait = 1000; // in milliseconds
const kLongestWait = 8000;

/**
 * Repeats a request while the server does not answer, ever less often, and after the user gave the token that it
 * lacked. Calls `lost` before each wait. Throws all other errors, and an AbortError once `signal` is aborted.
 */
export async function insist<T>(request: () => Promise<T>, lost: (error: ApiError) => void = () => undefined, signal?: AbortSignal): Promise<T> {
  for (let wait = kShortestWait; ; wait = Math.min(2 * wait, kLongestWait)) {
    signal?.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      if (!isLost(error)) throw error;
      signal?.throwIfAborted();
      lost(error);
      await pause(error, wait, signal);
    }
  }
}

function pause({ code }: ApiError, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => resolve();
    if (code === 'unauthorized') addEventListener('token', end, { once: true });
    else setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}
