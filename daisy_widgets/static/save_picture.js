import { element } from './element.js';

/** Have the browser keep what is seen on a stage as a PNG file of this name. */
export function savePicture(stage, name) {
  return stage.picture().then(picture => {
    const url = URL.createObjectURL(picture);
    element('a', { href: url, download: `${name}.png` }).click();
    URL.revokeObjectURL(url);
  });
}
