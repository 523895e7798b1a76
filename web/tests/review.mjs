// Takes pictures of the page's main states in both themes, both languages and three sizes, for review
// (docs/page-review.md), from a server with a real network:
//
//   node tests/review.mjs http://127.0.0.1:8080 ../docs/images/page

import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [url, folder] = process.argv.slice(2);
const kQuality = 40; // to be looked at, not to be admired: they lie in the repository
const kSizes = { wide: [1280, 720], middle: [768, 900], phone: [390, 760] };

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

for (const colorScheme of ['light', 'dark']) {
  for (const locale of ['en-US', 'zh-CN']) {
    for (const [size, [width, height]] of Object.entries(kSizes)) {
      const context = await browser.newContext({
        locale,
        colorScheme,
        viewport: { width, height },
        hasTouch: size === 'phone',
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      const photograph = async (state) => {
        await page.mouse.move(1, 1); // no button is pointed at
        await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
        const name = `${state}-${colorScheme}-${locale.slice(0, 2)}-${size}.jpg`;
        await page.screenshot({ path: `${folder}/${name}`, type: 'jpeg', quality: kQuality });
      };
      await page.goto(url);
      await page.waitForSelector('#model option', { state: 'attached' });
      await photograph('welcome');
      await page.click('#try');
      await page.waitForSelector('#undo:enabled');
      await photograph('marked');
      await page.click('#fill');
      await page.waitForSelector('.thumbnail >> nth=1');
      await page.waitForFunction(() => !document.body.matches('.filling'));
      await page.click('#divide');
      await photograph('compared');
      await context.close();
    }
  }
}
await browser.close();
