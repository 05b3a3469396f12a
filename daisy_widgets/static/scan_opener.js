/* Scan opener: folders of the kernel, what a file holds, what it means. */

import { element } from './element.js';

function render({ model, el }) {
  const list = element('div', { className: 'daisy-opener-list' });
  const card = element('div', { className: 'daisy-opener-card' });
  const draw = () => {
    const folder = model.get('folder');
    list.replaceChildren(
      ...(folder.entries ?? []).map(entry =>
        element('button', {
          type: 'button',
          textContent: entry.name,
          onclick: () =>
            model.send({
              type: entry.kind === 'folder' ? 'go' : 'open',
              path: `${folder.path}/${entry.name}`
            })
        })
      )
    );
    const file = model.get('file');
    card.textContent = [file.format, ...(file.facts ?? []), file.problem].join(' · ');
  };
  model.on('change:folder', draw);
  model.on('change:file', draw);
  el.append(list, card);
  draw();
}

export default { render };
