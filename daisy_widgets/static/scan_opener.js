/* Scan opener: folders of the kernel, what a file holds, what it means. Everything is asked of the
   kernel; what comes back is drawn. */

import { element } from './element.js';
import { OpenerFolder } from './opener_folder.js';
import { OpenerMeaning } from './opener_meaning.js';
import { OpenerPreview } from './opener_preview.js';
import { OpenerTree } from './opener_tree.js';

const HINT = 'Letters jump to a name, Enter opens, Backspace goes up.';

function render({ model, el }) {
  const folder = new OpenerFolder(model);
  const meaning = new OpenerMeaning(model);
  const preview = new OpenerPreview(model);
  const tree = new OpenerTree(model, (node, isNew) => preview.show(node, isNew));
  const notice = element('div', { className: 'daisy-opener-notice' });
  const empty = element('p', {
    className: 'daisy-opener-quiet daisy-opener-empty',
    textContent: 'Choose a scan: a file, or a folder of images.'
  });
  const contents = element('div', { className: 'daisy-opener-contents' }, tree.el, preview.el);
  const right = element('div', { className: 'daisy-opener-file' }, meaning.el, contents, empty);
  const body = element('div', { className: 'daisy-opener-body' }, folder.el, right);
  const opener = element('div', { className: 'daisy-scan-opener' }, body, notice);

  const drawFile = () => {
    const isOpen = Boolean(model.get('file').path);
    empty.hidden = isOpen;
    contents.hidden = !isOpen;
    tree.el.hidden = !model.get('nodes').length;
    meaning.draw();
    folder.drawFile();
    if (isOpen) tree.draw();
  };
  const drawNotice = () => {
    const { kind = 'hint', text = HINT } = model.get('notice');
    notice.textContent = text;
    notice.dataset.kind = kind;
    notice.setAttribute('role', kind === 'error' ? 'alert' : 'status');
  };
  const drawers = {
    'change:folder': () => folder.drawFolder(),
    'change:recent': () => folder.drawPlaces(),
    'change:file': drawFile, // the nodes come with it, and before it
    'change:profiles': () => meaning.draw(),
    'change:needs': () => meaning.drawNeeds(),
    'change:notice': drawNotice,
    'msg:custom': (told, buffers) => told.type === 'preview' && preview.answer(told, buffers)
  };
  for (const [event, draw] of Object.entries(drawers)) model.on(event, draw);
  el.append(opener);
  folder.drawFolder();
  drawFile();
  drawNotice();
  return () => {
    for (const [event, draw] of Object.entries(drawers)) model.off(event, draw);
  };
}

export default { render };
