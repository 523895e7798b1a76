// The segments of a JPEG that say something about the picture: EXIF, colour profile (APP1 to APP15).

/** @param {Buffer} bytes @returns {Buffer[]} whole segments, with their marker and length */
export function jpegSegments(bytes) {
  const segments = [];
  for (let at = 2; bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (bytes[at + 1] > 0xe0 && bytes[at + 1] <= 0xef) segments.push(bytes.subarray(at, end));
    at = end;
  }
  return segments;
}

/** @param {Buffer} bytes a JPEG without such segments @param {Buffer[]} segments */
export function withSegments(bytes, segments) {
  return Buffer.concat([bytes.subarray(0, 2), ...segments, bytes.subarray(2)]);
}
