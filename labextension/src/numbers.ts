/** The numbers of a little-endian buffer, as NumPy codes their type ("<f4"); null if unknown. */
export function decode(buffer: DataView, dtype: string): number[] | null {
  const size = Number(dtype.slice(2));
  const read = READERS[dtype.slice(1)];
  if (!read || dtype.startsWith('>') || buffer.byteLength % size !== 0) {
    return null;
  }
  return Array.from({ length: buffer.byteLength / size }, (_, n) => read(buffer, n * size));
}

const READERS: Readonly<Record<string, ((buffer: DataView, at: number) => number) | undefined>> = {
  b1: (buffer, at) => buffer.getUint8(at),
  i1: (buffer, at) => buffer.getInt8(at),
  u1: (buffer, at) => buffer.getUint8(at),
  i2: (buffer, at) => buffer.getInt16(at, true),
  u2: (buffer, at) => buffer.getUint16(at, true),
  i4: (buffer, at) => buffer.getInt32(at, true),
  u4: (buffer, at) => buffer.getUint32(at, true),
  i8: (buffer, at) => Number(buffer.getBigInt64(at, true)),
  u8: (buffer, at) => Number(buffer.getBigUint64(at, true)),
  f4: (buffer, at) => buffer.getFloat32(at, true),
  f8: (buffer, at) => buffer.getFloat64(at, true)
};

/**
 * Grey values 0 to 255 of levels, such that one percent of them is black and one white at most: a
 * hot pixel does not darken the rest.
 */
export function greys(levels: ArrayLike<number>): Uint8ClampedArray {
  const sorted = Float64Array.from(levels).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const low = at(0.01);
  const range = at(0.99) - low;
  return Uint8ClampedArray.from(levels, level => (range > 0 ? (255 * (level - low)) / range : 128));
}

/** Points of a curve in a square of this size; y runs down. Values that are not finite are left out. */
export function curve(values: readonly number[], size: number): [number, number][] {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  const margin = 0.1 * size;
  const flat = (value: number): number => (Number.isFinite(value) ? size / 2 : NaN);
  const points = values.map((value, n): [number, number] => [
    (n * size) / Math.max(1, values.length - 1),
    range > 0 ? size - margin - ((value - low) / range) * (size - 2 * margin) : flat(value)
  ]);
  return points.filter(([, y]) => Number.isFinite(y));
}

/** A number with at most four digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15
    ? String(value)
    : String(Number(value.toPrecision(4)));
}
