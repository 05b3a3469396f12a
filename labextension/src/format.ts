import { DataObjectInfo } from './protocol';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A number of bytes with three digits and a decimal unit: 1.26 GB. */
export function formatBytes(nbytes: number): string {
  let value = nbytes;
  let unit = 0;
  // 999.5 would be rounded to 1000: it belongs to the next unit
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const decimals = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(decimals)} ${UNITS[unit] ?? ''}`;
}

/** How many objects, and how much they hold together. */
export function formatTotal(objects: readonly DataObjectInfo[]): string {
  const nbytes = objects.reduce((sum, object) => sum + object.nbytes, 0);
  return `${String(objects.length)} · ${formatBytes(nbytes)}`;
}

/** One dimension of an object: its length and, once an algorithm has named it, its axis. */
export interface Dimension {
  readonly length: string;
  readonly axis: string | null;
}

/** The dimensions of an object in storage order; none for a scalar. */
export function dimensions(object: DataObjectInfo): Dimension[] {
  return object.shape.map((length, index) => ({
    length: String(length),
    axis: object.axes?.[index] ?? null
  }));
}

/** One sentence about an object for those who listen instead of look. */
export function spoken(object: DataObjectInfo): string {
  const shape = dimensions(object)
    .map(({ length, axis }) => (axis === null ? length : `${axis} ${length}`))
    .join(' by ');
  const extent = shape === '' ? 'scalar' : shape;
  return `${object.name}, ${object.kind}, ${extent}, ${object.dtype}, ${formatBytes(object.nbytes)}`;
}
