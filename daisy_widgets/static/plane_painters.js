/* Painters: the levels of a plane become colours on a canvas.

   A plane is {levels, bits, shape: [rows, columns]}. How it is painted: {factor, offset, scale,
   colours, smooth, origin, span}; level * factor + offset is the place within the window, from 0 to
   1, which the scale turns into one within the colours. The canvas shows `span` [rows, columns] of
   levels from `origin` [row, column] on; what lies beyond the last level stays empty. */

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
  if (any(greaterThanEqual(p, size))) { colour = vec4(0.0); return; }
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
    for (const unit of [0, 1]) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    }
    this.at = name => gl.getUniformLocation(program, name);
    gl.uniform1i(this.at('levels'), 0);
    gl.uniform1i(this.at('colours'), 1);
  }

  load({ levels, bits, shape: [height, width] }) {
    const gl = this.gl;
    const [internal, type] =
      bits === 8 ? [gl.R8UI, gl.UNSIGNED_BYTE] : [gl.R16UI, gl.UNSIGNED_SHORT];
    gl.activeTexture(gl.TEXTURE0);
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, gl.RED_INTEGER, type, levels);
    gl.uniform2f(this.at('size'), width, height);
  }

  paint({ factor, offset, scale, colours, smooth, origin, span }) {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, colours);
    gl.uniform1f(this.at('factor'), factor);
    gl.uniform1f(this.at('offset'), offset);
    gl.uniform1f(this.at('stretch'), scale.stretch);
    gl.uniform1i(this.at('blend'), smooth);
    gl.uniform2f(this.at('origin'), origin[1], origin[0]);
    gl.uniform2f(this.at('span'), span[1], span[0]);
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
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
    this.image = document.createElement('canvas').getContext('2d');
  }

  load(plane) {
    this.plane = plane;
    [this.image.canvas.height, this.image.canvas.width] = plane.shape;
  }

  paint({ factor, offset, scale, colours, smooth, origin, span }) {
    const { levels, bits, shape, detail } = this.plane;
    const { colourOf } = scale;
    const rgba = new Uint32Array(colours.buffer);
    const table = new Uint32Array(2 ** bits);
    for (let level = 0; level < table.length; level++)
      table[level] = rgba[Math.round(255 * colourOf(within(level * factor + offset)))];
    const image = this.image.createImageData(shape[1], shape[0]);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < pixels.length; i++) pixels[i] = table[levels[i]];
    this.image.putImageData(image, 0, 0);
    const target = this.context;
    const { width, height } = target.canvas;
    target.clearRect(0, 0, width, height);
    target.imageSmoothingEnabled = smooth;
    // A preview is seen for a moment; a processor takes long for a good enlargement.
    target.imageSmoothingQuality = detail === 'preview' ? 'low' : 'high';
    const [[y, x], [rows, columns]] = [origin, span];
    target.drawImage(this.image.canvas, x, y, columns, rows, 0, 0, width, height);
  }

  dispose() {}
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
