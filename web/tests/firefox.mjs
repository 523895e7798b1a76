// The page in Firefox, with `lama serve`: the sample is opened and filled, and is still there after a refresh.
// scripts/checks/firefox runs it; FOLDER has puppeteer-core, because Playwright cannot drive Debian's Firefox:
//
//   node tests/firefox.mjs LAMA FOLDER

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const [program, folder] = process.argv.slice(2);
const puppeteer = createRequire(resolve(folder, 'package.json'))('puppeteer-core');

const browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env['FIREFOX'] ?? '/usr/bin/firefox-esr' });
const server = spawn(program, ['serve', '--port', '0', '--model', 'embedded', '--threads', '1'], { stdio: ['ignore', 'ignore', 'pipe'] });
try {
  await check(await address());
} finally {
  await browser.close();
  server.kill();
}

async function check(url) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  page.setDefaultTimeout(120_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });

  await page.goto(url);
  await page.waitForSelector('#model option');
  await page.click('#try');
  await page.waitForSelector('#undo:enabled', { visible: true }); // the sample is marked
  await page.waitForSelector('#busy', { hidden: true });
  await page.click('#fill');
  await settled(page);
  const filled = await shown(page);
  assert.equal(filled.layers.length, 2, 'the fill lies over the photo');
  assert.equal(filled.current, 1);

  await page.reload();
  await settled(page);
  assert.deepEqual(await shown(page), filled, 'a refresh keeps the fill');
  assert.deepEqual(complaints, []);
  console.log(`passed in ${await browser.version()}`);
}

async function address() {
  let output = '';
  for await (const line of createInterface({ input: server.stderr })) {
    output += `${line}\n`;
    const found = /http:\/\/[\d.:]+/.exec(line);
    if (found) return found[0];
  }
  throw new Error(`lama serve ended: ${output}`);
}

/** Waits until the photo and its fill are shown, and kept. */
async function settled(page) {
  await page.waitForFunction(
    () => document.querySelectorAll('.thumbnail').length === 2 && !document.body.matches('.filling, .keeping'),
  );
  await page.waitForFunction(() => {
    const images = [...document.querySelectorAll('#stage img:not(.original)')];
    return images.length > 0 && images.every((image) => image.complete && !image.matches('.entering, .leaving'));
  });
}

/** The pixels of the shown layers, coarsely, and the number of the shown picture. */
function shown(page) {
  return page.evaluate(() => ({
    layers: [...document.querySelectorAll('#stage img:not(.original)')].map((image) => {
      const canvas = document.createElement('canvas');
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL();
    }),
    current: [...document.querySelectorAll('.thumbnail')].findIndex((button) => button.getAttribute('aria-current') === 'true'),
  }));
}
