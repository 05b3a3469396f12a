/* Colour maps: a name, and the 256 colours that it stands for. */

// Colours at equal steps; between them they are mixed.
export const COLORMAPS = {
  gray: '000000 ffffff',
  'gray inverted': 'ffffff 000000',
  viridis:
    '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725',
  magma:
    '000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 d0416f e75263 f56b5c fc8961 fea772 fec488 fde2a3 fcfdbf',
  'blue-red': '16315f 2a5c97 5b8fc0 a3c3de f4f3f0 e8b49c cf7a5f a83b39 6a1326'
};

/** The 256 colours of a map, as RGBA bytes. */
export function coloursOf(name) {
  const stops = (COLORMAPS[name] ?? COLORMAPS.gray)
    .split(' ')
    .map(hex => [0, 2, 4].map(at => parseInt(hex.slice(at, at + 2), 16)));
  const colours = new Uint8ClampedArray(256 * 4);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(at), stops.length - 2);
    const share = at - left;
    for (let c = 0; c < 3; c++)
      colours[4 * i + c] = stops[left][c] * (1 - share) + stops[left + 1][c] * share;
    colours[4 * i + 3] = 255;
  }
  return colours;
}

/** The same colours as a CSS gradient that runs from the share `low` of a bar to its share `high`, on
    a scale. */
export function gradientOf(colours, { windowOf }, low, high) {
  const stops = [];
  for (let i = 0; i < 256; i += 15) {
    const place = 100 * (low + (high - low) * windowOf(i / 255));
    stops.push(`rgb(${colours.slice(4 * i, 4 * i + 3).join(' ')}) ${place.toFixed(2)}%`);
  }
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
