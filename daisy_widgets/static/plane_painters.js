/* Painters: the levels of planes become colours on a canvas.

   A layer is {plane, factor, offset, smooth, origin, span} with a plane {levels, bits, shape: [rows,
   columns]}; level * factor + offset is the place within the window, from 0 to 1. The canvas shows
   `span` [rows, columns] of levels from `origin` [row, column] on; where there are none, what lies
   below is seen. A tint {scale, colours} turns the place within the window into a colour; it is
   another object whenever a layer's colours have changed. */

const VERTICES = `#version 300 es
in vec2 corner; out vec2 at;
void main() { at = vec2(corner.x, 1.0 - corner.y); gl_Position = vec4(corner * 2.0 - 1.0, 0, 1); }`;
const FRAGMENTS = `#version 300 es
precision highp float; precision highp int; precision highp usampler2D;
uniform usampler2D levels; uniform sampler2D colours;
uniform vec2 size, origin, span; uniform float factor, offset, stretch; uniform bool blend;
in vec2 at; out vec4 colour;
float level(ivec2 p) { return float(texelFetch(levels, clamp(p, ivec2(0), ivec2(size) - 1), 0).r); }
void main() {
  vec2 p = origin + at * span;
  if (any(lessThan(p, vec2(0.0))) || any(greaterThanEqual(p, size))) discard;
  float v = level(ivec2(p));
  if (blend) {
    p -= 0.5; ivec2 i = ivec2(floor(p)); vec2 f = p - floor(p);
    v = mix(mix(level(i), level(i + ivec2(1, 0)), f.x),
            mix(level(i + ivec2(0, 1)), level(i + 1), f.x), f.y);
  }
  float t = clamp(v * factor + offset, 0.0, 1.0);
  if (stretch > 0.0) t = log(1.0 + stretch * t) / log(1.0 + stretch);
  colour = texelFetch(colours, ivec2(int(t * 255.0 + 0.5), 0), 0);
}`;

const MOST_LAYERS = 2; // a whole plane, and a part of it in more detail

class WebGLPainter {
  kind = 'webgl';

  constructor(canvas, needsHardware) {
    const gl = canvas.getContext('webgl2', { antialias: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error('WebGL2 is not available');
    if (needsHardware && isEmulated(gl)) throw new Error('no graphics card draws it');
    this.gl = gl;
    const program = (this.program = gl.createProgram());
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTICES],
      [gl.FRAGMENT_SHADER, FRAGMENTS]
    ]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS))
      throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    const corner = gl.getAttribLocation(program, 'corner');
    gl.enableVertexAttribArray(corner);
    gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.loaded = []; // the plane in each texture
    for (let unit = 0; unit <= MOST_LAYERS; unit++) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    }
    this.at = name => gl.getUniformLocation(program, name);
    gl.uniform1i(this.at('colours'), MOST_LAYERS);
  }

  load(unit, plane) {
    if (this.loaded[unit] === plane) return;
    this.loaded[unit] = plane;
    const { gl } = this;
    const [height, width] = plane.shape;
    const [internal, type] =
      plane.bits === 8 ? [gl.R8UI, gl.UNSIGNED_BYTE] : [gl.R16UI, gl.UNSIGNED_SHORT];
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, gl.RED_INTEGER, type, plane.levels);
  }

  paint(layers, { scale, colours }) {
    const { gl } = this;
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.activeTexture(gl.TEXTURE0 + MOST_LAYERS);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, colours);
    gl.uniform1f(this.at('stretch'), scale.stretch);
    layers.forEach(({ plane, factor, offset, smooth, origin, span }, unit) => {
      this.load(unit, plane);
      gl.uniform1i(this.at('levels'), unit);
      gl.uniform2f(this.at('size'), plane.shape[1], plane.shape[0]);
      gl.uniform1f(this.at('factor'), factor);
      gl.uniform1f(this.at('offset'), offset);
      gl.uniform1i(this.at('blend'), smooth);
      gl.uniform2f(this.at('origin'), origin[1], origin[0]);
      gl.uniform2f(this.at('span'), span[1], span[0]);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    });
  }

  dispose() {
    this.gl.getExtension('WEBGL_lose_context')?.loseContext(); // browsers allow about 16 of them
  }
}

const within = place => Math.min(1, Math.max(0, place));

class CanvasPainter {
  kind = 'canvas';

  constructor(canvas) {
    this.context = canvas.getContext('2d');
    this.images = []; // each layer in its colours
  }

  paint(layers, tint) {
    const target = this.context;
    const { width, height } = target.canvas;
    target.clearRect(0, 0, width, height);
    layers.forEach((layer, number) => {
      const { plane, smooth, origin, span } = layer;
      const kept = this.images[number];
      if (kept?.plane !== plane || kept.tint !== tint)
        this.images[number] = { plane, tint, canvas: coloured(layer, tint, kept?.canvas) };
      target.imageSmoothingEnabled = smooth;
      // A preview is seen for a moment; a processor takes long for a good enlargement.
      target.imageSmoothingQuality = plane.detail === 'preview' ? 'low' : 'high';
      const [[y, x], [rows, columns]] = [origin, span];
      target.drawImage(this.images[number].canvas, x, y, columns, rows, 0, 0, width, height);
    });
  }

  dispose() {}
}

/** A canvas with one pixel for each level of a layer. */
function coloured({ plane, factor, offset }, { scale, colours }, canvas) {
  const { levels, bits, shape } = plane;
  const rgba = new Uint32Array(colours.buffer);
  const table = new Uint32Array(2 ** bits);
  for (let level = 0; level < table.length; level++)
    table[level] = rgba[Math.round(255 * scale.colourOf(within(level * factor + offset)))];
  const made = canvas ?? document.createElement('canvas');
  [made.height, made.width] = shape;
  const context = made.getContext('2d');
  const image = context.createImageData(shape[1], shape[0]);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[levels[i]];
  context.putImageData(image, 0, 0);
  return made;
}

/** The levels in a binary message; 16-bit numbers must not begin at an odd byte. */
export function levelsOf({ buffer, byteOffset, byteLength }, bits) {
  if (bits === 8) return new Uint8Array(buffer, byteOffset, byteLength);
  if (byteOffset % 2 === 0) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint16Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Whether the processor does the work of a graphics card: canvas 2-D is faster then. */
function isEmulated(gl) {
  const known = gl.getExtension('WEBGL_debug_renderer_info');
  const name = known ? gl.getParameter(known.UNMASKED_RENDERER_WEBGL) : '';
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}

/** A fresh canvas with its painter: WebGL if wanted and possible, else canvas 2-D.

    "auto" wants it only from a graphics card. */
export function makePainter(prefer) {
  const fresh = () =>
    Object.assign(document.createElement('canvas'), { className: 'daisy-slice-canvas' });
  if (prefer !== 'canvas') {
    const canvas = fresh();
    try {
      return { canvas, painter: new WebGLPainter(canvas, prefer === 'auto') };
    } catch (reason) {
      console.info(`Daisy slice viewer paints without WebGL: ${reason.message}`);
    }
  }
  const canvas = fresh(); // a canvas never changes the kind of its context
  return { canvas, painter: new CanvasPainter(canvas) };
}
