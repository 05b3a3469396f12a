/** A number with as many digits as one wants to read, and as many signs as its box shows. */
export function shortly(value) {
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 1e-2 && size < 1e6);
  return plain ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}
