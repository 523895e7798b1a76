// Uncompressed TIFF files of 8 or 16 bits: the one lossless format that takes no library.

const kWidth = 256, kHeight = 257, kBits = 258, kCompression = 259, kPhotometric = 262, kOffsets = 273;
const kSamples = 277, kRowsPerStrip = 278, kLengths = 279, kPlanar = 284, kExtraSamples = 338;
const kShort = 3, kLong = 4;

/** The file of `samples`, a Uint8Array or Uint16Array of width * height * channels (1, 3 or 4: RGBA). */
function encode({ width, height, channels, samples }) {
  const bits = 8 * samples.BYTES_PER_ELEMENT;
  const entries = [
    [kWidth, kLong, [width]],
    [kHeight, kLong, [height]],
    [kBits, kShort, new Array(channels).fill(bits)],
    [kCompression, kShort, [1]],
    [kPhotometric, kShort, [channels === 1 ? 1 : 2]],
    [kOffsets, kLong, [0]],
    [kSamples, kShort, [channels]],
    [kRowsPerStrip, kLong, [height]],
    [kLengths, kLong, [samples.byteLength]],
    [kPlanar, kShort, [1]],
  ];
  if (channels === 4) entries.push([kExtraSamples, kShort, [2]]); // straight alpha
  const directory = 8 + 2 + 12 * entries.length + 4;
  const start = directory + 8; // behind the four bits' counts, which fit into no entry
  entries.find(([tag]) => tag === kOffsets)[2] = [start];
  const view = new DataView(new ArrayBuffer(start + samples.byteLength));
  view.setUint32(0, 0x49492a00); // II: little-endian
  view.setUint32(4, 8, true);
  view.setUint16(8, entries.length, true);
  entries.forEach(([tag, type, values], i) => {
    const at = 10 + 12 * i;
    const size = type === kShort ? 2 : 4;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, values.length, true);
    let place = at + 8;
    if (values.length * size > 4) {
      view.setUint32(place, directory, true);
      place = directory;
    }
    values.forEach((value, j) => {
      if (size === 2) view.setUint16(place + 2 * j, value, true);
      else view.setUint32(place, value, true);
    });
  });
  if (bits === 8) {
    new Uint8Array(view.buffer, start).set(samples);
  } else {
    for (let i = 0; i < samples.length; i++) view.setUint16(start + 2 * i, samples[i], true);
  }
  return view.buffer;
}

/** The inverse, for files with strips in any byte order. Others throw an Error. */
function decode(buffer) {
  const view = new DataView(buffer);
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) {
    throw new Error("The server's answer is not a TIFF file.");
  }
  const tags = new Map();
  const directory = view.getUint32(4, little);
  for (let i = 0; i < view.getUint16(directory, little); i++) {
    const at = directory + 2 + 12 * i;
    const size = { [kShort]: 2, [kLong]: 4 }[view.getUint16(at + 2, little)];
    if (!size) continue;
    const count = view.getUint32(at + 4, little);
    const place = count * size > 4 ? view.getUint32(at + 8, little) : at + 8;
    const values = [];
    for (let j = 0; j < count; j++) {
      values.push(size === 2 ? view.getUint16(place + 2 * j, little) : view.getUint32(place + 4 * j, little));
    }
    tags.set(view.getUint16(at, little), values);
  }
  const one = (tag, otherwise) => (tags.get(tag) ?? [otherwise])[0];
  const width = one(kWidth), height = one(kHeight), channels = one(kSamples, 1), bits = one(kBits, 1);
  if (one(kCompression, 1) !== 1 || one(kPlanar, 1) !== 1 || !tags.has(kOffsets) || (bits !== 8 && bits !== 16)) {
    throw new Error("The server's answer is a TIFF file of a form that the panel does not read.");
  }
  const length = width * height * channels;
  const samples = bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
  let next = 0;
  tags.get(kOffsets).forEach((offset, i) => {
    const count = tags.get(kLengths)[i] / (bits / 8);
    for (let j = 0; j < count && next < length; j++) {
      samples[next++] = bits === 8 ? view.getUint8(offset + j) : view.getUint16(offset + 2 * j, little);
    }
  });
  if (next !== length) throw new Error("The server's answer is a TIFF file without its end.");
  return { width, height, channels, samples };
}

module.exports = { encode, decode };
