/* Parts of a page that lie over each other or stick out of what holds them, in words.

   A part that is scrolled out of sight, wholly or with a side, is cut off by what scrolls. */
([root, parts, wholes]) => {
  const holder = document.querySelector(root);
  if (!holder) return [`there is no ${root}`];
  const frame = holder.getBoundingClientRect();
  const isShown = node => node.checkVisibility({ visibilityProperty: true });
  const seen = node => {
    let { left, right, top, bottom } = node.getBoundingClientRect();
    for (let above = node.parentElement; above && above !== holder; above = above.parentElement) {
      if (getComputedStyle(above).overflow === 'visible') continue;
      const cut = above.getBoundingClientRect();
      [left, right] = [Math.max(left, cut.left), Math.min(right, cut.right)];
      [top, bottom] = [Math.max(top, cut.top), Math.min(bottom, cut.bottom)];
    }
    return { left, right, top, bottom };
  };
  const isInside = node => wholes && node.parentElement.closest(wholes);
  const boxes = [...holder.querySelectorAll(wholes ? `${parts}, ${wholes}` : parts)]
    .filter(node => !isInside(node) && isShown(node))
    .map(node => [node, seen(node)])
    .filter(([, box]) => box.right - box.left > 1 && box.bottom - box.top > 1);
  const told = node => node.outerHTML.slice(0, 200);
  const faults = boxes.length < 2 ? [`${root} shows ${boxes.length} parts`] : [];
  for (const [i, [node, box]] of boxes.entries()) {
    const { left, right, bottom } = box;
    if (left < frame.left - 1 || right > frame.right + 1 || bottom > frame.bottom + 1)
      faults.push(`${told(node)} sticks out`);
    for (const [other, rest] of boxes.slice(0, i)) {
      if (node.contains(other) || other.contains(node)) continue;
      const isBeside = left >= rest.right - 1 || rest.left >= right - 1;
      const isBelow = box.top >= rest.bottom - 1 || rest.top >= bottom - 1;
      if (!isBeside && !isBelow) faults.push(`${told(node)} over ${told(other)}`);
    }
  }
  return faults;
}
