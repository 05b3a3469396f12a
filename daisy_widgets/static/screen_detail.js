/* How fine a plane has to be for the screen, and how much of it. */

const GRID = 8; // squares: regions begin and end on a grid, so that a small move needs no other one

/** What to ask of a plane with so many rows and columns: the longest `size` of the picture, with
    `binning` squares averaged as far as no pixel of the screen goes without one, and the `region` of
    it that is seen, [start, stop) of rows and of columns; null: all of it. While the stage is hidden
    the size is 0. */
export function detailFor(stage, lengths) {
  const isThere = String(lengths) === String(stage.lengths);
  const zoom = isThere ? stage.zoom : 1; // another plane is shown as a whole
  const scale = stage.fitting(lengths) * zoom * devicePixelRatio; // screen pixels per pixel
  if (!scale) return { size: 0, binning: 1, region: null };
  const binning = Math.max(1, Math.floor(1 / scale));
  const sizeOf = sides => Math.max(1, Math.ceil(Math.max(...sides) / binning));
  const { clientWidth, clientHeight } = stage.element;
  const screen = clientWidth * clientHeight * devicePixelRatio ** 2;
  const isSmall = (lengths[0] * lengths[1]) / binning ** 2 <= screen;
  const region = zoom === 1 || isSmall || !stage.span ? null : regionOf(stage, lengths, binning);
  const sides = region?.map(([start, stop]) => stop - start) ?? lengths;
  return { size: sizeOf(sides), binning, region };
}

/** What is seen of a plane, in whole squares; null: all of it. */
function regionOf({ origin, span }, lengths, binning) {
  const region = lengths.map((length, i) => {
    if (length < binning) return [0, length];
    const grid = GRID * binning;
    const last = length - (length % binning);
    const start = Math.floor(origin[i] / grid) * grid;
    const stop = Math.min(last, Math.ceil((origin[i] + span[i]) / grid) * grid);
    return [Math.min(start, last - binning), stop];
  });
  const isAll = region.every(([start, stop], i) => !start && stop > lengths[i] - binning);
  return isAll ? null : region;
}

/** Whether a plane, or a part of one, shows this region as finely. */
export function isAsFine(plane, { region, binning }) {
  if (plane.binning > binning) return false;
  if (!plane.region) return true;
  const holds = ([start, stop], i) => plane.region[i][0] <= start && stop <= plane.region[i][1];
  return region !== null && region.every(holds);
}
