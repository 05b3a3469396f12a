/** A DOM element with properties, attributes (names with a hyphen) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name.includes('-')) made.setAttribute(name, value);
    else made[name] = value;
  made.append(...children);
  return made;
}

/** A button of the slice viewer. */
export function sliceButton(name, textContent, title, onclick = null) {
  const className = `daisy-slice-${name}`;
  return element('button', { type: 'button', className, textContent, title, onclick });
}
