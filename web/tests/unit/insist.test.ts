import { afterEach, beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('location', { hash: '' });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('a request is repeated ever less often until the server answers', async () => {
  const { ApiError } = await import('../../src/api');
  const { insist } = await import('../../src/insist');
  const times: number[] = [];
  const start = Date.now();
  const request = () => {
    times.push((Date.now() - start) / 1000);
    return times.length < 7 ? Promise.reject(new ApiError('unreachable', '')) : Promise.resolve(5);
  };
  const lost = vi.fn();
  const answer = insist(request, lost);
  await vi.runAllTimersAsync();
  expect(await answer).toBe(5);
  expect(times).toEqual([0, 1, 3, 7, 15, 23, 31]);
  expect(lost).toHaveBeenCalledTimes(6);
});

it('a request is not repeated after another error, or once it is aborted', async () => {
  const { ApiError } = await import('../../src/api');
  const { insist } = await import('../../src/insist');
  const other = vi.fn(() => Promise.reject(new ApiError('not_found', '')));
  await expect(insist(other)).rejects.toMatchObject({ code: 'not_found' });
  const abort = new AbortController();
  const unreachable = vi.fn(() => Promise.reject(new ApiError('http_502', '')));
  const waiting = insist(unreachable, () => setTimeout(() => abort.abort(), 500), abort.signal);
  waiting.catch(() => undefined); // handled below
  await vi.advanceTimersByTimeAsync(600);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  expect([other.mock.calls.length, unreachable.mock.calls.length]).toEqual([1, 1]);
});
