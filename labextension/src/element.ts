/** A new element of the page with a class and, if given, a text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text?: string
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) {
    node.textContent = text;
  }
  return node;
}

/** A button of JupyterLab's look. */
export function button(text: string, press: () => void, look = ''): HTMLButtonElement {
  const node = element('button', `jp-mod-styled daisy-Button ${look}`.trim(), text);
  node.type = 'button';
  node.addEventListener('click', event => {
    event.stopPropagation();
    press();
  });
  return node;
}

/** What went wrong, for people. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Change a text only if it differs: screen readers would read it again, and a caret would jump. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
