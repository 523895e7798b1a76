// The part of the server's native API (docs/api.md) that the page uses.

import { remember, remembered } from './elements';
import { EventParser } from './event_stream';
import type { Area } from './mask';

export interface Range {
  min: number;
  max: number;
  default: number;
}

export interface Choice {
  choices: string[];
  default: string;
}

export interface Capabilities {
  version: string;
  models: { name: string; description: string; default: boolean; installed: boolean }[];
  precisions: string[];
  strategies: string[];
  limits: { body_bytes: number };
  options: { dilate: Range; feather: Range; detail: Choice; match: Choice };
}

export interface StoredImage {
  id: string;
  /** Upright. */
  width: number;
  height: number;
  name: string;
}

/** Options of a fill; absent ones take the server's defaults. */
export interface FillOptions {
  model?: string;
  dilate?: number;
  feather?: number;
  strategy?: string;
  precision?: string;
  detail?: string;
  match?: string;
}

export interface Job {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** In the queue: 0 is next. */
  position: number;
  /** 0 to 1. */
  progress: number;
  seconds: number;
  error?: { code: string; message: string };
  /** `replaced` is the smallest box around all changed pixels. */
  result?: {
    image: string;
    model: string;
    replaced: { x: number; y: number; width: number; height: number };
    /** Sentences for people, in English. */
    notes: string[];
  };
}

/** The server's error, `unreachable` if it did not answer, or `http_` and the status of someone between. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Relative to the page, which may have any path behind a proxy. */
const kApi = 'api/v1/';

/** The address's part behind #, which browsers do not send: `token`, kept in this tab, and `photo`. */
const given = new URLSearchParams(location.hash.slice(1));
let token = given.get('token') ?? remembered('token', 'sessionStorage');
if (given.has('token')) remember('token', token!, 'sessionStorage');
if (given.has('token') || given.has('photo')) history.replaceState(null, '', location.pathname + location.search);

/** Whether the page was opened for the photo that the server was started with. */
export const forPhoto = given.has('photo');

/** Sets the token that the user typed. Fires `token` at the window. */
export function setToken(given: string): void {
  token = given;
  remember('token', given, 'sessionStorage');
  dispatchEvent(new Event('token'));
}

async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(kApi + path, { ...options, headers });
  } catch (error) {
    throw broken(error);
  }
  return successful(response);
}

/** What a request throws whose connection broke. */
function broken(error: unknown): unknown {
  if (isAbort(error)) return error;
  return new ApiError('unreachable', String(error instanceof Error ? error.message : error));
}

async function blob(path: string, options: RequestInit = {}): Promise<Blob> {
  const response = await request(path, options);
  return response.blob().catch((error: unknown) => Promise.reject(broken(error)));
}

/** Fires `unauthorized` at the window if the server wants another token. */
async function successful(response: Response): Promise<Response> {
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({ error: undefined }));
  if (error?.code === 'unauthorized') dispatchEvent(new Event('unauthorized'));
  throw new ApiError(error?.code ?? `http_${response.status}`, error?.message ?? response.statusText);
}

/** Whether this is what an aborted request throws. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Whether the same request may succeed later: no answer, none behind a proxy, or no token yet. */
export function isLost(error: unknown): error is ApiError {
  return error instanceof ApiError && /^(unreachable|unauthorized|http_50[234])$/.test(error.code);
}

export async function capabilities(): Promise<Capabilities> {
  return (await request('capabilities')).json();
}

/** Calls `report` with the sent share, 0 to 1. */
export async function upload(file: Blob, name: string, report: (sent: number) => void, signal: AbortSignal): Promise<StoredImage> {
  const form = new FormData();
  form.set('file', file, name);
  return (await sent('images', form, report, signal)).json();
}

/** By XMLHttpRequest, because fetch does not report what it has sent. */
function sent(path: string, body: FormData, report: (sent: number) => void, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(new DOMException('', 'AbortError'));
    if (signal.aborted) return aborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    request.upload.addEventListener('progress', ({ loaded, total }) => report(loaded / total));
    request.addEventListener('load', () => {
      const { status, statusText, responseText } = request;
      successful(new Response(responseText, { status, statusText })).then(resolve, reject);
    });
    request.addEventListener('error', () => reject(new ApiError('unreachable', '')));
    request.addEventListener('abort', aborted);
    request.addEventListener('loadend', () => signal.removeEventListener('abort', abort));
    request.open('POST', kApi + path);
    if (token !== null) request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.send(body);
  });
}

/** The picture for display: 8 bits, sRGB, upright, its longer side at most `longest`; or a part of it alone. */
export async function preview(image: string, longest: number, part?: Area, options: { format?: 'png'; signal?: AbortSignal } = {}): Promise<Blob> {
  const { format, signal } = options;
  const query = new URLSearchParams({ max: String(longest) });
  if (part) query.set('region', regionOf(part));
  if (format) query.set('format', format);
  return blob(`images/${image}/preview?${query}`, signal ? { signal } : {});
}

/** The mask of the object that a scribble (a mask) or a box means, as a PNG. */
export async function select(image: string, hint: { scribble: Blob } | { box: Area }): Promise<Blob> {
  let body: BodyInit;
  if ('box' in hint) {
    body = JSON.stringify({ box: regionOf(hint.box) });
  } else {
    body = new FormData();
    body.set('scribble', hint.scribble, 'scribble.png');
  }
  return blob(`images/${image}/selections`, { method: 'POST', body });
}

function regionOf({ x0, y0, x1, y1 }: Area): string {
  return [x0, y0, x1 - x0, y1 - y0].join(',');
}

/** The file itself, in the source's format. */
export async function file(image: string): Promise<Blob> {
  return blob(`images/${image}`);
}

/** The photo that the server was started with. */
export async function serversPhoto(): Promise<File> {
  const response = await request('inputimage');
  const name = /filename\*=UTF-8''([^;]*)/.exec(response.headers.get('Content-Disposition') ?? '');
  return new File([await response.blob()], name ? decodeURIComponent(name[1]!) : 'photo');
}

export async function deleteImage(image: string): Promise<void> {
  await request(`images/${image}`, { method: 'DELETE', keepalive: true });
}

export async function startJob(image: string, mask: Blob, options: FillOptions): Promise<Job> {
  const form = new FormData();
  form.set('request', new Blob([JSON.stringify({ image, ...options })], { type: 'application/json' }));
  form.set('mask', mask, 'mask.png');
  return (await request('jobs', { method: 'POST', body: form })).json();
}

export async function cancelJob(id: string): Promise<void> {
  await request(`jobs/${id}`, { method: 'DELETE' });
}

/** The part that a job removed: a PNG, transparent outside the hole. */
export async function removed(id: string): Promise<Blob> {
  return blob(`jobs/${id}/removed`);
}

/** The states of a job until it ends. Read by fetch, because EventSource cannot send the token. */
export async function* jobEvents(id: string, signal: AbortSignal): AsyncGenerator<Job> {
  const response = await request(`jobs/${id}/events`, { headers: { Accept: 'text/event-stream' }, signal });
  const events = new EventParser();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const read = () => reader.read().catch((error: unknown) => Promise.reject(broken(error)));
  try {
    for (let part = await read(); !part.done; part = await read()) {
      for (const { event, data } of events.add(part.value)) if (event === 'job') yield JSON.parse(data);
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
