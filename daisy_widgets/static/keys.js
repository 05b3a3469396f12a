/** Keep bare keys from JupyterLab while something in `root` has the focus: an arrow or a letter would
    be a command of the notebook; it may have Ctrl+S and its like. Gives the function that ends it. */
export function keepKeysOf(root) {
  const keep = event => {
    const isBare = !event.ctrlKey && !event.metaKey;
    if (root.contains(event.target))
      event.target.toggleAttribute('data-lm-suppress-shortcuts', isBare);
  };
  window.addEventListener('keydown', keep, true);
  return () => window.removeEventListener('keydown', keep, true);
}
