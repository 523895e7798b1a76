// Takes the pictures of the page that the README shows, from a server with a real network:
//
//   node tests/screenshots.mjs http://127.0.0.1:8080 ../docs/images

import { chromium } from 'playwright-core';

const [url, folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

async function open(options) {
  const page = await (await browser.newContext({ locale: 'en-US', ...options })).newPage();
  await page.goto(url);
  await page.waitForSelector('#model option', { state: 'attached' });
  await page.click('#try');
  await page.waitForSelector('#stage img:not(.original)');
  await page.waitForSelector('#undo:enabled');
  return page;
}

async function photograph(page, name) {
  await page.mouse.move(1, 1); // no button is pointed at
  await page.waitForTimeout(6000); // notes leave, pictures have faded in
  await page.screenshot({ path: `${folder}/${name}`, type: 'jpeg', quality: 82 });
}

const desktop = await open({ viewport: { width: 1200, height: 720 } });
await desktop.click('#fill');
await desktop.waitForSelector('.thumbnail >> nth=1');
await desktop.click('#divide');
await photograph(desktop, 'page-compared.jpg');

const phone = await open({
  viewport: { width: 390, height: 720 },
  deviceScaleFactor: 1.5,
  hasTouch: true,
  isMobile: true,
  colorScheme: 'dark',
});
await photograph(phone, 'page-phone.jpg');
await browser.close();
