// A stand-in for `lama serve`, to develop and test the page without building the program: the part of the
// HTTP API that the page uses, with a fake network that floods the hole with its surroundings.
//
//   node tests/mock_server.mjs [port]
//
// MOCK_TOKEN demands a token. A fill takes 0.5 s and 4 s more for every megapixel of hole.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { jpegSegments, withSegments } from './jpeg_segments.mjs';

const kFiles = {
  '/': ['../dist/index.html', 'text/html; charset=utf-8'],
  '/page.js': ['../dist/page.js', 'text/javascript'],
  '/page.css': ['../dist/page.css', 'text/css'],
  '/icon.svg': ['../dist/icon.svg', 'image/svg+xml'],
  '/samples/bridge.jpg': ['../../examples/bridge.jpg', 'image/jpeg'],
  '/samples/mountain.jpg': ['../../examples/mountain.jpg', 'image/jpeg'],
  '/samples/dandelions.jpg': ['../../examples/dandelions.jpg', 'image/jpeg'],
  '/samples/dandelions_mask.png': ['../../examples/dandelions_mask.png', 'image/png'],
};
const kPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const kQuick = { filterType: 1, deflateLevel: 1 }; // what PNGs of millions of pixels need here

const kRange = { min: 0, max: 1000, default: 0 };
const kCapabilities = {
  version: '0.0 (mock)',
  models: [
    { name: 'embedded', description: 'The small model built into the program.', default: true, installed: true },
    { name: 'patches', description: 'No network.', default: false, installed: true },
    { name: 'big-lama', description: 'The published network, 51 million parameters.', default: false, installed: false },
  ],
  formats: { read: ['image/jpeg', 'image/png'], write: ['image/jpeg', 'image/png'] },
  precisions: ['f32', 'bf16'],
  strategies: ['auto', 'full', 'crop', 'resize'],
  limits: { body_bytes: 100e6, pixels: 100e6, queue: 8, memory_bytes: 2e9, ttl_seconds: 3600 },
  options: {
    dilate: { ...kRange, default: 5 },
    feather: { ...kRange, default: 3 },
    detail: { choices: ['auto', 'off', 'on'], default: 'auto' },
    match: { choices: ['auto', 'off'], default: 'auto' },
    mask_threshold: { min: 0, max: 1, default: 0.5 },
  },
};

class HttpError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

// Pictures: {bytes, type, name, width, height, depth, data (RGBA samples of 8 or 16 bits)}

function decode(bytes, name) {
  try {
    if (bytes.subarray(1, 4).toString() === 'PNG') {
      const depth = bytes[24];
      const { width, height, data } = PNG.sync.read(bytes, { skipRescale: depth === 16 });
      return { bytes, name, type: 'image/png', width, height, depth: Math.max(8, depth), data };
    }
    if (bytes[0] === 0xff && bytes[1] === 0xd8) {
      const { width, height, data } = jpeg.decode(bytes, { maxMemoryUsageInMB: 4096 });
      return { bytes, name, type: 'image/jpeg', width, height, depth: 8, data };
    }
  } catch (error) {
    throw new HttpError(422, 'bad_image', `${name}: ${error.message ?? error}`);
  }
  throw new HttpError(415, 'unsupported_format', `${name}: neither JPEG nor PNG`);
}

function encode(picture, source) {
  if (source.type === 'image/jpeg') {
    const { width, height, data } = picture;
    return withSegments(jpeg.encode({ width, height, data }, 92).data, jpegSegments(source.bytes));
  }
  return PNG.sync.write(picture, { bitDepth: picture.depth, inputHasAlpha: true, colorType: 2, ...kQuick });
}

/** The picture in 8 bits, at most `longest` pixels a side (every n-th pixel). */
function previewOf(picture, longest) {
  const step = Math.max(1, Math.ceil(Math.max(picture.width, picture.height) / longest));
  const width = Math.ceil(picture.width / step);
  const height = Math.ceil(picture.height / step);
  const data = Buffer.alloc(4 * width * height);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 4; c++, k++) {
        const sample = picture.data[4 * (y * step * picture.width + x * step) + c];
        data[k] = picture.depth === 16 ? sample >> 8 : sample;
      }
    }
  }
  return { width, height, data };
}

function partOf(picture, [x, y, width, height]) {
  if (x + width > picture.width || y + height > picture.height) throw new HttpError(400, 'bad_field', 'region');
  const data = picture.data.slice(0, 4 * width * height);
  for (let v = 0; v < height; v++) {
    const from = 4 * ((y + v) * picture.width + x);
    data.set(picture.data.subarray(from, from + 4 * width), 4 * v * width);
  }
  return { ...picture, width, height, data };
}

/** Every missing pixel takes the mean of its nearest known ones in its row and column, weighted by distance. */
function flood(picture, missing) {
  const { width, height } = picture;
  const data = picture.data.slice();
  const sums = new Float32Array(3 * width * height);
  const weights = new Float32Array(width * height);
  const scan = (count, length, at) => {
    for (let i = 0; i < count; i++) {
      for (const backwards of [false, true]) {
        let known = -1;
        let distance = 0;
        for (let j = 0; j < length; j++) {
          const p = at(i, backwards ? length - 1 - j : j);
          if (!missing[p]) {
            known = p;
            distance = 0;
          } else if (known >= 0) {
            distance++;
            weights[p] += 1 / distance;
            for (let c = 0; c < 3; c++) sums[3 * p + c] += picture.data[4 * known + c] / distance;
          }
        }
      }
    }
  };
  scan(height, width, (y, x) => y * width + x);
  scan(width, height, (x, y) => y * width + x);
  for (let p = 0; p < width * height; p++) {
    if (missing[p] && weights[p] > 0) for (let c = 0; c < 3; c++) data[4 * p + c] = sums[3 * p + c] / weights[p];
  }
  return { ...picture, data };
}

function grown(missing, width, height, radius) {
  const result = missing.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!missing[y * width + x]) continue;
      for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
        for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) result[v * width + u] = 1;
      }
    }
  }
  return result;
}

/** What is missing, cut out of the picture. */
function cutOut(picture, missing, box) {
  const png = new PNG({ width: box.width, height: box.height });
  for (let y = 0, k = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++, k += 4) {
      const p = (box.y + y) * picture.width + box.x + x;
      if (!missing[p]) continue;
      for (let c = 0; c < 3; c++) png.data[k + c] = picture.data[4 * p + c] >> (picture.depth - 8);
      png.data[k + 3] = 255;
    }
  }
  return PNG.sync.write(png);
}

/** @param {number} port @param {string} token */
export function startMockServer(port = 0, token = '') {
  const images = new Map();
  const jobs = new Map();
  let ids = 0;

  function add(picture) {
    const id = `i${++ids}`;
    images.set(id, picture);
    return id;
  }

  function imageAt(id) {
    const picture = images.get(id);
    if (!picture) throw new HttpError(404, 'not_found', `image ${id} is not here, or no longer`);
    return picture;
  }

  function jobAt(id) {
    const job = jobs.get(id);
    if (!job) throw new HttpError(404, 'not_found', `job ${id} is not here, or no longer`);
    return job;
  }

  function startJob(request, mask) {
    const allowed = ['image', 'mask', 'model', 'dilate', 'feather', 'strategy', 'precision', 'detail', 'match', 'mask_threshold', 'invert_mask'];
    const unknown = Object.keys(request).find((field) => !allowed.includes(field));
    if (unknown) throw new HttpError(400, 'unknown_field', `there is no field ${unknown}`);
    const source = imageAt(request.image);
    if (mask.width !== source.width || mask.height !== source.height) {
      throw new HttpError(
        422,
        'size_mismatch',
        `the mask has ${mask.width} × ${mask.height} pixels, the image ${source.width} × ${source.height}`,
      );
    }
    let missing = new Uint8Array(mask.width * mask.height);
    for (let p = 0; p < missing.length; p++) missing[p] = mask.data[4 * p] >= 128 ? 1 : 0;
    const count = missing.reduce((sum, value) => sum + value, 0);
    const job = { state: { id: `j${++ids}`, state: 'queued', position: 1, progress: 0, seconds: 0 }, listeners: new Set() };
    const change = (part) => {
      Object.assign(job.state, part);
      for (const listener of job.listeners) listener(job.state);
    };
    jobs.set(job.state.id, job);
    const start = Date.now();
    const milliseconds = 500 + (4000 * count) / 1e6;
    const timer = setInterval(() => {
      const seconds = (Date.now() - start) / 1000;
      const progress = (1000 * seconds - 200) / milliseconds;
      if (progress < 0) return;
      if (progress < 1) return change({ state: 'running', position: 0, progress, seconds });
      clearInterval(timer);
      missing = grown(missing, source.width, source.height, request.dilate ?? 0);
      const filled = flood(source, missing);
      const image = add({ ...filled, bytes: encode(filled, source) });
      const box = boxOf(missing, source);
      job.removed = () => cutOut(source, missing, box);
      change({
        state: 'done',
        progress: 1,
        seconds,
        result: {
          image,
          width: source.width,
          height: source.height,
          type: source.type,
          replaced: box,
          pixels: count,
          notes: [],
          model: request.model ?? 'embedded',
        },
      });
    }, 60);
    job.cancel = () => {
      if (job.state.state === 'done') return;
      clearInterval(timer);
      change({ state: 'cancelled' });
    };
    return job;
  }

  async function answer(request, response) {
    const url = new URL(request.url, 'http://localhost');
    const route = `${request.method} ${url.pathname.replace(/\/(images|jobs)\/[^/]+/, '/$1/ID')}`;
    const id = /\/(?:images|jobs)\/([^/]+)/.exec(url.pathname)?.[1];
    const json = (status, value) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    const send = (type, bytes) => {
      response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length });
      response.end(bytes);
    };

    const page = kFiles[url.pathname];
    if (page) {
      const bytes = await readFile(fileURLToPath(new URL(page[0], import.meta.url)));
      response.setHeader('Content-Security-Policy', kPolicy);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Referrer-Policy', 'no-referrer');
      return send(page[1], bytes);
    }
    if (token && request.headers.authorization !== `Bearer ${token}`) {
      throw new HttpError(401, 'unauthorized', 'this server needs its token');
    }
    switch (route) {
      case 'GET /api/v1/capabilities':
        return json(200, kCapabilities);
      case 'GET /api/v1/inputimage':
        response.setHeader('Content-Disposition', "inline; filename*=UTF-8''given.jpg");
        return send('image/jpeg', await readFile(new URL('../../examples/bridge.jpg', import.meta.url)));
      case 'POST /api/v1/images': {
        const file = (await form(request)).get('file');
        const picture = decode(Buffer.from(await file.arrayBuffer()), file.name);
        const { width, height, type, depth: bit_depth, name } = picture;
        return json(201, { id: add(picture), width, height, type, bit_depth, name, alpha: false, colour: null });
      }
      case 'GET /api/v1/images/ID':
        return send(imageAt(id).type, imageAt(id).bytes);
      case 'GET /api/v1/images/ID/preview': {
        const region = url.searchParams.get('region')?.split(',').map(Number);
        const picture = region ? partOf(imageAt(id), region) : imageAt(id);
        const preview = previewOf(picture, Number(url.searchParams.get('max') ?? 4096));
        if (url.searchParams.get('format') === 'png') return send('image/png', PNG.sync.write(preview, kQuick));
        return send('image/jpeg', jpeg.encode(preview, 92).data);
      }
      case 'POST /api/v1/images/ID/selections': {
        const { width, height } = imageAt(id);
        if (request.headers['content-type'].startsWith('multipart/')) {
          // It takes the scribble for the object.
          return send('image/png', Buffer.from(await (await form(request)).get('scribble').arrayBuffer()));
        }
        const { box } = JSON.parse(await text(request));
        const [x, y, w, h] = box.split(',').map(Number);
        if (x + w > width || y + h > height) throw new HttpError(400, 'bad_field', 'box');
        const mask = new PNG({ width, height });
        for (let p = 0; p < width * height; p++) {
          const inside = p % width >= x && p % width < x + w && p >= y * width && p < (y + h) * width;
          mask.data.fill(inside ? 255 : 0, 4 * p, 4 * p + 3);
          mask.data[4 * p + 3] = 255;
        }
        return send('image/png', PNG.sync.write(mask, kQuick));
      }
      case 'DELETE /api/v1/images/ID':
        images.delete(id);
        response.writeHead(204);
        return response.end();
      case 'POST /api/v1/jobs': {
        const parts = await form(request);
        const options = JSON.parse(await parts.get('request').text());
        const mask = decode(Buffer.from(await parts.get('mask').arrayBuffer()), 'mask');
        return json(202, startJob(options, mask).state);
      }
      case 'GET /api/v1/jobs/ID':
        return json(200, jobAt(id).state);
      case 'DELETE /api/v1/jobs/ID':
        jobAt(id).cancel();
        response.writeHead(204);
        return response.end();
      case 'GET /api/v1/jobs/ID/removed':
        return send('image/png', jobAt(id).removed());
      case 'GET /api/v1/jobs/ID/events': {
        const job = jobAt(id);
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        const write = (state) => {
          response.write(`event: job\ndata: ${JSON.stringify(state)}\n\n`);
          if (['done', 'failed', 'cancelled'].includes(state.state)) response.end();
        };
        job.listeners.add(write);
        response.on('close', () => job.listeners.delete(write));
        return write(job.state);
      }
      default:
        throw new HttpError(404, 'not_found', `there is no ${route}`);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (!(error instanceof HttpError) && !request.destroyed) console.error(error);
      response.writeHead(error.status ?? 500, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: { code: error.code ?? 'internal', message: error.message } }));
    });
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.closeAllConnections() || server.close() });
    });
  });
}

/** The parts of a multipart body. */
async function form(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new Response(Buffer.concat(chunks), { headers: { 'Content-Type': request.headers['content-type'] } }).formData();
}

/** The smallest box that holds what is missing. */
function boxOf(missing, { width, height }) {
  let [x0, y0, x1, y1] = [width, height, 0, 0];
  for (let p = 0; p < missing.length; p++) {
    if (!missing[p]) continue;
    const x = p % width;
    const y = Math.floor(p / width);
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x + 1), Math.max(y1, y + 1)];
  }
  return { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startMockServer(Number(process.argv[2] ?? 8080), process.env.MOCK_TOKEN);
  console.log(url);
}
