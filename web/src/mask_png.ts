// The mask as a PNG of one bit per pixel, white where missing. Not written by a canvas: the
// canvas would need four bytes a pixel, and its bytes are not safe from the browser (mask.ts).

import type { Mask } from './mask';

const kSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The compressor gets rows in parts of about this many bytes, so that the page can react in between. */
const kPart = 1 << 17;

export async function maskPng(mask: Mask): Promise<Blob> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, mask.width);
  header.setUint32(4, mask.height);
  header.setUint8(8, 1); // bits a sample; colour type 0 (grey), no interlacing
  const parts = [
    new Uint8Array(kSignature),
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', await deflated(mask)),
    chunk('IEND', new Uint8Array()),
  ];
  return new Blob(parts, { type: 'image/png' });
}

async function deflated(mask: Mask): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new CompressionStream('deflate'); // the zlib format, which is PNG's
  const written = write(mask, stream.writable.getWriter());
  const compressed = new Uint8Array(await new Response(stream.readable).arrayBuffer());
  await written;
  return compressed;
}

async function write(mask: Mask, writer: WritableStreamDefaultWriter<BufferSource>): Promise<void> {
  const stride = 1 + Math.ceil(mask.width / 8); // every row begins with its filter: 0, none
  const rows = Math.max(1, Math.floor(kPart / stride));
  for (let y0 = 0; y0 < mask.height; y0 += rows) {
    const part = new Uint8Array(stride * Math.min(rows, mask.height - y0));
    for (let y = y0, start = 0; start < part.length; y++, start += stride) {
      for (const [x0, x1] of mask.runs(y)) {
        for (let x = x0; x < x1; x++) part[start + 1 + (x >> 3)]! |= 0x80 >> (x & 7);
      }
    }
    await writer.write(part);
  }
  await writer.close();
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set([...type].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
