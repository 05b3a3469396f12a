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

/** A length of time in its two largest units: 2 min 5 s. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [days, hours, minutes] = [86400, 3600, 60].map(unit => Math.floor(whole / unit));
  if (days) {
    return `${String(days)} d ${String((hours ?? 0) % 24)} h`;
  }
  if (hours) {
    return `${String(hours)} h ${String((minutes ?? 0) % 60)} min`;
  }
  return minutes ? `${String(minutes)} min ${String(whole % 60)} s` : `${String(whole)} s`;
}

/** The time of day to the second, in 24 hours. */
export function formatTime(seconds: number): string {
  return new Date(1000 * seconds).toLocaleTimeString('en-GB');
}

/** When something happened: the time of day, and the date unless that is today's. */
export function formatWhen(seconds: number, now: Date): string {
  const when = new Date(1000 * seconds);
  const time = formatTime(seconds).slice(0, 5);
  return when.toDateString() === now.toDateString()
    ? time
    : `${when.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

/** A share in percent, rounded down: only what is done is 100 %. */
export function formatShare(fraction: number): string {
  return `${String(Math.floor(100 * fraction))} %`;
}
