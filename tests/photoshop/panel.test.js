// The Photoshop panel against a real `lama serve`, with a stand-in for Photoshop. LAMA_PROGRAM names the program.

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { createServer } = require("node:net");
const path = require("node:path");
const { after, before, beforeEach, test } = require("node:test");
const { photoshop, Document, constants, alive, element, kept, secrets, loadPage } = require("./stand_in.js");
const { cropAround } = require("../../plugins/photoshop/fill.js");
const { findServer, kUsualAddress } = require("../../plugins/photoshop/server.js");
const tiff = require("../../plugins/photoshop/tiff.js");

const startPanel = loadPage(path.join(__dirname, "../../plugins/photoshop/main.js"));
const kToken = "secret";
const kName = "Removed with LaMa";

const servers = [];
after(() => servers.forEach((server) => server.kill()));

/** The address of a running server. */
function serve(...options) {
  const program = process.env.LAMA_PROGRAM ?? "build/release/lama";
  const server = spawn(program, ["serve", "--port", "0", "--model", "embedded", ...options]);
  servers.push(server);
  let output = "";
  return new Promise((resolve, reject) => {
    server.on("error", reject).on("exit", () => reject(new Error(`lama serve ended: ${output}`)));
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const found = /http:\/\/[0-9.]+:[0-9]+/.exec(output);
        if (found) resolve(found[0]);
      });
    }
  });
}

/** A port of this machine where nothing listens. */
async function freeAddress() {
  const listener = createServer();
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A shade with a bright square at (40, 30), which is selected with two pixels more. */
function picture({ width = 200, height = 150, bits = 8, x = 40, y = 30, transparent = false, ...rest } = {}) {
  const most = bits === 8 ? 255 : 32768;
  const pixels = new (bits === 8 ? Uint8Array : Uint16Array)(4 * width * height);
  const mask = new Uint8Array(width * height);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 4) {
      const object = column >= x && column < x + 12 && row >= y && row < y + 12;
      const share = object ? 0.95 : 0.2 + (0.3 * column) / width + (0.1 * row) / height;
      pixels.set([share, share * 0.9, share * 0.8, 1].map((value) => Math.round(value * most)), at);
      if (transparent && column < 10) pixels.fill(0, at, at + 4);
      if (column >= x - 2 && column < x + 14 && row >= y - 2 && row < y + 14) mask[at / 4] = 255;
    }
  }
  return new Document({ width, height, bits, pixels, mask, ...rest });
}

async function remove(document) {
  photoshop.app.activeDocument = document;
  await element("remove").listeners.click();
  return element("status").textContent;
}

/** What the document shows: the new layer over the background. */
function composite(document) {
  const pixels = document.pixels.slice();
  const { left, top, width, height, data } = document.layers[0].pixels;
  for (let i = 0; i < width * height; i++) {
    if (!data[4 * i + 3]) continue;
    const at = 4 * ((top + Math.floor(i / width)) * document.width + left + (i % width));
    pixels.set(data.subarray(4 * i, 4 * i + 4), at);
  }
  return pixels;
}

let address = "", guarded = "";
before(async () => {
  [address, guarded] = await Promise.all([serve(), serve("--token", kToken)]);
});
beforeEach(async () => {
  kept.clear();
  secrets.clear();
  Object.assign(photoshop, { progress: [], cancelSoon: false });
  kept.set("address", address);
  Object.assign(element("grow"), { value: "5" });
  Object.assign(element("feather"), { value: "3" });
  await startPanel();
});

for (const bits of [8, 16]) {
  test(`removes an object from a document of ${bits} bits, as one history step`, async () => {
    const document = picture({ bits });
    assert.equal(await remove(document), "Removed. The fill is a new layer.");
    assert.deepEqual(document.historyStates, ["Remove with LaMa"]);
    assert.deepEqual(document.layers.map(({ name }) => name), [kName, "adjustment", "background"]);
    const shown = composite(document);
    const most = bits === 8 ? 255 : 32768;
    for (let y = 0; y < 150; y++) {
      for (let x = 0; x < 200; x++) {
        const at = 4 * (y * 200 + x);
        const inside = x >= 40 && x < 52 && y >= 30 && y < 42;
        if (inside) assert.ok(shown[at] < 0.6 * most, `(${x}, ${y}) is still bright: ${shown[at]}`);
        const far = x < 40 - 2 - 9 || x >= 54 + 9 || y < 30 - 2 - 9 || y >= 44 + 9;
        if (far) assert.deepEqual(shown.slice(at, at + 4), document.pixels.slice(at, at + 4));
        assert.equal(shown[at + 3], most);
      }
    }
    if (bits === 16) {
      assert.ok(new Set(document.layers[0].pixels.data.map((value) => value % 128)).size > 20, "16 bits became 8");
    }
    assert.equal(alive.size, 0);
  });
}

test("grows the hole as far as the field says", async () => {
  element("grow").value = "0";
  element("feather").value = "0";
  const document = picture();
  await remove(document);
  const { left, top, width, height } = document.layers[0].pixels;
  assert.ok(left >= 38 && top >= 28 && left + width <= 54 && top + height <= 44);
});

test("refuses a number that is none", async () => {
  element("grow").value = "1001";
  assert.match(await remove(picture()), /from 0 to 1000/);
});

test("sends the crop that matters of a large document", async () => {
  const document = picture({ width: 3000, height: 2000, x: 2000, y: 100 });
  await remove(document);
  assert.deepEqual(document.read, [{ left: 1998 - 512, top: 0, right: 2014 + 512, bottom: 114 + 512 }]);
  const { left, top } = document.layers[0].pixels;
  assert.ok(left >= 1998 - 9 && left <= 2000 && top >= 98 - 9 && top <= 100);
});

test("gives a large hole as much context as its longer side", () => {
  const hole = { left: 2000, top: 3000, right: 2900, bottom: 3100 };
  assert.deepEqual(cropAround(hole, 9000, 9000), { left: 1100, top: 2100, right: 3800, bottom: 4000 });
});

test("puts the layer on top, whichever is active", async () => {
  for (const active of [0, 1]) {
    const document = picture({ active });
    assert.equal(await remove(document), "Removed. The fill is a new layer.");
    assert.deepEqual(document.layers.map(({ name }) => name), [kName, "adjustment", "background"]);
  }
});

test("takes the part of a selection that is on the canvas", async () => {
  const document = picture({ width: 800, height: 700, bounds: { left: -900, top: -20, right: 54, bottom: 44 } });
  assert.equal(await remove(document), "Removed. The fill is a new layer.");
  assert.deepEqual(document.read, [{ left: 0, top: 0, right: 54 + 512, bottom: 44 + 512 }]);
  const outside = picture({ bounds: { left: 5000, top: 0, right: 5100, bottom: 100 } });
  assert.match(await remove(outside), /Nothing is selected/);
});

test("works beside transparency, which Photoshop trims", async () => {
  const document = picture({ transparent: true });
  assert.equal(await remove(document), "Removed. The fill is a new layer.");
  const { left } = document.layers[0].pixels;
  assert.ok(left > 28 && left <= 40);
});

test("says how to start a server", async () => {
  // The usual port may be taken on this machine: only an address that is not in use has a certain answer.
  element("address").value = await freeAddress();
  const usual = await fetch("http://127.0.0.1:8080/healthz").then((answer) => answer.ok, () => false);
  const text = await remove(picture());
  if (!usual) assert.match(text, /^No server answers at .* Start one with "lama serve", or enter the address/);
});

test("asks for the token, and keeps it in the secure storage", async () => {
  element("address").value = guarded;
  assert.match(await remove(picture()), /needs its token/);
  element("token").enter(kToken);
  assert.equal(element("token").type, "password");
  assert.equal(await remove(picture()), "Removed. The fill is a new layer.");
  assert.equal(new TextDecoder().decode(secrets.get("token")), kToken);
  assert.ok(![...kept.values()].includes(kToken));
  element("token").value = element("address").value = "";
  await startPanel();
  assert.equal(element("token").text, kToken);
  assert.equal(element("address").value, guarded);
  assert.equal(await remove(picture()), "Removed. The fill is a new layer.");
  element("token").enter("");
  await remove(picture());
  assert.equal(secrets.size, 0);
});

test("sends the token to the address in the field alone", async (context) => {
  const sent = [];
  context.mock.method(globalThis, "fetch", async (url, { headers } = {}) => {
    if (!url.startsWith(kUsualAddress)) throw new TypeError("nothing listens there");
    sent.push(headers?.Authorization);
    return new Response("{}");
  });
  await findServer("http://127.0.0.1:1", kToken);
  assert.deepEqual(sent, [undefined, undefined]);
  await findServer("", kToken);
  assert.equal(sent.at(-1), `Bearer ${kToken}`);
});

test("cancels, and changes nothing then", async () => {
  photoshop.cancelSoon = true;
  const document = picture();
  assert.equal(await remove(document), "Cancelled.");
  assert.equal(document.historyStates.length, 0);
  assert.equal(document.layers.length, 2);
  assert.equal(alive.size, 0);
});

test("refuses what cannot be filled", async () => {
  assert.match(await remove(null), /No document/);
  assert.match(await remove(picture({ mode: constants.DocumentMode.INDEXEDCOLOR })), /RGB Color/);
  const floats = picture();
  floats.bitsPerChannel = constants.BitsPerChannelType.THIRTYTWO;
  assert.match(await remove(floats), /8 and 16 bits/);
  const unselected = picture();
  unselected.mask.fill(0);
  assert.match(await remove(unselected), /Nothing is selected/);
});

test("reads the TIFF files that it writes, and refuses others", () => {
  for (const samples of [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), Uint16Array.of(1, 2, 3, 4, 500, 6, 7, 65535)]) {
    const image = { width: 2, height: 1, channels: 4, samples };
    assert.deepEqual(tiff.decode(tiff.encode(image)), image);
  }
  assert.throws(() => tiff.decode(new ArrayBuffer(100)), /not a TIFF/);
});
