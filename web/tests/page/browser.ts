// What the page tests share: a server, a browser, and hands.
//
// With LAMA_PROGRAM, the path of `lama`, its server is tested; without it the mock server.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type BrowserContextOptions, type Download, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { startMockServer } from '../mock_server.mjs';

let browser: Browser;
let stopServer = () => {};
let url = '';
const proxies: (() => void)[] = [];

const program = process.env['LAMA_PROGRAM'];
/** Whether a network fills: then what is known stays exactly. */
export const real = program !== undefined;

export async function start(): Promise<void> {
  ({ url, close: stopServer } = program ? await startProgram(program) : await startMockServer());
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // In containers the tests run as root, and there is no graphics card.
    args: ['--no-sandbox', '--disable-gpu'],
  });
}

/** `lama serve` on a port that is free, with the model that is part of the program. */
async function startProgram(path: string): Promise<{ url: string; close: () => void }> {
  const server = spawn(path, ['serve', '--port', '0', '--model', 'embedded'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    server.on('error', reject);
    server.on('exit', () => reject(new Error(`lama serve ended: ${output}`)));
    server.stderr.on('data', (text: Buffer) => {
      output += text;
      const address = /http:\/\/[\d.:]+/.exec(output);
      if (address) resolve(address[0]);
    });
  });
  return { url, close: () => void server.kill() };
}

export async function stop(): Promise<void> {
  await browser.close();
  proxies.forEach((close) => close());
  stopServer();
}

/** An open page, and what it must not have done: complained, or asked anyone but its server. */
export interface Visit {
  page: Page;
  complaints: string[];
}

export async function visit(options: BrowserContextOptions = {}, address = url): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    reducedMotion: 'reduce', // fading takes a test's time
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Chromium reports every answer that is no success, which some tests ask for.
    const expected = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !expected) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'blob:' && origin !== new URL(address).origin) complaints.push(request.url());
  });
  await page.goto(address);
  await page.waitForSelector('#model option, .error-message, dialog[open]', { state: 'attached' });
  return { page, complaints };
}

/** A tab with nothing in it, and the server's address. */
export async function bare(): Promise<{ tab: Page; url: string }> {
  return { tab: await browser.newPage({ viewport: { width: 1280, height: 800 } }), url };
}

/** A file of the repository. */
export function example(path: string): Buffer {
  return readFileSync(new URL(`../../../${path}`, import.meta.url));
}

export async function openSample(page: Page, name: string): Promise<void> {
  if (name === 'dandelions') return openFile(page, 'dandelions.jpg', example('examples/dandelions.jpg')); // the page marks it
  await page.click(`[data-sample=${name}]`);
  await opened(page);
}

export async function openFile(page: Page, name: string, bytes: Buffer): Promise<void> {
  await page.setInputFiles('#photo-file', { name, mimeType: 'application/octet-stream', buffer: bytes });
  await opened(page);
}

/** Until the photo is open and lies where it stays. */
export async function opened(page: Page): Promise<void> {
  await page.waitForSelector('#stage img:not(.original)');
  await page.waitForSelector('#busy', { state: 'hidden' });
  await framed(page);
}

/** Until the page has drawn what it knows. */
export async function framed(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

export type Position = [x: number, y: number];

/** Where a pixel of the photo is on the screen. */
export async function onScreen(page: Page, [x, y]: Position): Promise<Position> {
  return page.evaluate(
    ([x, y]) => {
      const stage = document.getElementById('stage')!;
      const { left, top, width } = stage.getBoundingClientRect();
      const scale = width / stage.offsetWidth;
      return [left + scale * x, top + scale * y] as [number, number];
    },
    [x, y] as const,
  );
}

/** Drags from pixel to pixel of the photo. */
export async function drag(page: Page, ...points: Position[]): Promise<void> {
  const [first, ...rest] = await Promise.all(points.map((point) => onScreen(page, point)));
  await page.mouse.move(...first!);
  await page.mouse.down();
  for (const point of rest) await page.mouse.move(...point, { steps: 4 });
  await page.mouse.up();
  await framed(page);
}

/** Waits until the photo has so many pictures and nothing runs. */
export async function filled(page: Page, pictures: number): Promise<void> {
  await page.waitForFunction(
    (count) => document.querySelectorAll('.thumbnail').length === count && !document.body.matches('.filling'),
    pictures,
  );
}

export async function currentPicture(page: Page): Promise<number> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.thumbnail')].findIndex((button) => button.getAttribute('aria-current') === 'true'),
  );
}

/** Requests for this address wait until the function it gives is called. */
export async function held(page: Page, address: string): Promise<() => void> {
  let go = () => {};
  const gone = new Promise<void>((resolve) => (go = resolve));
  await page.route(address, async (route) => {
    await gone;
    await route.continue();
  });
  return go;
}

/** The server's address behind a proxy that shows it under `path`. */
export async function proxied(path: string): Promise<string> {
  const { port } = new URL(url);
  const proxy = createServer((request, response) => {
    if (!request.url?.startsWith(`${path}/`)) return response.writeHead(404).end();
    const { method, headers } = request;
    const forwarded = httpRequest({ port, host: '127.0.0.1', method, headers, path: request.url.slice(path.length) }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
    return undefined;
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  proxies.push(() => proxy.closeAllConnections());
  proxies.push(() => proxy.close());
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${path}/`;
}

/** Until the browser has written down what is to survive a refresh. */
export async function kept(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.body.matches('.keeping, .filling'));
}

/** Lets the server forget every picture of which the page has asked something. */
export function forgetter(page: Page): () => Promise<void> {
  const images = new Set<string>();
  page.on('request', (request) => {
    const found = /^(.*\/api\/v1\/images\/[^/]+)/.exec(request.url());
    if (found) images.add(found[1]!);
  });
  return async () => {
    for (const image of images) await fetch(image, { method: 'DELETE' });
    images.clear();
  };
}

/** The file that an action makes the page save. */
export async function saved(page: Page, action: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = (await Promise.all([page.waitForEvent('download'), action()])) as [Download, void];
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Presses a button of the menu. */
export async function chooseMore(page: Page, button: string): Promise<void> {
  await page.click('#more-toggle');
  await page.click(button);
}

/** Opens the panel, and all of it. */
export async function showAdvanced(page: Page): Promise<void> {
  if (await page.isHidden('#panel')) await page.click('#panel-toggle');
  if (await page.isHidden('#mask-save')) await page.click('#advanced summary');
}

/** The mask, as the page saves it. */
export async function savedMask(page: Page): Promise<SavedMask> {
  await showAdvanced(page);
  return new SavedMask((await saved(page, () => page.click('#mask-save'))).bytes);
}

export class SavedMask {
  readonly width: number;
  readonly height: number;
  readonly count: number;
  private readonly data: Buffer;

  constructor(bytes: Buffer) {
    ({ width: this.width, height: this.height, data: this.data } = PNG.sync.read(bytes));
    let count = 0;
    for (let i = 0; i < this.data.length; i += 4) count += this.data[i]! >= 128 ? 1 : 0;
    this.count = count;
  }

  /** Whether something is missing in the square of so many pixels about a pixel. */
  near(x: number, y: number, distance: number): boolean {
    for (let v = y - distance; v <= y + distance; v++) {
      for (let u = x - distance; u <= x + distance; u++) {
        if (u >= 0 && u < this.width && v >= 0 && v < this.height && this.missing(u, v)) return true;
      }
    }
    return false;
  }

  missing(x: number, y: number): boolean {
    return this.data[4 * (y * this.width + x)] === 255;
  }
}

/** A PNG that cannot be compressed: 3 bytes a pixel. */
export function randomPng(width: number, height: number): Buffer {
  return PNG.sync.write({ width, height, data: randomBytes(4 * width * height) }, { colorType: 2, inputHasAlpha: true, deflateLevel: 0 });
}

/** A PNG of a smooth picture. Of 16 bits, its low bytes are no repetition of the high ones. */
export function smoothPng(width: number, height: number, depth: 8 | 16): Buffer {
  const full = depth === 16 ? 65535 : 255;
  const data = depth === 16 ? new Uint16Array(4 * width * height) : new Uint8Array(4 * width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      data.set([(x / width) * full, (y / height) * full, 0.4 * full, full], i);
    }
  }
  return PNG.sync.write(
    { width, height, data: Buffer.from(data.buffer) },
    // One filter, little compression: large ones would take the tests' time.
    { bitDepth: depth, colorType: 2, inputHasAlpha: true, filterType: 1, deflateLevel: 1 },
  );
}
