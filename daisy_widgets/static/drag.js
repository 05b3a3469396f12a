/** Let `surface` be dragged: `begin(event)` is called where `isOurs(event)`, and gives what is called
    for every move until the button is released, which `end(event)` is told. */
export function dragOn(surface, isOurs, begin, end = () => {}) {
  surface.addEventListener('pointerdown', event => {
    if (!isOurs(event)) return;
    event.preventDefault();
    surface.setPointerCapture(event.pointerId);
    surface.onpointermove = begin(event);
    surface.onlostpointercapture = released => {
      surface.onpointermove = surface.onlostpointercapture = null;
      end(released);
    };
  });
}
