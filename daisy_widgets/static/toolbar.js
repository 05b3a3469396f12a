/** Buttons that take one stop of the Tab key together; the arrow keys go from one to the next. Gives a
    function to be called when there are other buttons. */
export function oneTabStop(group) {
  const buttons = () => [...group.querySelectorAll('button')];
  const stopAt = chosen => {
    for (const button of buttons()) button.tabIndex = button === chosen ? 0 : -1;
  };
  const begin = () => stopAt(buttons()[0]);
  group.setAttribute('role', 'toolbar');
  group.addEventListener('focusin', event => stopAt(event.target));
  group.addEventListener('keydown', event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = buttons();
    all[(all.indexOf(event.target) + step + all.length) % all.length].focus();
    event.preventDefault();
  });
  begin();
  return begin;
}
