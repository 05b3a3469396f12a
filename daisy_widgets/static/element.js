/** A DOM element with properties, attributes (names with a hyphen) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name.includes('-')) made.setAttribute(name, value);
    else made[name] = value;
  made.append(...children);
  return made;
}
