// IOPaint's own page, from its package on PyPI, with `lama serve` in the place of its server: it opens a
// photo, fills what is painted, and meets no error. Needs LAMA_PROGRAM, Python's pip and the network.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bare, example, real, start, stop } from '../page/browser';

const kTypes: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css', ico: 'image/x-icon' };

/** The folder of the page's files, or null if the package cannot be had. */
function fetchPage(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'iopaint-'));
  try {
    execFileSync('pip', ['download', 'iopaint==1.6.0', '--no-deps', '--quiet', '--dest', folder], { stdio: 'ignore', timeout: 60_000 });
    execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'IOPaint-1.6.0-py3-none-any.whl'), folder]);
    return join(folder, 'iopaint/web_app');
  } catch {
    return null;
  }
}

const page = real ? fetchPage() : null;

beforeAll(start);
afterAll(stop);

it.skipIf(page === null)('works with this server', async () => {
  const { tab, url } = await bare();
  const complaints: string[] = [];
  tab.on('pageerror', (error) => complaints.push(error.message));
  tab.on('response', (response) => {
    if (response.url().includes('/api/') && response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  // Its files from the package, everything else from the server.
  await tab.route(/\/$|\/assets\/|favicon/, async (route) => {
    const path = new URL(route.request().url()).pathname;
    const file = path === '/' ? '/index.html' : path;
    const contentType = kTypes[file.split('.').at(-1)!] ?? 'application/octet-stream';
    await route.fulfill({ contentType, body: readFileSync(join(page!, file)) });
  });
  await tab.goto(url);
  const asked = tab.waitForResponse('**/api/v1/gen-info');
  await tab.setInputFiles('input[type=file]', { name: 'bridge.jpg', mimeType: 'image/jpeg', buffer: example('examples/bridge.jpg') });
  expect((await asked).status()).toBe(200);
  const canvas = tab.locator('canvas').first();
  await canvas.waitFor();
  const { x, y, width, height } = (await canvas.boundingBox())!;
  const filled = tab.waitForResponse('**/api/v1/inpaint');
  await tab.mouse.move(x + width / 2, y + height / 2);
  await tab.mouse.down();
  await tab.mouse.move(x + width / 2 + 60, y + height / 2, { steps: 6 });
  await tab.mouse.up();
  const answer = await filled;
  expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'image/jpeg']);
  expect(complaints).toEqual([]);
});
